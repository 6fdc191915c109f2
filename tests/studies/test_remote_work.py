"""Remote work on the commuting model: people kept apart from trips, scenarios, and what the surveys say."""

from itertools import product
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import polars as pl
import pytest

from storregion.core import group, scenario
from storregion.core.errors import DataError, ItemError, SettingError
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.facts.cells import CELLS
from storregion.facts.places import MEMBERSHIP, PLACES
from storregion.facts.work import COMMUTING
from storregion.studies.nearness import NEARNESS_FIT, WAYS_BETWEEN
from storregion.studies.remote_classes import REMOTE_CLASSES, RemoteWork, remote_classes
from storregion.studies.remote_commuting import (
    REMOTE_FLOWS,
    REMOTE_RESPONSE,
    WEEKDAYS,
    Commuters,
    Given,
    Practice,
    remote_flows,
    remote_response,
    remote_shares,
)
from storregion.studies.remote_potential import REMOTE_MUNICIPALITIES
from storregion.studies.remote_work import (
    REMOTE_AREAS,
    REMOTE_EFFECT,
    REMOTE_PAIRS,
    REMOTE_WEEKDAYS,
    remote_areas,
    remote_effect,
    remote_pairs,
    remote_weekdays,
)
from storregion.studies.travel_times import ACCESS_PLACES

HOMES = ("0101", "0102")
TWO_DAYS = {"0101": 0.5, "0102": 0.0}


def rows(schema: object, *given: tuple[object, ...]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}  # type: ignore[attr-defined]
    return pl.DataFrame(list(given), schema=types, orient="row")


def commuters() -> Commuters:
    """A hundred people in each of two places 40 km apart; thirty of the second work in the first."""
    flows = {("0101", "0101"): 100.0, ("0102", "0101"): 30.0, ("0102", "0102"): 70.0, ("0101", "0102"): 0.0}
    commuting = rows(
        COMMUTING,
        *(
            (2023, *pair, "total", persons, None, None, "spread", "estimated")
            for pair, persons in flows.items()
        ),
    )
    ways = [(*pair, *[40.0 * (pair[0] != pair[1])] * 2, "estimated") for pair in product(HOMES, HOMES)]
    # Two squares 4 km from east to west: the standard distance from the middle is 2 km.
    at = {"0101": 500_000.0, "0102": 540_000.0}
    cells = [
        (f"{int(at[home] + off) // 1000}_6600", home, at[home] + off, 6_600_500.0, 50.0, "estimated")
        for home in HOMES
        for off in (-2000.0, 2000.0)
    ]
    fit = (10.0, 0.0, 200.0, 1.0, "chosen", "estimated")
    return Commuters(commuting, rows(WAYS_BETWEEN, *ways), rows(NEARNESS_FIT, fit), rows(CELLS, *cells))


def shares(of: dict[str, float], days: float = 2.5) -> pl.DataFrame:
    types = {"municipality": pl.String, "days": pl.Float64, "share": pl.Float64, "basis": pl.String}
    return pl.DataFrame(
        [(home, days, share, "assumed") for home, share in of.items()], schema=types, orient="row"
    )


def response(exponent: float) -> pl.DataFrame:
    return rows(REMOTE_RESPONSE, ("weak", 0.05, exponent, None, "assumed"))


def times(minutes: float | None = 60.0) -> pl.DataFrame:
    """By train between the two places, both ways; no service where none are given."""
    reason = None if minutes else "not_applicable"
    return rows(
        ACCESS_PLACES,
        *(
            (*pair, "morning", "depart_at", minutes, minutes, minutes, reason, 1, 0, reason, "assumed")
            for pair in (HOMES, HOMES[::-1])
        ),
    )


def flows(now: dict[str, float], today: dict[str, float], exponent: float) -> pl.DataFrame:
    table = remote_flows(commuters(), Given(shares(now), shares(today), response(exponent), times(), times()))
    return REMOTE_FLOWS.check(table, maker="remote_flows").sort("home", "work")


PLACES_HERE = rows(PLACES, *((home, "municipality", home, home, "01", "observed") for home in HOMES))
MEMBERS = rows(MEMBERSHIP, *((home, home, "observed") for home in HOMES))


