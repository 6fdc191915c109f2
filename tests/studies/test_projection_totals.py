"""Totals of municipalities by hand: pace, moves, brakes and frames on three places."""

from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import ItemError
from storregion.studies.projection_municipal import Ahead, _refused
from storregion.studies.projection_totals import (
    FRAMES,
    Changes,
    _Asked,
    _raked,
    _share_changes,
    _Start,
    municipal_totals,
)

CODES = ["0101", "0102", "0201"]
NOW = {"0101": 100, "0102": 300, "0201": 600}
YEARS = [2025, 2026, 2027]
START = _Start(CODES, np.array([100.0, 300.0, 600.0]), YEARS)


def table(schema: dict[str, Any], *rows: tuple[object, ...], basis: str = "observed") -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(basis=pl.lit(basis))


def trend(*rows: tuple[str, int, float]) -> pl.DataFrame:
    types = {"municipality": pl.String, "horizon": pl.Int64, "share_change": pl.Float64}
    return table(types, *rows, basis="estimated")


def still() -> pl.DataFrame:
    return trend(*((code, horizon, 0.0) for code in CODES for horizon in (5, 10, 15)))


def operations(*rows: tuple[int, int, str, str, float]) -> pl.DataFrame:
    types = {"number": pl.Int64, "year": pl.Int64, "kind": pl.String, "municipality": pl.String}
    return table(types | {"persons": pl.Float64}, *rows, basis="assumed")


def moves(*rows: tuple[str, str, float]) -> pl.DataFrame:
    types = {"from_county": pl.String, "to_county": pl.String, "part": pl.Float64}
    return table(types, *rows, basis="assumed")


def frames(*rows: tuple[int, str, str, int, int]) -> pl.DataFrame:
    types = {"number": pl.Int64, "projection": pl.String, "area": pl.String, "year": pl.Int64}
    return table(types | {"persons": pl.Int64}, *rows, basis="assumed")


COUNTRY = table(
    {"frame": pl.String, "year": pl.Int64, "persons": pl.Int64},
    # The frames are a hundred people apart, so that one taken for another shows.
    *(
        (frame, year, 1_000 + 100 * (year - 2024) + more)
        for frame, more in zip(FRAMES, (-100, 0, 100), strict=True)
        for year in YEARS
    ),
    basis="estimated",
)


def found(
    growth: pl.DataFrame | None = None,
    made: pl.DataFrame | None = None,
    given: pl.DataFrame | None = None,
    asked: pl.DataFrame | None = None,
) -> pl.DataFrame:
    people = table(
        {"municipality": pl.String, "year": pl.Int64, "persons": pl.Int64},
        *((code, year, persons) for code, persons in NOW.items() for year in (2023, 2024)),
    )
    none = (operations(), moves(), frames())
    changed = (
        one if one is not None else other for one, other in zip((made, given, asked), none, strict=True)
    )
    return municipal_totals(people, COUNTRY, Changes(growth if growth is not None else still(), *changed))


def persons(rows: pl.DataFrame, frame: str, year: int) -> list[int]:
    return rows.filter(frame=frame, year=year).sort("municipality")["persons"].to_list()


