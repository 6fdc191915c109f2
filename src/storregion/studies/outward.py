"""Links outward: how long it takes to places outside the group, and whether one is home the same day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.errors import SettingError
from storregion.core.table import BASES, weakest
from storregion.facts.outward import (
    OUTWARD_TARGETS,
    OutwardCriteria,
    OutwardLinks,
    OutwardStations,
    OutwardTargets,
)
from storregion.facts.people import Population
from storregion.facts.places import Places
from storregion.journeys.draws import ClockDraws
from storregion.journeys.from_tables import travel_networks
from storregion.journeys.profiles import Profiles
from storregion.journeys.returns import Asked, Day, Stations, stay, there_and_back
from storregion.studies.travel_times import AccessPoints
from storregion.timetable.clock import phased
from storregion.timetable.outward import Linked, OutwardJoined, target_stations, with_links
from storregion.timetable.service import Service

KINDS = ("node", "municipality")
FIRST_HOUR, LAST_HOUR = 5, 24
"""When one leaves home at the earliest on a day trip, and is home again at the latest."""
STANDARDS = ("green", "yellow", "red")

OUTWARD_TIMES = columns.schema(
    "outward_times",
    __name__,
    columns.place(),
    columns.code("target", key=True, refers=("outward_targets", "target")),
    columns.duration("fastest", absent="times_absent"),
    columns.duration("typical", absent="times_absent"),
    columns.whole("transfers", "changes", least=0, absent="times_absent"),
    columns.whole("departures", "journeys", least=0),
    columns.code("arrives", choices=("same_day", "next_day"), absent="times_absent"),
    columns.text("last_return", pattern="[0-9]{2}:[0-9]{2}", absent="return_absent"),
    columns.duration("stay", absent="stay_absent"),
    columns.code("day_trip", choices=("yes", "no"), absent="day_trip_absent"),
    columns.code("standard", choices=STANDARDS, absent="standard_absent"),
)
OutwardTimes = Annotated[pl.DataFrame, OUTWARD_TIMES]

OUTWARD_GROUP = columns.schema(
    "outward_group",
    __name__,
    columns.code("target", key=True, refers=("outward_targets", "target")),
    columns.year(),
    OUTWARD_TARGETS["kind"],
    columns.whole("municipalities", "municipalities", least=0),
    columns.whole("day_trip_municipalities", "municipalities", least=0),
    columns.share("day_trip_share", absent="day_trip_absent"),
    columns.share("green_share", absent="green_absent"),
    columns.duration("median_minutes", absent="times_absent"),
    columns.share("covered_share"),
)
OutwardGroup = Annotated[pl.DataFrame, OUTWARD_GROUP]


class Ends(NamedTuple):
    """Where journeys begin, with their stations, and the register of where they end."""

    places: Places
    access_points: AccessPoints
    targets: OutwardTargets
    stations: OutwardStations
    links: OutwardLinks
    criteria: OutwardCriteria
    joined: OutwardJoined

    @property
    def linked(self) -> Linked:
        """The register, and which of its links are part of the timetable."""
        return Linked(self.targets, self.stations, self.links, self.criteria, self.joined)


def outward_times(
    ends: Ends,
    service: Service,
    *,
    longest_minutes: float = 780.0,
    door_minutes: float = 20.0,
    stay_minutes: float = 360.0,
) -> OutwardTimes:
    """From every node and municipality to every target and back, over one day of the timetable.

    Parameters
    ----------
    ends : nodes and municipalities, and the targets with the links that are part of the timetable.
    service : the timetable, with a scenario's operations.
    longest_minutes : from station to station; longer journeys are not looked for; 60 to 900.
    door_minutes : between doors and stations, half of it at each end.
    stay_minutes : at the target, for a day trip to be possible.

    Raises
    ------
    SettingError
        The longest journey is beyond what a search can hold, or the time to the door is below 0.
    """
    if not 60 <= longest_minutes <= 900:
        raise SettingError(f"outward_times: longest_minutes = {longest_minutes:g}; give 60 to 900")
    if door_minutes < 0:
        raise SettingError(f"outward_times: door_minutes = {door_minutes:g}; give 0 or more")
    door = round(30 * door_minutes)
    day = Day(3600 * FIRST_HOUR, 3600 * LAST_HOUR, door, door)
    draws = _draws(with_links(service, ends.linked), longest_minutes)
    stations = target_stations(ends.linked, service)
    return _frame(_rows(ends, stations, draws, day, 60 * stay_minutes))


def _rows(
    ends: Ends, targets: Mapping[str, Stations], draws: ClockDraws, day: Day, least: float
) -> Iterator[tuple[object, ...]]:
    """The rows of `outward_times`.

    Parameters
    ----------
    ends : as of the step.
    targets : the stations of every target that the timetable reaches.
    draws : the timetable with the links.
    day : the hours of a day out.
    least : seconds of stay that make a day trip.
    """
    points = ends.access_points.filter(pl.col("kind").is_in(KINDS)).sort("code", "station")
    stations = {
        code: tuple(found)
        for code, found in points.group_by("code", maintain_order=True).agg("station").iter_rows()
    }
    known = dict(points.group_by("code", maintain_order=True).agg(weakest()).iter_rows())
    own = ends.places.filter(pl.col("kind").is_in(KINDS))["place"].sort()
    near = [stations[place] for place in own if place in stations]
    found = there_and_back(draws, near, targets, day)
    asked = _asked(ends.criteria)
    met = {
        (place, target): _met(out, back, day, least, asked.get(target, ()))
        for place, target, out, back in found
    }
    for place in own:
        basis = max(known.get(place, "observed"), draws.basis, key=BASES.index)
        for target in ends.targets["target"].sort():
            levels, mine = asked.get(target, ()), stations.get(place, ())
            if set(mine) & set(targets.get(target, ())):
                cells = _nowhere("not_applicable", levels)
            else:
                cells = met.get((mine, target)) or _nowhere("missing", levels)
            yield (place, target, *cells, basis)


def outward_group(
    outward_times: OutwardTimes, outward_targets: OutwardTargets, population: Population, service: Service
) -> OutwardGroup:
    """How many of the group's inhabitants live in a municipality from which each target is within a day.

    Parameters
    ----------
    outward_times : of nodes and municipalities; the latter are counted.
    outward_targets : the kind of each target.
    population : inhabitants in the year of the timetable, or the latest year before it.
    service : the timetable, whose day says the year.
    """
    year = int(service.rules["day"].item()[:4])
    people = population.drop_nulls("persons").filter(pl.col("year") <= year)
    latest = people.filter(pl.col("year") == pl.col("year").max()).select("municipality", "year", "persons")
    rows = outward_times.join(latest, left_on="place", right_on="municipality").sort("target", "typical")
    # Who lives in the target itself is there already, and counts with those who can be there within a day.
    here = (pl.col("times_absent") == "not_applicable") & (pl.col("day_trip_absent") == "not_applicable")
    within = (pl.col("day_trip") == "yes") | here
    persons, covered = pl.col("persons"), pl.col("day_trip").is_not_null() | here
    reached = pl.col("typical").is_not_null()
    half = persons.filter(reached).cum_sum() >= persons.filter(reached).sum() / 2
    whole = persons.filter(covered).sum()
    green = pl.col("standard").eq("green") | here
    found = rows.group_by("target", maintain_order=True).agg(
        pl.col("year").first(),
        municipalities=covered.sum().cast(pl.Int64),
        day_trip_municipalities=within.fill_null(value=False).sum().cast(pl.Int64),
        # A timetable that leads to no municipality of the group says nothing of anybody.
        day_trip_share=pl.when(whole > 0).then(persons.filter(within.fill_null(value=False)).sum() / whole),
        green_share=pl.when((whole > 0) & pl.col("standard").is_not_null().any()).then(
            persons.filter(green.fill_null(value=False)).sum() / whole
        ),
        median_minutes=pl.col("typical").filter(reached).filter(half).first(),
        covered_share=whole / persons.sum(),
        basis=weakest(),
    )
    kinds = outward_targets.select("target", "kind")
    return found.join(kinds, on="target", maintain_order="left").with_columns(
        day_trip_absent=pl.when(pl.col("day_trip_share").is_null()).then(pl.lit("missing")),
        green_absent=pl.when(pl.col("green_share").is_null()).then(pl.lit("not_applicable")),
        times_absent=pl.when(pl.col("median_minutes").is_null()).then(pl.lit("not_applicable")),
    )


def _draws(service: Service, longest: float) -> ClockDraws:
    """A timetable in every draw of the clock, with room for journeys of so many minutes."""
    rules = service.rules.with_columns(longest_minutes=pl.lit(longest))
    draws = phased(service.calls, service.lines)
    return ClockDraws(travel_networks(draws, service.stops, service.changes, rules))


def _asked(criteria: pl.DataFrame) -> dict[str, tuple[tuple[str, Asked, float], ...]]:
    """The levels of each target, the best first: its name, what it asks for, and the seconds of stay."""
    found: dict[str, tuple[tuple[str, Asked, float], ...]] = {}
    order = pl.col("level").replace_strict(STANDARDS, range(len(STANDARDS)))
    for one in criteria.sort("target", order).iter_rows(named=True):
        before, after = (_seconds(one[at]) for at in ("arrive_before", "leave_after"))
        level = (one["level"], Asked(60 * one["longest"], before, after), 60 * one["stay"])
        found[one["target"]] = (*found.get(one["target"], ()), level)
    return found


def _seconds(hour: str | None) -> int | None:
    """The second of the day of an hour such as 10:00; None where none is asked for."""
    return None if hour is None else 3600 * int(hour[:2]) + 60 * int(hour[3:])


Levels = Sequence[tuple[str, Asked, float]]


def _nowhere(why: str, levels: Levels) -> tuple[object, ...]:
    """The cells of a place without a journey that could be looked for, after place and target."""
    standard = why if levels else "not_applicable"
    return (None, None, None, 0, None, why, None, why, None, why, None, why, None, standard)


def _met(out: Profiles, back: Profiles, day: Day, least: float, levels: Levels) -> tuple[object, ...]:
    """The cells of a place and a target, after these two.

    Parameters
    ----------
    out, back : the journeys that leave, and come, home within the day, one profile a draw.
    day : the hours of a day out.
    least : seconds of stay that make a day trip.
    levels : of the target's criterion.
    """
    stays = [stay(one, other, day, Asked()) for one, other in zip(out, back, strict=True)]
    longest = _middle(stays)
    returns = [(one.departures - day.at_target).max(initial=-np.inf) for one in back]
    last = _middle(returns)
    standard = _standard(out, back, day, levels)
    return (
        *_times(out, day),
        *((None, "not_applicable") if np.isinf(last) else (_clock(last), None)),
        *((None, "not_applicable") if longest < 0 else (longest / 60.0, None)),
        *("yes" if longest >= least else "no", None),
        *((standard, None) if levels else (None, "not_applicable")),
    )


def _times(out: Profiles, day: Day) -> tuple[object, ...]:
    """Fastest, typical, changes, journeys, when one arrives, and why there is none.

    Journeys that arrive after the day count only where none arrives within it: whoever leaves late would wait
    for the morning somewhere along the way.
    """
    same = [one.arriving(day.ends - day.at_target) for one in out]
    arrives, counted = ("same_day", same) if _middle([len(one.ready) for one in same]) else ("next_day", out)
    number = int(_middle([len(one.ready) for one in counted]))
    if not number:
        return None, None, None, 0, None, "not_applicable"
    minutes = np.sort(np.concatenate([one.minutes for one in counted])) + day.doors / 60.0
    rides = np.sort(np.concatenate([one.rides for one in counted]))
    middle = (len(minutes) - 1) // 2
    fastest = _middle([float(one.minutes.min()) for one in counted if len(one.ready)]) + day.doors / 60.0
    return fastest, float(minutes[middle]), max(int(rides[middle]) - 1, 0), number, arrives, None


def _standard(out: Profiles, back: Profiles, day: Day, levels: Levels) -> str:
    """The best level that the middle draw of the clock meets; red where it meets none."""
    met = []
    for one, other in zip(out, back, strict=True):
        fits = [name for name, asked, least in levels if stay(one, other, day, asked) >= least]
        met.append(STANDARDS.index(fits[0] if fits else "red"))
    return STANDARDS[int(_middle(met))]


def _middle(values: Sequence[float]) -> float:
    """The middle value of the draws, the lower of two."""
    return sorted(values)[(len(values) - 1) // 2]


def _clock(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _frame(rows: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in OUTWARD_TIMES.columns}
    return pl.DataFrame(list(rows), schema=types, orient="row")