def test_in_the_base_people_live_as_the_register_has_them_and_trips_are_fewer() -> None:
    found = flows(TWO_DAYS, TWO_DAYS, 0.5)
    assert found["persons"].to_list() == pytest.approx([100.0, 0.0, 30.0, 70.0])
    # Half of the 100 in 0101, and nobody of 0102, are at home half of the days; but as the workplace has 50
    # remote workers of its 130, who live farther away, the thirty hold more of them than of the others.
    remote = found["remote"].to_list()
    assert sum(remote) == pytest.approx(50.0)
    assert remote[2] / 30.0 > remote[0] / 100.0
    # 2.5 of five days: half of them stay on any day.
    assert found["friday"].to_list() == pytest.approx([0.5 * one for one in remote])
    # Without remote work fewer lived in 0102.
    assert found["without"][2] < 30.0
    assert found["without"].sum() == pytest.approx(200.0)


def test_homes_follow_by_hand_from_a_base_without_remote_work() -> None:
    # η = 1 and 2.5 days: ways weigh half. Within 0101 the way is √(π/2)·2 = 2.507 km: halving it multiplies
    # by e^(2.507/20) = 1.1335; 40 km by e^2 = 7.389. Of the fifty remote workers at 0101 the shares 100:30
    # become 113.35:221.67, so 16.92 live near and 33.08 far; the eighty others stay 100:30, 61.54 and 18.46.
    found = flows(TWO_DAYS, {"0101": 0.0, "0102": 0.0}, 1.0)
    near = 50 * 113.35 / (113.35 + 221.67) + 80 * 100 / 130
    assert found["persons"].to_list() == pytest.approx([near, 0.0, 130 - near, 70.0], abs=0.01)
    assert found["without"].to_list() == pytest.approx([100.0, 0.0, 30.0, 70.0])


def test_jobs_stay_and_no_exponent_moves_nobody() -> None:
    moved = flows(TWO_DAYS, {"0101": 0.0, "0102": 0.0}, 1.0)
    jobs = moved.group_by("work").agg(pl.col("persons", "without").sum()).sort("work")
    assert jobs["persons"].to_list() == pytest.approx(jobs["without"].to_list()) == [130.0, 70.0]
    still = flows(TWO_DAYS, {"0101": 0.0, "0102": 0.0}, 0.0)
    assert still["persons"].to_list() == pytest.approx(still["without"].to_list())


def test_effects_add_up_over_homes_jobs_and_days() -> None:
    made = flows(TWO_DAYS, {"0101": 0.0, "0102": 0.0}, 1.0)
    effect = REMOTE_EFFECT.check(remote_effect(made, PLACES_HERE, MEMBERS), maker="remote_effect")
    assert effect["gained"].sum() == pytest.approx(0.0, abs=1e-9)
    # Fifty people stay at home on half of the days.
    assert effect["avoided"].sum() == pytest.approx(25.0)
    far = effect.filter(place="0102")
    assert far["avoided"].item() == pytest.approx(far["avoided_across"].item())
    week = REMOTE_WEEKDAYS.check(remote_weekdays(made, PLACES_HERE, MEMBERS), maker="remote_weekdays")
    assert week["weekday"].to_list() == [*WEEKDAYS, *WEEKDAYS]
    friday = week.filter(weekday="friday")
    assert (friday["at_work"] + friday["at_home"]).sum() == pytest.approx(200.0)
    assert friday["present_change"].sum() == pytest.approx(0.0, abs=1e-9)
    # At 0101 work 130, of whom 25 stay at home; those who live there stay there.
    there = friday.filter(place="0101")
    assert there["at_work"].item() == pytest.approx(105.0)
    assert there["present"].item() == pytest.approx(105.0 + there["at_home"].item())
    assert there["present_percent"].item() == pytest.approx(100 * (there["at_home"].item() - 25.0) / 130.0)
    pairs = remote_pairs(made, PLACES_HERE, least_persons=1.0)
    assert REMOTE_PAIRS.check(pairs, maker="remote_pairs")["avoided"].to_list() == pytest.approx(
        [far["avoided_across"].item()] * 5
    )
    assert remote_pairs(made, PLACES_HERE, least_persons=100.0).is_empty()