def test_shares_that_do_not_change_keep_their_part_of_each_frame() -> None:
    rows = found()
    # 1 000, 1 100 and 1 200 people in 2025, of whom a tenth, three and six tenths live in each.
    for frame, whole in zip(FRAMES, (1_000, 1_100, 1_200), strict=True):
        assert persons(rows, frame, 2025) == [whole // 10, 3 * whole // 10, 6 * whole // 10]
    assert persons(rows, "base", 2027) == [130, 390, 780]
    assert set(rows["basis"]) == {"estimated"}


def test_a_share_changes_along_what_was_tried_and_then_ever_less() -> None:
    # 10 % in five years, 21 % in ten, 33.1 % in fifteen: always 10 % in five, so ln 1.1 / 5 a year. What is
    # said of twenty years was not tried. Beyond fifteen a year adds nine tenths of the year before.
    tried = [(5, 10.0), (10, 21.0), (15, 33.1), (20, 500.0)]
    rows = [("0101", *one) for one in tried] + [("0102", at, 0.0) for at, _ in tried]
    start = START._replace(codes=CODES[:2], years=list(range(2025, 2042)))
    made = _share_changes(start, trend(*rows), 0.9)
    year = np.log(1.1) / 5
    assert made[[0, 4, 6, 14], 0] == pytest.approx([year, 5 * year, 7 * year, 15 * year])
    assert made[[15, 16], 0] == pytest.approx([(15 + 0.9) * year, (15 + 0.9 + 0.81) * year])
    assert made[:, 1].tolist() == [0.0] * 17


def test_people_given_to_one_are_taken_from_all_others_by_their_size() -> None:
    # 90 more in 0101 from 2026 on: of 1 200 the others had 1 080 and have 990, one third and two thirds.
    made = operations((1, 2026, "homes", "0101", 90.0))
    rows = found(made=made)
    assert persons(rows, "base", 2025) == [110, 330, 660]
    assert persons(rows, "base", 2026) == [210, 330, 660]
    basis = rows.filter(frame="base").sort("year", "municipality")["basis"].to_list()
    assert basis == ["estimated"] * 3 + ["assumed"] * 6
    with pytest.raises(ItemError, match=r"operation 2 \(homes\): fewer than no people in \['0102'\] in 2026"):
        found(made=operations((1, 2025, "homes", "0101", 5.0), (2, 2026, "homes", "0102", -361.0)))


def test_a_brake_holds_a_place_to_its_room_and_then_to_its_own_pace() -> None:
    # 0101 would have 110, 120 and 130. With room for two a year in 2025 and 2026 it has 102 and 104, and then
    # 130 / 120 of that, 112.67. The others have the rest, one third and two thirds.
    rows = found(made=operations((1, 2025, "brake", "0101", 2.0), (1, 2026, "brake", "0101", 2.0)))
    assert persons(rows, "base", 2025) == [102, 333, 665]
    assert persons(rows, "base", 2026) == [104, 365, 731]
    assert persons(rows, "base", 2027)[0] == 113
    # With room for more than come, nothing is held.
    assert persons(found(made=operations((1, 2025, "brake", "0101", 50.0))), "base", 2026) == [120, 360, 720]
    everywhere = operations(*((at, 2025, "brake", code, 0.0) for at, code in enumerate(CODES, 1)))
    with pytest.raises(ItemError, match=r"operation 3 \(brake\): every municipality is braked"):
        found(made=everywhere)


def test_part_of_a_countys_growth_lives_elsewhere() -> None:
    # County 02 grows by 60 a year; half of it, 30 more each year, lives in 01, a quarter and three quarters.
    rows = found(given=moves(("02", "01", 0.5)))
    assert persons(rows, "base", 2025) == [118, 352, 630]
    assert rows.filter(frame="base", year=2027)["persons"].sum() == 1_300
    assert set(rows["basis"]) == {"assumed"}


def test_an_area_has_what_its_region_says_and_the_rest_the_rest() -> None:
    # County 01 had 400; with 600 in 2027 it has 467 and 533 on the way there, 1 : 3 within it.
    rows = found(asked=frames((4, "own", "01", 2027, 600)))
    assert [sum(persons(rows, "base", year)[:2]) for year in YEARS] == [467, 533, 600]
    assert persons(rows, "base", 2027) == [150, 450, 700]
    # The low frame has 1 200 of the country's 1 300 then, and so has the area.
    assert sum(persons(rows, "low", 2027)[:2]) == round(600 * 1_200 / 1_300)
    with pytest.raises(ItemError, match=r"operation 4 \(frame\): own gives 01 no year from 2025 on"):
        found(asked=frames((4, "own", "01", 2024, 600)))


@pytest.mark.parametrize(
    ("members", "total", "says"),
    [
        ([0, 1], 1_101, "the rest of the country would have -1 people, fewer than none, in 2025; lower"),
        ([0, 1, 2], 1_099, "the rest of the country has 1 people over in 2025 and no municipality for them"),
    ],
)
def test_a_frame_that_cannot_be_met_says_what_is_wrong(members: list[int], total: int, says: str) -> None:
    asked = _Asked("01", 7, np.array(members), np.array([total]))
    with pytest.raises(ItemError, match=rf"operation 7 \(frame\): {says}"):
        _raked(np.array([110.0, 330.0, 660.0]), 0, START, [asked], 1_100)


@pytest.mark.parametrize(
    ("places", "named"),
    [
        (["0101"], "operation 3 (homes): too few"),
        (["0102", "0201"], "operation 5 (frame): too few"),
        (["0102"], "too few"),
        ([], "too few"),
    ],
)
def test_what_cannot_be_met_is_of_the_operation_on_one_of_its_places(places: list[str], named: str) -> None:
    ahead = cast(Ahead, _Scenario())
    error = _refused("too few", places, ahead)
    assert str(error).endswith(named)
    assert isinstance(error, ItemError) == ("operation" in named)


class _Scenario:
    """A scenario with an operation on 0101 and a frame of county 02."""

    region_frames = frames((5, "own", "02", 2027, 600))
    projection_operations = operations((3, 2026, "homes", "0101", 90.0))
