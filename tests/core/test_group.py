from pathlib import Path

import pytest

from storregion.core import group
from storregion.core.errors import CallError, DataError, SettingError
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace


def changed(folder: Path, right: str, wrong: str, file: str = "group.toml") -> None:
    path = folder / file
    content = path.read_text("utf-8")
    assert right in content
    path.write_text(content.replace(right, wrong), "utf-8")


def test_the_bundled_group_is_found_and_read() -> None:
    folder = group.bundled()
    assert (folder / "group.toml").is_file()
    assert RegionGroup.read(folder).country is not None


def test_another_group_builds_without_touching_code(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    work.build()
    assert work.group.code == "blekinge-test"
    # The five municipalities of the county in 2024: 13 000 + 66 301 + 28 741 + 31 751 + 17 430.
    assert work.figure("growth", "persons", place="blekinge-test", year=2024).value == 157_223
    kinds = work.table("places")["kind"].value_counts().rows()
    assert dict(kinds) == {"group": 1, "nodes": 1, "rest": 1, "county": 1, "municipality": 5, "node": 1}


def test_what_a_group_has_no_files_for_is_said_to_be_missing(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    assert work.missing["deaths"] == "sources.csv names no deaths_sweden_2011_2015.csv"
    assert "rail_segments" in work.missing
    assert not work.missing.keys() & work.steps.keys()
    with pytest.raises(CallError, match=r"'deaths' is not made for this group: sources\.csv names no"):
        work.table("deaths")


def test_what_rests_on_a_missing_table_is_missing_too(small: Path, store: Path) -> None:
    sources = small / "figures" / "sources.csv"
    kept = [line for line in sources.read_text("utf-8").splitlines(True) if not line.startswith("nodes.csv")]
    sources.write_text("".join(kept), "utf-8")
    (small / "figures" / "nodes.csv").unlink()
    (small / "assumptions.toml").unlink()
    missing = Workspace(small, store).missing
    assert missing["growth"].startswith(
        "it rests on places: it rests on nodes: sources.csv names no nodes.csv"
    )
    assert "population" not in missing


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ('code = "blekinge-test"', 'code = "Blekinge"', "matching regex"),
        ("[contact]", "[contatc]", "unknown key 'contatc'; did you mean 'contact'?"),
        ("region =", "regoin =", "unknown key 'counties.10.regoin'; did you mean 'region'?"),
        ("10 =", "ten =", "matching regex"),
        ('sv = "Blekinge på prov", ', "", "missing required field `sv`"),
        ("[contact]", '[portal]\nsecurity = "mailto:a@example.org"\n[contact]', "go together"),
        ("[contact]", "[portal]\nsecurity_until = 2027-06-30\n[contact]", "go together"),
        ("[contact]", '[portal]\nsecurity = "a@example.org"\n[contact]', "matching regex"),
    ],
)
def test_a_wrong_group_file_is_refused(small: Path, right: str, wrong: str, expected: str) -> None:
    changed(small, right, wrong)
    with pytest.raises(SettingError) as error:
        RegionGroup.read(small)
    assert expected in str(error.value)
    assert "group.toml" in str(error.value)


def test_a_folder_that_is_none_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="is not a folder"):
        RegionGroup.read(tmp_path / "gone")


@pytest.mark.parametrize(
    ("file", "right", "wrong", "expected"),
    [
        ("group.toml", "10 =", "11 =", r"names the counties \['11'\], which do not exist in the register"),
        ("figures/nodes.csv", "karlskrona,K", "blekinge-test,K", "the group's own codes blekinge-test are"),
        (
            "group.toml",
            "[counties]",
            '[country]\ncode = "00"\nname = { sv = "riket", en = "the country" }\nmunicipalities = 290\n'
            "[counties]",
            "the register holds 5 municipalities, but group.toml says that the country has 290",
        ),
    ],
)
def test_a_group_that_does_not_fit_its_registers_is_refused(
    small: Path, store: Path, file: str, right: str, wrong: str, expected: str
) -> None:
    changed(small, right, wrong, file)
    with pytest.raises(DataError, match=expected):
        Workspace(small, store).build("membership" if "country" in wrong else "places")