def test_nodes_are_left_out_and_wider_places_are_sums() -> None:
    node = rows(
        PLACES, ("n1", "node", "n1", "n1", "01", "observed"), ("01", "county", "01", "01", "01", "observed")
    )
    members = rows(MEMBERSHIP, *((place, home, "observed") for place in ("n1", "01") for home in HOMES))
    made = flows(TWO_DAYS, TWO_DAYS, 0.5)
    for table in (
        remote_effect(made, pl.concat([PLACES_HERE, node]), pl.concat([MEMBERS, members])),
        remote_weekdays(made, pl.concat([PLACES_HERE, node]), pl.concat([MEMBERS, members])),
    ):
        assert table["place"].unique().sort().to_list() == ["01", *HOMES]
    effect = remote_effect(made, node, members).filter(response="weak")
    assert effect["residents"].to_list() == pytest.approx([200.0])


def test_areas_go_by_their_largest_place_before_and_after() -> None:
    # Without remote work 30 of 100 leave 0102, more than a fifth: it follows 0101 in both.
    made = flows(TWO_DAYS, {"0101": 0.0, "0102": 0.0}, 1.0)
    areas = REMOTE_AREAS.check(remote_areas(made), maker="remote_areas")
    assert areas["before"].to_list() == ["0101", "0101"]
    assert areas.filter(moved="yes").height == int((areas["before"] != areas["after"]).sum())


def test_the_exponent_makes_ways_as_much_longer_as_was_asked() -> None:
    practice = Practice(shares(TWO_DAYS), shares(TWO_DAYS))
    found = remote_response(commuters(), practice, longer=(0.05, 0.12))
    for row in REMOTE_RESPONSE.check(found, maker="remote_response").iter_rows(named=True):
        made = flows(TWO_DAYS, {"0101": 0.0, "0102": 0.0}, row["exponent"]).filter(work="0101").sort("home")
        km = np.array([np.sqrt(np.pi / 2) * 2, 40.0])
        before = made["without"].to_numpy() @ km / made["without"].sum()
        after = made["remote"].to_numpy() @ km / made["remote"].sum()
        assert after / before - 1 == pytest.approx(row["longer"], rel=1e-3)


def test_longer_ways_are_of_those_who_work_at_home_in_the_base() -> None:
    fewer = {"0101": 0.1, "0102": 0.2}
    mixed, today, ahead = (
        remote_response(commuters(), Practice(shares(one), shares(two)))["exponent"].to_list()
        for one, two in ((fewer, TWO_DAYS), (TWO_DAYS, TWO_DAYS), (fewer, fewer))
    )
    assert mixed == today != ahead
    # A base that says nothing of remote work leaves the scenario's.
    alone = remote_response(commuters(), Practice(shares(fewer), shares({})))
    assert alone["exponent"].to_list() == ahead


def test_residents_are_spread_over_classes_and_not_those_who_work_there() -> None:
    """In a country with 40 % at home, two places as able as it have as many, whatever their workplaces do."""
    places = [
        ("0102", "residents", 300.0, 0.1, 0.3, 1.0, "estimated"),
        ("0101", "residents", 100.0, 0.1, 0.3, 1.0, "estimated"),
        ("0101", "workplaces", 900.0, 0.3, 0.9, 2.0, "estimated"),
        ("0102", "workplaces", 5.0, 0.0, 0.1, 0.1, "estimated"),
    ]
    country = pl.DataFrame({"days": [3.0, 1.0], "share": [0.1, 0.3], "basis": "assumed"})
    made = remote_shares(country, rows(REMOTE_MUNICIPALITIES, *places))
    cells = made.select("municipality", "days", "basis").rows()
    assert cells == [(home, days, "assumed") for home in HOMES for days in (1.0, 3.0)]
    assert made["share"].to_list() == pytest.approx([0.3, 0.1] * 2)
    # Where as much again can be done from home, the odds of a day there are 2⁹ times as high.
    abler = [(*places[0][:5], 2.0, "estimated"), *places[1:]]
    made = remote_shares(country, rows(REMOTE_MUNICIPALITIES, *abler))
    low, high = made.group_by("municipality", maintain_order=True).agg(pl.col("share").sum())["share"]
    assert high / (1 - high) / (low / (1 - low)) == pytest.approx(2.0**9)
    assert (100 * low + 300 * high) / 400 == pytest.approx(0.4)


def test_ways_and_homes_of_other_municipalities_are_refused() -> None:
    whole = commuters()
    without = whole._replace(ways_between=whole.ways_between.head(3))
    nowhere = whole._replace(cells=whole.cells.filter(municipality="0101"))
    for given in (without, nowhere):
        with pytest.raises(DataError, match="needs ways and homes of all 2 municipalities of commuting 2023"):
            remote_response(given, Practice(shares(TWO_DAYS), shares(TWO_DAYS)))


