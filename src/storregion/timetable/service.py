"""Tables of a timetable that steps take together."""

from typing import NamedTuple

from storregion.timetable.lineplan import PlanHops, PlanServices
from storregion.timetable.tables import Calls, Changes, Lines, Stops, TimetableCalls, TimetableLines
from storregion.timetable.travel_rules import TravelRules


class Service(NamedTuple):
    """The day's timetable with a scenario's operations made on it, and the rules of travel."""

    lines: Lines
    calls: Calls
    stops: Stops
    changes: Changes
    rules: TravelRules


class Timetable(NamedTuple):
    """The day's timetable before any operation of a scenario."""

    lines: TimetableLines
    calls: TimetableCalls


class Plan(NamedTuple):
    """The line plan's run times and headways."""

    hops: PlanHops
    services: PlanServices
