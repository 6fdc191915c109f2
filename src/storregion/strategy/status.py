"""The status of an indicator by a stated rule, as a row of a table; a person's judgement stands beside it.

The rule is Open SDG's, after Statistics Canada, with a gate for certainty in front:

1. Only points after the last break in series, from the baseline on, count. Fewer than four points, or a sign
   that Mann–Kendall does not find at p < 0.10, give `unclear`; so does a sign that differs from the change
   between first and last.
2. With a target: the actual compound annual growth over the required one. From 95 % on track, from 60 % in
   need of acceleration, from 0 % limited, below it moving away.
3. Without: growth in the wanted direction. From 1.5 % a year substantial, from 0.5 % moderate, from 0 %
   little, below it moving away. Near a natural limit the borders shrink by the part of the way that is left.
4. Where no direction has been decided, the trend is reported and nothing is assessed.

A last value that rests on few gets the interval that chance alone gives it: Byar's for a count, Wilson's for
a share.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import msgspec
import polars as pl

from storregion.core import columns
from storregion.core.language import Text
from storregion.core.lineage import Figure
from storregion.core.table import BASES
from storregion.strategy.agreement import Interval
from storregion.strategy.trend import byar, growth_rate, mann_kendall, theil_sen, wilson

Verdict = Literal[
    "on_track",
    "needs_acceleration",
    "limited",
    "substantial",
    "moderate",
    "little",
    "moving_away",
    "unclear",
    "undecided",
]
Trend = Literal["rising", "falling", "unclear"]

RULE = 1
"""The rule's number: it changes when the same cells would be judged otherwise."""
FEWEST = 4
FEW = 100
CERTAIN = 0.10
Borders = Sequence[tuple[float, Verdict]]
RATIOS: Borders = (
    (0.95, "on_track"),
    (0.60, "needs_acceleration"),
    (0.0, "limited"),
)
RATES: Borders = ((1.5, "substantial"), (0.5, "moderate"), (0.0, "little"))

WORDS: dict[str, Text] = {
    "on_track": Text("På väg", "On track"),
    "needs_acceleration": Text("Behöver gå snabbare", "Needs acceleration"),
    "limited": Text("Begränsad framgång", "Limited progress"),
    "substantial": Text("Tydlig framgång", "Substantial progress"),
    "moderate": Text("Måttlig framgång", "Moderate progress"),
    "little": Text("Liten framgång", "Little progress"),
    "moving_away": Text("Åt fel håll", "Moving away"),
    "unclear": Text("Oklart", "Unclear"),
    "undecided": Text("Bedöms inte", "Not assessed"),
    "rising": Text("Ökar", "Rising"),
    "falling": Text("Minskar", "Falling"),
}
REASONS: dict[str, Text] = {
    "few": Text("Färre än fyra mätpunkter.", "Fewer than four points."),
    "uncertain": Text(
        "Trendens riktning är inte säkerställd (Mann–Kendall, p minst 0,10).",
        "The sign of the trend is not certain (Mann–Kendall, p at least 0.10).",
    ),
    "no_rate": Text(
        "Ett värde är noll eller negativt; då finns ingen tillväxttakt.",
        "A value is zero or negative; there is no rate of growth then.",
    ),
    "contrary": Text(
        "Trenden och ändringen från första till sista året pekar åt olika håll.",
        "The trend and the change from first to last year point in different ways.",
    ),
    "no_baseline": Text("Basåret har inget värde.", "The baseline year has no value."),
    "undecided": Text("Ingen önskad riktning är beslutad.", "No desired direction has been decided."),
}
RULE_SAID = Text(
    "Regel: minst fyra mätpunkter och en säker riktning (Mann–Kendall, p < 0,10), annars oklart. Med mål: "
    "verklig årlig tillväxt delad med den som krävs, gränser 95, 60 och 0 procent. Utan mål: årlig tillväxt "
    "åt önskat håll, gränser 1,5, 0,5 och 0 procent, mindre nära en naturlig gräns. Regeln bedömer siffran; "
    "en persons bedömning visas bredvid.",
    "Rule: at least four points and a certain sign (Mann–Kendall, p < 0.10), otherwise unclear. With a "
    "target: actual annual growth divided by that required, limits 95, 60 and 0 per cent. Without: annual "
    "growth in the desired direction, limits 1.5, 0.5 and 0 per cent, smaller near a natural limit. The rule "
    "assesses the figure; a person's assessment is shown beside it.",
)