def test_where_nobody_works_at_home_nothing_is_calibrated() -> None:
    nobody = {"0101": 0.0, "0102": 0.0}
    found = remote_response(commuters(), Practice(shares(nobody), shares(nobody)))
    assert found["exponent"].to_list() == [None, None]
    assert found["exponent_absent"].to_list() == ["not_applicable"] * 2


def test_a_group_that_says_nothing_of_remote_work_has_its_commuting_as_it_is() -> None:
    none = shares({})
    answered = remote_response(commuters(), Practice(none, none))
    assert answered["exponent"].to_list() == [None, None]
    given = Given(none, none, answered, times(), times())
    found = REMOTE_FLOWS.check(remote_flows(commuters(), given), maker="remote_flows")
    weak = found.filter(response="weak").sort("home", "work")
    assert weak["persons"].to_list() == weak["without"].to_list() == pytest.approx([100.0, 0.0, 30.0, 70.0])
    assert weak["remote"].sum() == weak["friday"].sum() == 0.0
    effect = REMOTE_EFFECT.check(remote_effect(found, PLACES_HERE, MEMBERS), maker="remote_effect")
    assert effect["avoided_share"].to_list() == [0.0] * 4


def test_ways_that_cannot_be_so_much_longer_are_refused() -> None:
    practice = Practice(shares(TWO_DAYS), shares(TWO_DAYS))
    with pytest.raises(DataError, match="500% longer ways"):
        remote_response(commuters(), practice, longer=(0.05, 5.0))
    with pytest.raises(DataError, match="has 1 numbers; give two"):
        remote_response(commuters(), practice, longer=(0.05,))


def test_weekdays_that_cannot_be_are_refused() -> None:
    given = Given(shares(TWO_DAYS), shares(TWO_DAYS), response(0.5), times(), times())
    with pytest.raises(DataError, match="five shares of weekdays"):
        remote_flows(commuters(), given, weekdays=(0.5, 0.5))


def test_quicker_trains_draw_people_farther_with_and_without_remote_work() -> None:
    # A car does 40 km in 36.4 minutes. A train of 60 minutes helps nobody; one of 20, in which a car does
    # 22 km, makes the way √(40·22) = 29.66 km: e^((40 - 29.66)/10) = 2.811 times as many live far of those at
    # 0101, 84.34 against 100, so 59.48 of 130.
    nobody = {"0101": 0.0, "0102": 0.0}
    given = Given(shares(nobody), shares(nobody), response(1.0), times(20.0), times(60.0))
    alone = remote_flows(commuters(), given).filter(work="0101").sort("home")
    assert alone["without"].to_list() == pytest.approx([70.52, 59.48], abs=0.02)
    assert alone["persons"].to_list() == pytest.approx(alone["without"].to_list())
    both = remote_flows(commuters(), given._replace(remote_shares=shares(TWO_DAYS)))
    both = both.filter(work="0101").sort("home")
    # What remote work adds stands apart: without it people live as the trains have it.
    assert both["without"].to_list() == pytest.approx(alone["without"].to_list())
    assert both["persons"][1] > both["without"][1]
    # Where there is no train before or after, the ways stay.
    none = given._replace(access_places=times(None))
    still = remote_flows(commuters(), none).filter(work="0101").sort("home")
    assert still["without"].to_list() == pytest.approx([100.0, 30.0])


def made(days: float, share: float) -> RemoteWork:
    return RemoteWork(days=days, share=share, because=Text("Prov.", "Trial."), source="Made up")


def test_classes_stand_in_order_and_what_cannot_be_is_named() -> None:
    table = remote_classes(PLACES_HERE, made=(made(4, 0.1), made(1, 0.3)))
    assert REMOTE_CLASSES.check(table, maker="remote_classes")["share"].to_list() == [0.1, 0.3]
    with pytest.raises(ItemError, match=r"class 2: the shares add up to 1\.1"):
        remote_classes(PLACES_HERE, made=(made(4, 0.8), made(1, 0.3)))
    # Nobody would be left who works no day at home.
    with pytest.raises(ItemError, match="add up to 1 with this one"):
        remote_classes(PLACES_HERE, made=(made(4, 0.75), made(1, 0.25)))
    with pytest.raises(ItemError, match="class 2: two classes work 4 days"):
        remote_classes(PLACES_HERE, made=(made(4, 0.1), made(4, 0.3)))


