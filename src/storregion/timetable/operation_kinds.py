"""What a scenario may do to a timetable, as a planner writes it: the kinds of operation.

Minutes may have decimals; times become whole seconds. A stop is a code of `stops`. Where calls are looked
for, a station's code stands for every platform of it; where calls are made, the code is the stop's own.
"""

from itertools import pairwise
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from msgspec import Meta, Struct, field

from storregion.core.language import Text

FASTEST_KMH = 350.0
"""No run between two stops may be faster, by the straight line."""

Code = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Minutes = Annotated[float, Meta(ge=0.0, le=1440.0)]
Clock = Annotated[str, Meta(pattern=r"^[0-2]\d:[0-5]\d$")]


class Period(Struct, frozen=True, forbid_unknown_fields=True):
    """Departures from the first stop, every so many minutes; `until` is one of them if it fits.

    Beyond 24:00 is the day after. A departure that two periods share is run once.
    """

    since: Clock = field(name="from")
    until: Clock
    every: Annotated[float, Meta(ge=1.0, le=1440.0)]

    @property
    def seconds(self) -> tuple[int, int]:
        """First and last second of the period, from midnight."""
        return _seconds(self.since), _seconds(self.until)

    @property
    def departures(self) -> list[int]:
        """When trips depart, in seconds from midnight."""
        first, last = self.seconds
        step = 60 * self.every
        count = int((last - first) / step + 1e-9) + 1
        return [first + round(step * number) for number in range(count)]


Service = Annotated[tuple[Period, ...], Meta(max_length=100)]


class _Operation(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag_field="kind"
):
    """What every operation says: why it is made, and what it rests on.

    `called` is what a kind of operation is called on pages.
    """

    called: ClassVar[Text]
    because: Text
    source: Words


class _OfLine(_Operation, frozen=True, kw_only=True):
    line: Code

    @property
    def touches(self) -> tuple[str, ...]:
        """The lines it names."""
        return (self.line,)

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        return ()

    @property
    def fault(self) -> str | None:
        """What is wrong with it as it is written, and what to do; None where it can be tried."""
        return None


class AddLine(_OfLine, frozen=True, kw_only=True, tag="add_line"):
    """A new line. Both ways, trips leave each end at the times of `service`.

    Run times are `minutes` from stop to stop, or follow from `kmh` over the straight line times
    `distance_factor`. The vehicle stands `dwell` minutes at every stop on the way.
    """

    called: ClassVar[Text] = Text("Ny linje", "New line")

    name: Words
    mode: Literal["rail", "metro", "tram", "bus", "ferry", "other"]
    operator: Words
    stops: tuple[Code, ...]
    service: Service
    minutes: tuple[Minutes, ...] = ()
    kmh: Annotated[float, Meta(gt=0.0, le=FASTEST_KMH)] | None = None
    distance_factor: Annotated[float, Meta(ge=1.0, le=3.0)] = 1.25
    dwell: Minutes = 1.0
    both_ways: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        return self.stops

    @property
    def fault(self) -> str | None:
        """What is wrong with it as it is written, and what to do."""
        if len(self.stops) < 2:
            return "stops must be two or more"
        if bool(self.minutes) == (self.kmh is not None):
            return "give either minutes from stop to stop, or kmh"
        if self.minutes:
            return _one_per_run(self.minutes, self.stops) or _unserved(self.service)
        return _in_a_row(self.stops) or _unserved(self.service)


class RemoveLine(_OfLine, frozen=True, kw_only=True, tag="remove_line"):
    """A line without its trips, and out of the list of lines."""

    called: ClassVar[Text] = Text("Linje tas bort", "Line removed")


class Headway(_OfLine, frozen=True, kw_only=True, tag="headway"):
    """New departures of a line that is there, each way from the first stop at the times of `service`.

    They run as the median trip (by run time) of the line's most common stops each way. With `replace`, the
    trips of the line that begin within the periods go, whatever their stops and way; those outside stand.
    With `add`, all stand.
    """

    called: ClassVar[Text] = Text("Ny turtäthet", "New headway")

    service: Service
    how: Literal["replace", "add"] = "replace"

    @property
    def fault(self) -> str | None:
        """What is wrong with it as it is written, and what to do."""
        return _unserved(self.service)