class Point(NamedTuple):
    """A year and the value in it."""

    year: int
    value: float


class Aim(msgspec.Struct, frozen=True):
    """What a series is judged by: direction, baseline, target, natural limit, and the last break's year."""

    wanted: Literal["up", "down", "undecided"] = "undecided"
    baseline: int | None = None
    target: Point | None = None
    limit: float | None = None
    since: int | None = None

    @property
    def start(self) -> int:
        """The first year that counts."""
        return max(self.baseline or 0, self.since or 0)


@dataclass(frozen=True)
class Status:
    """What the rule says of a series. Rates are per cent a year, the slope the series' unit a year.

    `low` and `high` are the 95 per cent limits of the last value where it rests on few, in its unit.
    """

    verdict: Verdict
    trend: Trend
    reason: str | None
    points: int
    first_year: int | None
    last_year: int | None
    s: int
    p: float
    slope: float | None
    actual: float | None
    required: float | None
    ratio: float | None
    low: float | None = None
    high: float | None = None

    @property
    def said(self) -> Text:
        """The verdict in words."""
        return WORDS[self.verdict]

    @property
    def why(self) -> Text | None:
        """Why the rule comes to no verdict, in words."""
        return REASONS[self.reason] if self.reason else None


def by_chance(value: float, of: float | None) -> Interval | None:
    """The 95 per cent interval of a last value that rests on few; None where it rests on at least a hundred.

    Parameters
    ----------
    value : a count, or a share when `of` is given.
    of : how many the share is of.
    """
    if of is None:
        return byar(round(value)) if 0 <= value < FEW else None
    part, whole = round(value * of), round(of)
    few = whole > 0 and 0 <= part <= whole and min(part, whole - part) < FEW
    return wilson(part, whole) if few else None


def judge(points: Sequence[Point], aim: Aim) -> Status:
    """The status of a series by the rule of this module.

    Parameters
    ----------
    points : years with a value, in any order, no year twice.
    aim : what it is judged by.
    """
    used = sorted(point for point in points if point.year >= aim.start)
    years, values = [point.year for point in used], [point.value for point in used]
    test, slope = mann_kendall(values), theil_sen(years, values)
    certain = len(used) >= FEWEST and test.p < CERTAIN
    trend: Trend = "unclear" if not certain else "rising" if test.s > 0 else "falling"
    actual = growth_rate(values[0], values[-1], years[-1] - years[0]) if len(used) > 1 else None
    required, ratio = _against(aim.target, used, actual)
    reason = _unsure(used, aim, test.s, certain, actual)
    verdict: Verdict = "undecided" if reason == "undecided" else "unclear"
    if reason is None and actual is not None:
        up = 1 if aim.wanted == "up" else -1
        factor = _left(values[0], aim.limit)
        verdict = _graded(ratio, RATIOS) if ratio is not None else _graded(up * actual, RATES, factor)
    first, last = (years[0], years[-1]) if years else (None, None)
    return Status(
        verdict, trend, reason, len(used), first, last, test.s, test.p, slope, actual, required, ratio
    )


