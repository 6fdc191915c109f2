"""Drawings of how things follow each other: what became of what between editions, and projects in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDE, _HIGH, _GAP, _BETWEEN = 250, 70, 18, 165


_NARROW, _TOP = 126, 44


_LONGEST = 27


# Of the timeline: where its years begin, and how wide they are together.
_LEFT, _YEARS = 24, 500


@dataclass(frozen=True)
class Box:
    """An element of an edition: its address, its label, and what it is marked as, if anything."""

    address: str
    label: str
    mark: str = ""


@dataclass(frozen=True)
class Column:
    """An edition: its title, its boxes, and what to say where there are none."""

    title: str
    boxes: Sequence[Box]
    empty: str


@dataclass(frozen=True)
class Line:
    """What one element became: both addresses, the kind, and the word for it."""

    of: str
    to: str
    kind: str
    word: str


def lineage(columns: Sequence[Column], lines: Sequence[Line], alt: str) -> Markup:
    """The editions as columns of boxes, with a line from each element to what it became.

    Parameters
    ----------
    columns : the editions, the oldest first.
    lines : what became of what; every kind has its own dashes and its word beside it.
    alt : what it says to a reader who cannot see it.
    """
    # A column with nothing in it is narrow, so that a narrow screen shows the rest.
    wide = [_WIDE if column.boxes else _NARROW for column in columns]
    left = [sum(wide[:at]) + at * _BETWEEN for at in range(len(columns))]
    where = {
        box.address: (x, _TOP + down * (_HIGH + _GAP))
        for x, column in zip(left, columns, strict=True)
        for down, box in enumerate(column.boxes)
    }
    parts: list[Markup] = []
    for x, column in zip(left, columns, strict=True):
        parts.append(Markup('<text class="year" x="{}" y="22">{}</text>').format(x, column.title))
        parts += [_box(box, *where[box.address]) for box in column.boxes]
        if not column.boxes:
            parts.append(_empty(column.empty, x))
    known = [line for line in lines if line.of in where and line.to in where]
    drawn = [_curve(line, known, where) for line in known]
    tallest = max((len(column.boxes) for column in columns), default=0)
    width = sum(wide) + max(len(wide) - 1, 0) * _BETWEEN + 4
    height = _TOP + max(tallest, 1) * (_HIGH + _GAP)
    return _sheet(
        "lineage", width, height, alt, [*(curve for curve, _ in drawn), *parts, *(word for _, word in drawn)]
    )


def _sheet(kind: str, width: int, height: int, alt: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="-2 0 {} {}" role="img" aria-label="{}">'
        "{}</svg>"
    ).format(kind, width, height, alt, Markup("").join(parts))


def _box(box: Box, x: int, y: int) -> Markup:
    found = wrapped(box.label, _LONGEST)
    first = y + (41 if len(found) == 1 else 31) - (9 if box.mark else 0)
    words = [
        Markup('<text x="{}" y="{}">{}</text>').format(x + 14, first + 20 * at, line)
        for at, line in enumerate(found)
    ]
    if box.mark:
        words.append(
            Markup('<text class="mark" x="{}" y="{}">{}</text>').format(
                x + 14, first + 20 * len(found), box.mark
            )
        )
    return Markup('<g class="box{}"><rect x="{}" y="{}" width="{}" height="{}" rx="5"/>{}</g>').format(
        " marked" if box.mark else "", x, y, _WIDE, _HIGH, Markup("").join(words)
    )


def _empty(words: str, x: int) -> Markup:
    lines = [
        Markup('<text x="{}" y="{}">{}</text>').format(x + 12, _TOP + 31 + 20 * at, line)
        for at, line in enumerate(wrapped(words, 12))
    ]
    return Markup('<g class="box nothing"><rect x="{}" y="{}" width="{}" height="{}" rx="5"/>{}</g>').format(
        x, _TOP, _NARROW, _HIGH, Markup("").join(lines)
    )


def _curve(line: Line, lines: Sequence[Line], where: dict[str, tuple[int, int]]) -> tuple[Markup, Markup]:
    """A line with its arrow, and the word for it, which is drawn above all lines."""
    (x1, y1), (x2, y2) = where[line.of], where[line.to]
    beside = sorted((other for other in lines if other.of == line.of), key=lambda other: where[other.to][1])
    start = y1 + _port(line, beside)
    beside = sorted((other for other in lines if other.to == line.to), key=lambda other: where[other.of][1])
    end = y2 + _port(line, beside)
    left, right = x1 + _WIDE, x2 - 11
    middle = (left + right) / 2
    drawn = Markup(
        '<g class="became {}"><path d="M{} {}C{} {} {} {} {} {}"/><polygon points="{}"/></g>'
    ).format(
        line.kind,
        left, f"{start:.0f}", f"{middle:.0f}", f"{start:.0f}", f"{middle:.0f}", f"{end:.0f}", right,
        f"{end:.0f}",
        f"{right + 10},{end:.0f} {right},{end - 5:.0f} {right},{end + 5:.0f}",
    )  # fmt: skip
    word = Markup('<text class="word" x="{}" y="{}" text-anchor="end">{}</text>').format(
        right - 2, f"{end - 6:.0f}", line.word
    )
    return drawn, word


def _port(line: Line, together: Sequence[Line]) -> float:
    """How far down a box a line begins or ends, so that those that share it do not meet."""
    return _HIGH * (together.index(line) + 1) / (len(together) + 1)


def wrapped(words: str, longest: int) -> list[str]:
    """Words on at most two lines; what does not fit is cut with an ellipsis."""
    found: list[str] = []
    for word in words.split():
        if found and len(f"{found[-1]} {word}") <= longest:
            found[-1] += f" {word}"
        else:
            found.append(word)
    if len(found) > 2:
        found = [found[0], " ".join(found[1:])]
    return [line if len(line) <= longest + 1 else line[:longest] + "…" for line in found]


@dataclass(frozen=True)
class Span:
    """A project in time: its title, first and last day as fractions of years, and when documents name it."""

    title: str
    start: float | None
    end: float | None
    named: Sequence[float] = ()


def timeline(spans: Sequence[Span], alt: str, untimed: str) -> Markup:
    """Projects as rows along the years, each title above its row, so that a phone shows the times.

    Parameters
    ----------
    spans : what is drawn, in order.
    alt : what it says to a reader who cannot see it.
    untimed : said in the row of a project of which no time is known.
    """
    known = [time for span in spans for time in (span.start, span.end, *span.named) if time is not None]
    if not known:
        return Markup("")
    first, last = int(min(known)), int(max(known)) + 1
    left, wide, row = _LEFT, _YEARS, 92

    def x(time: float) -> float:
        return left + wide * (time - first) / max(last - first, 1)

    every = max(1, -(-(last - first) // 8))
    parts = [
        Markup(
            '<path class="grid" d="M{0} 28V{1}"/>'
            '<text class="year" x="{0}" y="18" text-anchor="middle">{2}</text>'
        ).format(f"{x(year):.0f}", 34 + row * len(spans), year)
        for year in range(first, last + 1, every)
    ]
    for at, span in enumerate(spans):
        y, found = 34 + row * at, wrapped(span.title, 40)
        parts += [
            Markup('<text class="title" x="0" y="{}">{}</text>').format(
                y + (48 if len(found) == 1 else 24) + 24 * line, words
            )
            for line, words in enumerate(found)
        ]
        parts += _row(span, y + 70, x, left + wide, untimed)
    return _sheet("timeline", left + wide + 30, 44 + row * len(spans), alt, parts)


def _row(span: Span, y: int, x: Callable[[float], float], edge: int, untimed: str) -> list[Markup]:
    parts = []
    if span.start is not None:
        left = x(span.start)
        right = x(span.end) if span.end is not None else edge
        shape = (
            f"{left:.0f},{y - 7} {right:.0f},{y - 7} {right:.0f},{y + 7} {left:.0f},{y + 7}"
            if span.end is not None
            else f"{left:.0f},{y - 7} {right:.0f},{y - 7} {right:.0f},{y - 13} {right + 18:.0f},{y} "
            f"{right:.0f},{y + 13} {right:.0f},{y + 7} {left:.0f},{y + 7}"
        )
        parts.append(Markup('<polygon class="span" points="{}"/>').format(shape))
    elif span.end is None and not span.named:
        parts.append(Markup('<text class="none" x="{}" y="{}">{}</text>').format(_LEFT, y + 5, untimed))
    for time in span.named:
        at = x(time)
        parts.append(
            Markup('<polygon class="named" points="{}"/>').format(
                f"{at:.0f},{y - 9} {at + 9:.0f},{y} {at:.0f},{y + 9} {at - 9:.0f},{y}"
            )
        )
    return parts