class Speed(_Operation, frozen=True, kw_only=True, tag="speed"):
    """Other run times on lines, either way, between the first calls at two stops or all along each trip.

    One of: `factor`, by which speed is multiplied (1.25 makes 10 minutes 8); `minutes`, from departure at the
    one stop to arrival at the other; `minutes_less`, taken off that. Runs between the two change in
    proportion, dwells stay, and later calls move with them. Or `hold` names a stop at which every trip keeps
    its clock time, so that connections there stay: earlier calls then move as well as later ones, and trips
    that begin beyond the stop move with the others.
    """

    called: ClassVar[Text] = Text("Nya körtider", "New run times")

    lines: tuple[Code, ...]
    from_stop: Code | None = None
    to_stop: Code | None = None
    factor: Annotated[float, Meta(ge=0.05, le=20.0)] | None = None
    minutes: Minutes | None = None
    minutes_less: Annotated[float, Meta(ge=-1440.0, le=1440.0)] | None = None
    hold: Code | None = None

    @property
    def touches(self) -> tuple[str, ...]:
        """The lines it names."""
        return self.lines

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        held = () if self.hold is None else (self.hold,)
        return (*self._ends, *held)

    @property
    def _ends(self) -> tuple[str, ...]:
        return tuple(stop for stop in (self.from_stop, self.to_stop) if stop is not None)

    @property
    def fault(self) -> str | None:
        """What is wrong with it as it is written, and what to do."""
        if not self.lines or len(set(self.lines)) < len(self.lines):
            return "lines must name one or more lines, each once"
        if [self.factor, self.minutes, self.minutes_less].count(None) != 2:
            return "give exactly one of factor, minutes and minutes_less"
        if len(self._ends) == 1:
            return "give both from_stop and to_stop, or neither"
        if not self._ends and self.factor is None:
            return "minutes and minutes_less need from_stop and to_stop; all along a trip, give factor"
        return _in_a_row(self._ends)


class Dwell(_OfLine, frozen=True, kw_only=True, tag="dwell"):
    """How long the vehicle stands at a stop on the way; later calls move with it."""

    called: ClassVar[Text] = Text("Nytt uppehåll", "New dwell time")

    stop: Code
    minutes: Minutes

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        return (self.stop,)


class Reroute(_OfLine, frozen=True, kw_only=True, tag="reroute"):
    """Other calls between the first calls at two stops; later calls move with them.

    `minutes` are the runs from `from_stop` through `via` to `to_stop`; trips the other way make them in
    reverse, unless `both_ways` is false and they stand. Nobody calls between where `via` is empty.
    """

    called: ClassVar[Text] = Text("Ny sträckning", "New route")

    from_stop: Code
    to_stop: Code
    via: tuple[Code, ...] = ()
    minutes: tuple[Minutes, ...]
    dwell: Minutes = 1.0
    both_ways: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        return (self.from_stop, *self.via, self.to_stop)

    @property
    def fault(self) -> str | None:
        """What is wrong with it as it is written, and what to do."""
        if self.from_stop == self.to_stop:
            return "from_stop and to_stop must be two stops"
        return _one_per_run(self.minutes, self.places)


class AddStop(_OfLine, frozen=True, kw_only=True, tag="add_stop"):
    """A call more where a trip runs from the one of two stops straight to the other; later calls move.

    `minutes` are the runs from the first of `between` to the stop and on to the second; trips the other way
    make them in reverse, unless `both_ways` is false and they stand.
    """

    called: ClassVar[Text] = Text("Nytt stopp", "New stop")

    stop: Code
    between: tuple[Code, Code]
    minutes: tuple[Minutes, Minutes]
    dwell: Minutes = 1.0
    both_ways: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        return (self.between[0], self.stop, self.between[1])

    @property
    def fault(self) -> str | None:
        """What is wrong with it as it is written, and what to do."""
        if self.between[0] == self.between[1]:
            return "between must be two stops"
        return _in_a_row(self.places)


class SkipStop(_OfLine, frozen=True, kw_only=True, tag="skip_stop"):
    """No call at a stop; other calls keep their times.

    Where trips pass the stop from one call to the next, `minutes_less` is gained.
    """

    called: ClassVar[Text] = Text("Stopp passeras", "Stop skipped")

    stop: Code
    minutes_less: Minutes = 0.0

    @property
    def places(self) -> tuple[str, ...]:
        """The stops it names."""
        return (self.stop,)


Operation: TypeAlias = AddLine | RemoveLine | Headway | Speed | Dwell | Reroute | AddStop | SkipStop
KINDS: dict[str, Text] = {str(one.__struct_config__.tag): one.called for one in get_args(Operation)}
"""What each kind of operation is called."""


def kind(operation: Operation) -> str:
    """The operation's kind, as a planner writes it."""
    return str(operation.__struct_config__.tag)


def _seconds(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return 3600 * int(hour) + 60 * int(minute)


def _unserved(service: tuple[Period, ...]) -> str | None:
    """What is wrong with the periods of a service."""
    if not service:
        return 'service is empty; give one or more periods as { from = "05:00", until = "23:00", every = 30 }'
    for period in service:
        first, last = period.seconds
        if last < first:
            return f"service from {period.since} until {period.until} ends first; past midnight, add 24 hours"
    return None


def _one_per_run(minutes: tuple[float, ...], stops: tuple[str, ...]) -> str | None:
    """What is wrong with the minutes from stop to stop."""
    if len(minutes) != len(stops) - 1:
        return f"{len(stops)} stops have {len(stops) - 1} runs between them, but minutes has {len(minutes)}"
    return _in_a_row(stops)


def _in_a_row(stops: tuple[str, ...]) -> str | None:
    """Which stop comes straight after itself."""
    for a, b in pairwise(stops):
        if a == b:
            return f"the stop {a!r} comes twice in a row; take one away"
    return None