def _unsure(used: Sequence[Point], aim: Aim, s: int, certain: bool, actual: float | None) -> str | None:
    """Why there is no verdict; None when there can be one."""
    if aim.wanted == "undecided":
        return "undecided"
    if len(used) < FEWEST:
        return "few"
    if aim.baseline is not None and aim.start == aim.baseline != used[0].year:
        return "no_baseline"
    if not certain:
        return "uncertain"
    if actual is None:
        return "no_rate"
    return "contrary" if actual * s < 0 else None


def _against(
    target: Point | None, used: Sequence[Point], actual: float | None
) -> tuple[float | None, float | None]:
    """The rate that a target asks for from the first point on, and the actual rate over it."""
    if target is None or actual is None:
        return None, None
    required = growth_rate(used[0].value, target.value, target.year - used[0].year)
    return (None, None) if not required else (required, actual / required)


def _left(first: float, limit: float | None) -> float:
    """The part of the way that is left to a natural limit: 1 without one."""
    if limit is None or max(limit, first) <= 0:
        return 1.0
    return abs(limit - first) / max(limit, first)


def _graded(value: float, borders: Borders, factor: float = 1.0) -> Verdict:
    return next((verdict for border, verdict in borders if value >= border * factor), "moving_away")


INDICATOR_STATUS = columns.schema(
    "indicator_status",
    __name__,
    columns.code("indicator", key=True),
    columns.code("verdict", choices=get_args(Verdict)),
    columns.code("trend", choices=get_args(Trend)),
    columns.whole("points", "number"),
    columns.whole("first_year", "year", optional=True),
    columns.whole("last_year", "year", optional=True),
    columns.whole("s", "number"),
    columns.number("p", "coefficient"),
    columns.number("slope", "coefficient", absent="slope_absent"),
    columns.number("actual", "percent_a_year", absent="actual_absent"),
    columns.number("required", "percent_a_year", absent="target_absent"),
    columns.number("ratio", "ratio", absent="target_absent"),
    columns.number("low", "coefficient", absent="few_absent"),
    columns.number("high", "coefficient", absent="few_absent"),
)


def table(statuses: Mapping[str, tuple[Status, str]]) -> pl.DataFrame:
    """The statuses as a table.

    Parameters
    ----------
    statuses : by indicator, the status and the basis of the cells that it rests on.
    """
    rows = [_row(name, status, how) for name, (status, how) in statuses.items()]
    kinds = {column.name: column.dtype for column in INDICATOR_STATUS.columns}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    return INDICATOR_STATUS.check(frame, maker="storregion.strategy.status.table")


def _row(name: str, found: Status, how: str) -> dict[str, object]:
    values = {key: getattr(found, key) for key in found.__dataclass_fields__ if key != "reason"}
    pairs = (
        ("slope_absent", found.slope),
        ("actual_absent", found.actual),
        ("target_absent", found.ratio),
        ("few_absent", found.low),
    )
    reasons = {key: None if value is not None else "not_applicable" for key, value in pairs}
    return {"indicator": name, **values, **reasons, "basis": how}


def figures(row: Mapping[str, object], cells: Sequence[Figure], aim: Aim) -> dict[str, Figure]:
    """The numbers of one row as figures. Their key changes when a cell, the aim or the rule does.

    Parameters
    ----------
    row : a row of the status table.
    cells : the figures that it was computed from.
    aim : what the series was judged by.
    """
    parts = (RULE, msgspec.structs.astuple(aim), [cell.id for cell in cells])
    key = hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:20]
    where = (("indicator", str(row["indicator"])),)
    found = {}
    for column in INDICATOR_STATUS.columns:
        value = row[column.name]
        if column.numeric and (value is None or isinstance(value, int | float)):
            reason = None if value is not None else "not_applicable"
            name, how = INDICATOR_STATUS.name, str(row["basis"])
            found[column.name] = Figure(value, column.unit, name, column.name, where, key, how, reason)
    return found


def worst(bases: Sequence[str]) -> str:
    """The basis of what rests on cells of several: the least sure."""
    return max(bases, key=BASES.index, default="observed")