def test_a_wrong_class_is_named_with_the_scenarios_file_and_line(tmp_path: Path, tables: Path) -> None:
    own = Path(copytree(group.bundled(), tmp_path / "oms"))
    path = own / "scenarios" / "distans-hogre.toml"
    text = path.read_text("utf-8").replace("share = 0.18", "share = 0.78")
    path.write_text(text, "utf-8")
    with pytest.raises(
        SettingError, match=r"distans-hogre.toml, line \d+: .*class 2: the shares add up to 1.03"
    ):
        Workspace(own, tables, "distans-hogre").table("remote_classes")


# ---- the bundled group


def test_the_base_is_todays_commuting(bundled: Workspace) -> None:
    rows = bundled.table("remote_flows").filter(response="strong").sort("home", "work")
    now = bundled.table("commuting").filter(year=2023).sort("home", "work")
    assert rows["persons"].to_numpy() == pytest.approx(now["persons"].to_numpy(), rel=1e-5, abs=1e-4)
    # And so are its labour market areas those of the rule on published shares.
    ours = bundled.table("remote_areas").filter(response="weak").sort("municipality")
    published = bundled.table("labour_markets").filter(year=2023, rule="la").sort("municipality")
    assert ours["after"].n_unique() == published["centre"].n_unique()


def test_remote_work_spreads_as_surveys_have_it(bundled: Workspace) -> None:
    shares = bundled.table("remote_shares").group_by("municipality").agg(pl.col("share").sum())
    people = bundled.table("remote_municipalities").filter(side="residents").select("municipality", "people")
    both = shares.join(people, on="municipality").with_columns(county=pl.col("municipality").str.head(2))
    mean = (pl.col("share") * pl.col("people")).sum() / pl.col("people").sum()
    country = both.select(mean).item()
    found = dict(both.group_by("county").agg(mean.alias("share")).iter_rows())
    assert country == pytest.approx(0.43)
    # Statistics Sweden, first quarter of 2021: 56.3, 27.3, 29.3 and 30.0 per cent against 42 in the country.
    for county, published in (("01", 56.3), ("20", 27.3), ("25", 29.3), ("08", 30.0)):
        assert found[county] / country == pytest.approx(published / 42.0, abs=0.13), county


def test_presence_at_workplaces_fell_about_as_movement_data_show(bundled: Workspace) -> None:
    before = Workspace(bundled.folder, bundled.store.folder, "distans-fore-2020")
    # Telia for Computer Sweden, spring 2023 against 2019, in Stockholm, Solna, Göteborg and Malmö: 12 per
    # cent fewer on Fridays and 7 on Thursdays, while the number of employed people grew by some per cent.
    for day, published in (("friday", 0.12), ("thursday", 0.07)):
        present = []
        for work in (before, bundled):
            rows = work.table("remote_flows").filter(
                pl.col("work").is_in(["0180", "0184", "1480", "1280"]), response="weak"
            )
            present.append(rows.select(1 - pl.col(day).sum() / pl.col("persons").sum()).item())
        fewer = 1 - present[1] / present[0]
        assert published < fewer < published + 0.06, day


def test_the_combined_scenario_holds_what_both_hold() -> None:
    def bare(made: Any) -> Any:
        """What is assumed, without the reasons, which may be shorter where two scenarios share a page."""
        if isinstance(made, dict):
            return {name: bare(value) for name, value in made.items() if name != "because"}
        return [bare(one) for one in made] if isinstance(made, list) else made

    names = ("ostlanken", "distans-hogre", "ostlanken-distans")
    trains, remote, both = (bare(scenario.read(group.bundled(), name).assumptions) for name in names)
    assert both == trains | remote
    assert trains
    assert remote


def test_more_remote_work_means_fewer_trips_and_longer_ways(bundled: Workspace) -> None:
    names = {"distans-fore-2020": 0.048, "distans-lagre": 0.106, "base": 0.164, "distans-hogre": 0.236}
    avoided, gained = {}, {}
    for name in names:
        work = bundled if name == "base" else Workspace(bundled.folder, bundled.store.folder, name)
        rows = work.table("remote_effect").filter(response="weak")
        avoided[name] = rows.filter(place="00")["avoided_share"].item()
        gained[name] = rows.filter(place="0192")["gained"].item()
    # Days at home of five: (4·0.035 + 0.1)/5 and so on.
    assert avoided == pytest.approx(names)
    assert list(gained.values()) == sorted(gained.values())
