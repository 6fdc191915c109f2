"""Values before and after for many places: two dots and a line each, or a bar of the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup

from storregion.core.language import Language
from storregion.publish.numbers import with_unit, written

WIDTH, ROW = 640, 30
_NAMES, _RIGHT, _WORDS, _TOP = 215, 90, 150, 26


@dataclass(frozen=True)
class Change:
    """What changes: its name, and its value before and after."""

    name: str
    before: float
    after: float


def drawn(
    changes: Sequence[Change], unit: str, language: Language, ends: tuple[str, str], title: str
) -> Markup:
    """The changes in one picture, as given; no row where there are none.

    Parameters
    ----------
    changes : the rows from the top.
    unit : of the values.
    language : of numbers.
    ends : what the values before and after are called.
    title : what the picture shows, for those who cannot see it.
    """
    if not changes:
        return Markup("")
    most = max(max(change.before, change.after) for change in changes)
    height = _TOP + ROW * len(changes) + 6

    def across(value: float) -> float:
        return round(_NAMES + (WIDTH - _NAMES - _RIGHT) * value / (most or 1.0), 1)

    said = "; ".join(
        f"{it.name}: {with_unit(it.before, unit, language)} → {with_unit(it.after, unit, language)}"
        for it in changes
    )
    head = Markup('<svg class="dumbbell" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    parts = [head.format(WIDTH, height, f"{title}. {said}.")]
    for x, (word, kind) in zip((_NAMES, _NAMES + 150), zip(ends, ("a", "b"), strict=True), strict=True):
        key = Markup('<circle class="{}" cx="{}" cy="12" r="5"/><text class="tick" x="{}" y="16">{}</text>')
        parts.append(key.format(kind, x + 6, x + 16, word))
    row = Markup(
        '<text x="0" y="{}">{}</text><line x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<circle class="a" cx="{}" cy="{}" r="5.5"/><circle class="b" cx="{}" cy="{}" r="6.5"/>'
        '<text class="value" x="{}" y="{}">{} → {}</text>'
    )
    for at, change in enumerate(changes):
        y, a, b = _TOP + ROW * at + ROW // 2, across(change.before), across(change.after)
        values = (written(change.before, unit, language), written(change.after, unit, language))
        parts.append(row.format(y + 5, change.name, a, b, y, y, a, y, b, y, max(a, b) + 14, y + 5, *values))
    return Markup("").join([*parts, Markup("</svg>")])


def bars(changes: Sequence[Change], words: Sequence[str], title: str) -> Markup:
    """How much each value changes, as bars from a common line, as given; no picture where there are none.

    Parameters
    ----------
    changes : the rows from the top.
    words : what is written at the end of each bar.
    title : what the picture shows, for those who cannot see it.
    """
    if not changes:
        return Markup("")
    by = [change.after - change.before for change in changes]
    least, most = min(0.0, *by), max(0.0, *by)
    height = ROW * len(changes) + 6

    def across(value: float) -> float:
        return round(_NAMES + (WIDTH - _NAMES - _WORDS) * (value - least) / (most - least or 1.0), 1)

    said = "; ".join(f"{change.name}: {word}" for change, word in zip(changes, words, strict=True))
    head = Markup('<svg class="dumbbell" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    parts = [head.format(WIDTH, height, f"{title}. {said}.")]
    row = Markup(
        '<text x="0" y="{}">{}</text><rect class="{}" x="{}" y="{}" width="{}" height="16"/>'
        '<text class="value" x="{}" y="{}">{}</text>'
    )
    for at, (change, value, word) in enumerate(zip(changes, by, words, strict=True)):
        y, left, right = ROW * at + ROW // 2, across(min(value, 0.0)), across(max(value, 0.0))
        kind, wide = "less" if value < 0 else "more", max(round(right - left, 1), 1.0)
        parts.append(row.format(y + 5, change.name, kind, left, y - 8, wide, right + 8, y + 5, word))
    return Markup("").join([*parts, Markup("</svg>")])


_STYLE = (
    "text{font:14px 'Source Sans 3','Segoe UI',Arial,sans-serif;fill:#17242b}"
    ".tick{fill:#4d5c63;font-size:13px}.value{font-weight:600}line{stroke:#d6dad6;stroke-width:4}.a{fill:#fff;stroke:#4d5c63;stroke-width:2.5}"
    ".b,.more{fill:#1f7a8c}.less{fill:#c98d4b}"
)


def standalone(drawn: Markup) -> str:
    """A picture as a file of its own, with its style inside.

    Parameters
    ----------
    drawn : a picture of this module.
    """
    head, mark, rest = str(drawn).partition(">")
    return f'{head} xmlns="http://www.w3.org/2000/svg"{mark}<style>{_STYLE}</style>{rest}'


def described(drawn: Markup) -> str:
    """What a picture of this module shows, in words."""
    return unescape(str(drawn).partition('aria-label="')[2].partition('"')[0])