def test_a_node_outside_the_group_is_refused(small: Path, store: Path) -> None:
    # A county of the register that is not of the group, and a node in it.
    changed(small, "10,", "10,Blekinge län,Blekinge County\n11,", "figures/counties.csv")
    changed(small, "1083,Sölvesborg,10", "1083,Sölvesborg,11", "figures/municipalities.csv")
    changed(small, ",1080,", ",1083,", "figures/nodes.csv")
    with pytest.raises(DataError, match=r"the nodes karlskrona have a municipality outside the group"):
        Workspace(small, store).build("places")


def test_an_unknown_scenario_is_a_wrong_call_with_the_nearest(small: Path, store: Path) -> None:
    (small / "scenarios").mkdir()
    (small / "scenarios" / "faster-trains.toml").touch()
    with pytest.raises(CallError, match="did you mean 'faster-trains'"):
        Workspace(small, store, "faster-train")


def test_a_table_a_column_or_a_cell_that_is_not_there_is_a_wrong_call(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    with pytest.raises(CallError, match="did you mean 'growth'"):
        work.table("grwoth")
    with pytest.raises(CallError, match="did you mean 'persons'"):
        work.figure("growth", "person", place="1080", year=2024)
    with pytest.raises(CallError, match="did you mean 'place'"):
        work.figure("growth", "persons", plaec="1080", year=2024)
    with pytest.raises(CallError, match="0 rows"):
        work.figure("growth", "persons", place="1080", year=1999)
    with pytest.raises(CallError, match="8 rows"):
        work.figure("growth", "persons", place="1080")
    with pytest.raises(CallError, match="never '2024'"):
        work.figure("growth", "persons", place="1080", year="2024")
    with pytest.raises(CallError, match="holds words"):
        work.figure("places", "name_sv", place="1080")


def test_an_absent_figure_says_why(small: Path, store: Path) -> None:
    figure = Workspace(small, store).figure("growth", "change", place="1080", year=2001)
    assert (figure.value, figure.absent, figure.basis) == (None, "not_applicable", "observed")
    assert figure.id.startswith("growth/change?place=1080,year=2001#")


def test_as_built_reads_nothing_newer(small: Path, store: Path) -> None:
    with pytest.raises(CallError, match="run 'storregion build' first"):
        Workspace(small, store, as_built=True).table("growth")
    Workspace(small, store).build()
    changed(small, "1080,2024,66301", "1080,2024,66302", "figures/population_totals.csv")
    where = {"place": "1080", "year": 2024}
    as_built = Workspace(small, store, as_built=True)
    assert as_built.figure("growth", "persons", **where).value == 66_301  # type: ignore[arg-type]
    assert Workspace(small, store).figure("growth", "persons", **where).value == 66_302  # type: ignore[arg-type]


def test_a_trace_leads_back_to_every_raw_file(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    assert {origin.file for origin in work.origins("growth")} == {
        "population_totals.csv",
        "municipality_changes.csv",
        "municipalities.csv",
        "counties.csv",
        "nodes.csv",
    }
    assert work.trace("growth")[0].table == "growth"
    assert all(len(origin.sha256) == 64 for origin in work.origins("growth"))


def test_what_a_group_sets_wrongly_is_named_with_its_file(small: Path, store: Path) -> None:
    settings = small / "assumptions.toml"
    settings.write_text("[growth_moves]\ngrowth_part = 2.0\n", "utf-8")
    work = Workspace(small, store)
    assert work._set_in("growth_moves.growth_part = 2.0; give a part from 0 to 1") == f"{settings}: "
    # The group sets another assumption of the same table, and nothing of another.
    assert work._set_in("growth_moves.growth_from = '10'; did you mean '11'") == ""
    assert work._set_in("labour_supply.older_rate = 2; give a share") == ""
    assert work._set_in("a table is missing") == ""


def test_a_country_that_a_group_names_is_a_place_with_all_municipalities(small: Path, store: Path) -> None:
    country = '[country]\ncode = "00"\nname = { sv = "riket", en = "the country" }\nmunicipalities = 5\n'
    changed(small, "[counties]", f"{country}[counties]")
    work = Workspace(small, store)
    work.build("membership")
    found = work.table("places").filter(kind="country")
    assert found.select("place", "name_sv", "name_en").rows() == [("00", "riket", "the country")]
    assert work.table("membership").filter(place="00").height == 5
