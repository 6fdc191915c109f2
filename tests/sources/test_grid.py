"""The grid between counties: the bundled one, and each fault with its line and remedy."""

from pathlib import Path

import pytest

from storregion.core import group
from storregion.core.errors import SettingError
from storregion.facts.grid import LARGEST_MW
from storregion.sources.grid import FILE, grid

GOOD = """losses = 1.064
losses_source = "made"
[[zones]]
code = "SE3"
name = { sv = "Elområde 3", en = "Bidding zone 3" }
counties = { "01" = 1.0, "21" = 0.25 }
source = "made"
[[zones]]
code = "SE2"
name = { sv = "Elområde 2", en = "Bidding zone 2" }
counties = { "21" = 0.75 }
source = "made"
[[links]]
between = ["SE2", "SE3"]
mw = 7300
source = "made"
"""
LINK = '[[links]]\nbetween = ["SE3", "01"]\nmw = 2000\nsource = "made"\n'


def read(folder: Path, text: str) -> dict[str, tuple[str, str, float]]:
    file = folder / "network.toml"
    file.write_text(text, "utf-8")
    return grid(file, ["01", "21"]).parts


def test_a_county_in_two_zones_is_two_nodes(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD + LINK) == {
        "01": ("01", "SE3", 1.0),
        "21-SE3": ("21", "SE3", 0.25),
        "21-SE2": ("21", "SE2", 0.75),
    }


def test_the_bundled_grid_has_every_county_and_says_what_is_assumed() -> None:
    found = grid(group.bundled() / FILE, ["01", "03", "04", "05", "18", "19", "21"])
    assert [(link.between, link.mw) for link in found.links] == [(("SE2", "SE3"), 7300)]
    assert {node for node in found.parts if "-" in node} == {"21-SE3", "21-SE2"}
    assert all("antaget, utan källa" in zone.source for zone in found.zones)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('"01" = 1.0', '"02" = 1.0'), "line 3 (zones 1): the county '02' is not of the group"),
        (GOOD.replace('"01" = 1.0, ', ""), "the shares of county 01 add up to 0; give it shares of zones"),
        (GOOD.replace("0.75", "0.7"), "the shares of county 21 add up to 0.95"),
        (GOOD.replace('code = "SE2"', 'code = "SE3"'), "SE3 stands twice; give each zone once"),
        (GOOD.replace("7300", "7300000"), "line 13 (links 1): mw = 7.3e+06 is not plausible. Is it in kW?"),
        (GOOD.replace("7300", "0"), "mw = 0 is not plausible"),
        (GOOD.replace('["SE2", "SE3"]', '["SE2", "SE9"]'), "'SE9' does not exist"),
        (GOOD.replace('["SE2", "SE3"]', '["SE2", "01"]'), "SE2 and 01 are neither two zones nor a county"),
        (GOOD + LINK + LINK, "(links 3): SE3 and 01 are already joined; give each link once"),
        (GOOD.replace("mw = 7300\n", ""), "mw"),
        (GOOD + 'lines = "400 kV"\n', "lines"),
    ],
)
def test_a_fault_is_named_with_its_line_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingError) as refused:
        read(tmp_path, text)
    assert says in str(refused.value)


def test_a_link_may_carry_as_much_as_is_plausible_and_no_more(tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    file.write_text(GOOD.replace("7300", f"{LARGEST_MW:g}"), "utf-8")
    assert [link.mw for link in grid(file, ["01", "21"]).links] == [LARGEST_MW]
    with pytest.raises(SettingError, match="mw = 20001 is not plausible"):
        read(tmp_path, GOOD.replace("7300", f"{LARGEST_MW + 1:g}"))
