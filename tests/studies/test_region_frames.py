"""A region's own frame: held to the person, with what it moves; refused in words where it cannot be."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from storregion.core import group
from storregion.core.errors import ItemError, SettingError
from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.facts.vintages import PROJECTION_VINTAGES
from storregion.studies import projection_municipal as municipal
from storregion.studies import projection_totals as totals
from storregion.studies.region_frames import Frame, region_frames

WHY = Text("Prov.", "A trial.")


def vintages(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """A projection from name, area, year and persons."""
    types = {column.name: column.dtype for column in PROJECTION_VINTAGES.columns}
    whole = [(*row, "2024", "Region", "Report", "estimated") for row in rows]
    return pl.DataFrame(whole, schema=types, orient="row")


def framed(work: Workspace, *rows: tuple[str, str, int, int], areas: tuple[str, ...] = ()) -> pl.DataFrame:
    made = (Frame(projection=rows[0][0], because=WHY, source="A test", areas=areas),)
    return region_frames(vintages(*rows), work.group, made=made)


def run(work: Workspace, frames: pl.DataFrame) -> pl.DataFrame:
    given = totals.Changes(*(work.table(name) for name in totals.Changes._fields))
    counted, national = work.table("population_yearly"), work.table("national_frames")
    return totals.municipal_totals(counted, national, given._replace(region_frames=frames))


def persons(rows: pl.DataFrame, area: str, year: int, frame: str = "base") -> int:
    own = pl.col("municipality").str.starts_with(area)
    return int(rows.filter(own, frame=frame, year=year)["persons"].sum())


def test_a_county_and_a_municipality_have_their_totals_and_the_country_its_own(bundled: Workspace) -> None:
    """County 01 as the newest published edition has it in 2040, and one municipality of another county."""
    frames = framed(bundled, ("own", "01", 2040, 2_632_000), ("own", "0330", 2040, 30_000))
    found, before = run(bundled, frames), bundled.table("municipal_totals")
    assert persons(found, "01", 2040) == 2_632_000
    assert persons(found, "0330", 2040) == 30_000
    for frame in totals.FRAMES:
        for year in (2025, 2040, 2050):
            assert persons(found, "", year, frame) == persons(before, "", year, frame)
    # Within the county in proportion to what each would have had: within one person.
    own = pl.col("municipality").str.starts_with("01")
    inside = found.filter(own, frame="base", year=2040)
    factor = 2_632_000 / inside["unraked"].sum()
    assert (inside["persons"] - factor * inside["unraked"]).abs().max() <= 1.0  # type: ignore[operator]


def test_years_between_and_after_follow_as_the_page_says(bundled: Workspace) -> None:
    """2024 counted, 2030 given: 2027 halfway; after 2030 the growth of the projection without the frame."""
    counted = bundled.table("population_yearly").filter(municipality="0330", year=2024)["persons"].item()
    found = run(bundled, framed(bundled, ("own", "0330", 2030, counted + 6000)))
    assert persons(found, "0330", 2027) == pytest.approx(counted + 3000, abs=1)
    plain = bundled.table("municipal_totals").filter(municipality="0330", frame="base")
    then, later = (plain.filter(year=year)["unraked"].item() for year in (2030, 2045))
    assert persons(found, "0330", 2045) == pytest.approx((counted + 6000) * later / then, abs=1)
    # In the high frame the total rises as the country's people do.
    nation = dict(bundled.table("national_frames").filter(year=2030).select("frame", "persons").iter_rows())
    expected = (counted + 6000) * nation["high"] / nation["base"]
    assert persons(found, "0330", 2030, "high") == pytest.approx(expected, abs=1)


def test_what_the_frame_moves_is_reported_and_adds_up_to_nothing(bundled: Workspace) -> None:
    frames = framed(bundled, ("own", "01", 2040, 2_632_000))
    found = totals.frame_residuals(run(bundled, frames), frames).filter(frame="base", year=2040)
    county, rest = found.sort("area").to_dicts()
    assert (county["area"], county["persons"], rest["area"]) == ("01", 2_632_000, "rest")
    assert county["residual"] == pytest.approx(2_632_000 - county["unraked"])
    assert county["residual"] + rest["residual"] == pytest.approx(0, abs=1e-3)
    assert totals.frame_residuals(bundled.table("municipal_totals"), frames.clear()).is_empty()


def test_a_frame_that_cannot_be_met_is_refused_in_words(bundled: Workspace) -> None:
    says = (
        r"operation 1 \(frame\): the rest of the country would have -\d+ people, fewer than none, in 20\d\d"
    )
    with pytest.raises(ItemError, match=says):
        run(bundled, framed(bundled, ("own", "01", 2040, 20_000_000)))
    with pytest.raises(
        ItemError, match=r"03 would have -\d+ people, fewer than none, in 2025; lower the totals"
    ):
        run(bundled, framed(bundled, ("own", "03", 2025, 1000), ("own", "0330", 2025, 2000)))
    with pytest.raises(ItemError, match="own gives 0330 no year from 2025 on; choose a newer"):
        run(bundled, framed(bundled, ("own", "0330", 2020, 20_000)))


def test_a_frame_that_leaves_too_few_of_some_age_names_its_operation(bundled: Workspace) -> None:
    frames = framed(bundled, ("own", "0330", 2030, 0))
    local = municipal.Local(*(bundled.table(name) for name in municipal.Local._fields))
    ahead = municipal.Ahead(*(bundled.table(name) for name in municipal.Ahead._fields))
    ahead = ahead._replace(municipal_totals=run(bundled, frames), region_frames=frames)
    with pytest.raises(
        ItemError, match=r"operation 1 \(frame\): the frame low cannot be met in 202\d: .*'0330'"
    ):
        municipal.municipal_projection(local, ahead)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"projection": "owm"}, "the projection 'owm' is not read in; did you mean 'own'"),
        (
            {"projection": "own", "areas": ("0331",)},
            "own has no county or municipality '0331'; did you mean '0330'",
        ),
        ({"projection": "country"}, "country has only the country; choose among the national variants"),
    ],
)
def test_what_a_frame_names_must_be_there(bundled: Workspace, made: dict[str, object], says: str) -> None:
    known = vintages(("own", "0330", 2030, 20_000), ("country", "00", 2030, 11_000_000))
    one = Frame(because=WHY, source="A test", **made)  # type: ignore[arg-type]
    with pytest.raises(ItemError, match=says):
        region_frames(known, bundled.group, made=(one,))


def test_two_frames_may_not_bind_one_area(bundled: Workspace) -> None:
    known = vintages(("own", "0330", 2030, 20_000), ("other", "0330", 2030, 21_000))
    made = tuple(Frame(projection=name, because=WHY, source="A test") for name in ("own", "other"))
    with pytest.raises(ItemError, match=r"operation 2 .* 0330 has its total from operation 1 already"):
        region_frames(known, bundled.group, made=made)


def test_a_scenario_that_cannot_be_names_its_file_and_line_and_builds_nothing(
    bundled: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "group"
    shutil.copytree(bundled.folder, folder)
    (folder / "scenarios" / "own.toml").write_text(
        """title = { sv = "Egen ram", en = "Own frame" }
about = { sv = "Prov.", en = "A trial." }

[[assumptions.region_frames.made]]
kind = "frame"
projection = "scb-2030"
because = { sv = "Prov.", en = "A trial." }
source = "A test"
""",
        "utf-8",
    )
    work = Workspace(folder, bundled.store.folder, "own")
    with pytest.raises(SettingError, match=r"own\.toml, line 4: .*'scb-2030' is not read in; did you mean"):
        work.build("region_frames")


def test_without_areas_named_all_but_the_country_are_held_to() -> None:
    oms = RegionGroup.read(group.bundled())
    assert oms.country is not None
    given = vintages(("own", "0330", 2030, 9), ("own", oms.country.code, 2030, 99), ("own", "01", 2030, 50))
    for areas, held in (((), ["01", "0330"]), (("0330",), ["0330"])):
        made = (Frame(projection="own", because=WHY, source="A test", areas=areas),)
        assert region_frames(given, oms, made=made)["area"].to_list() == held
