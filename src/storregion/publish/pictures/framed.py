"""A picture as a file to put elsewhere: title, legend, source and licence around it, 16:9 or square."""

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from types import ModuleType

from markupsafe import Markup

from storregion.core.errors import CallError
from storregion.publish.pictures.maps import Key
from storregion.publish.pictures.renderer import renderer
from storregion.publish.view import View
from storregion.publish.words import WORDS

FONTS = Path(__file__).parents[1] / "reports" / "fonts"
INK, SOFT, PAPER = "#17242b", "#4d5f68", "#ffffff"
_MARGIN = 48
_TITLE, _SUBTITLE, _KEY, _SMALL = 36, 22, 20, 17
"""Sizes of type, pixels."""
_LETTER = 0.5
"""The mean width of a letter, in parts of the size of type."""
_VIEW_BOX = re.compile(r'viewBox="([^"]+)"')


@dataclass(frozen=True)
class Format:
    """Pixels of the whole, and the width for which the picture inside is drawn."""

    width: int
    height: int
    drawn: int


FORMATS = {"wide": Format(1280, 720, 680), "square": Format(1080, 1080, 480)}


def svg(view: View, form: str) -> str:
    """The picture of a view with all that it needs to stand alone, on white paper.

    Parameters
    ----------
    view : with a picture.
    form : `wide` (16:9) or `square`.

    Raises
    ------
    CallError
        The view has no picture.
    """
    if view.picture is None:
        raise CallError(f"the view {view.name!r} has no picture")
    size, picture = FORMATS[form], view.picture
    across = size.width - 2 * _MARGIN
    head, top = _lines(view.title, _Type(_TITLE, "600", "serif"), across, _MARGIN + _TITLE)
    if picture.subtitle:
        more, top = _lines(picture.subtitle, _Type(_SUBTITLE, colour=SOFT), across, top + 4)
        head += more
    foot, bottom = _foot(view, size)
    drawn = (picture.bare or picture.draw)(size.drawn)
    ratio = _ratio(drawn)
    if picture.keys and ratio * (bottom - top) < 0.6 * across:
        # A tall map has its legend at its side, and is as high as the paper lets it.
        wide = round(ratio * (bottom - top))
        keys = _column(picture.keys, _MARGIN + wide + _MARGIN, (top + bottom) // 2)
        inner = _inner(drawn, (_MARGIN, top - 8, wide, bottom - top))
    else:
        keys, bottom = _rows(picture.keys, across, bottom)
        inner = _inner(drawn, (_MARGIN, top - 8, across, bottom - top))
    shape = f'width="{size.width}" height="{size.height}" viewBox="0 0 {size.width} {size.height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {shape} color="{INK}" role="img">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{head}{inner}{keys}{foot}</svg>'
    )


def png(view: View, form: str) -> bytes:
    """The same as pixels."""
    return _pixels(svg(view, form))


@lru_cache(maxsize=64)
def _pixels(text: str) -> bytes:
    with renderer() as started:
        _fonts(started)
        return bytes(started.svg_to_png(text, scale=1.0))


@cache
def _fonts(started: ModuleType) -> None:
    """Let the renderer use the portal's own type, whatever the machine has."""
    started.register_font_directory(str(FONTS))


@dataclass(frozen=True)
class _Type:
    """How text is set: its size in pixels, weight, face and colour."""

    size: int
    weight: str = "400"
    face: str = "sans"
    colour: str = INK

    @property
    def style(self) -> str:
        return f"font:{self.weight} {self.size}px {_FACES[self.face]}"


_FACES = {
    "sans": "'Source Sans 3','Segoe UI',Arial,sans-serif",
    "serif": "'Source Serif 4',Georgia,serif",
}


def _lines(text: str, kind: _Type, across: int, top: int) -> tuple[Markup, int]:
    """Text in as many lines as it needs from a height on, and the height of what comes below it."""
    rows = textwrap.wrap(text, int(across / (kind.size * _LETTER)))
    step = round(kind.size * 1.25)
    made = [_line(row, kind, _MARGIN, top + at * step) for at, row in enumerate(rows)]
    return Markup("").join(made), top + len(rows) * step


def _line(text: str, kind: _Type, x: int, y: int) -> Markup:
    line = Markup('<text x="{}" y="{}" style="{}" fill="{}">{}</text>')
    return line.format(x, y, kind.style, kind.colour, text)


def _foot(view: View, size: Format) -> tuple[Markup, int]:
    """Basis, source, licence and where it is from, at the bottom; and the top of that."""
    language, group = view.language, view.workspace.group
    said = [] if view.basis == "observed" else [WORDS[f"all_{view.basis}"][language]]
    said += [
        f"{WORDS['source'][language]}: {', '.join(view.producers)}.",
        f"{WORDS['licence'][language]}: {', '.join(view.licences)}.",
        f"{group.short[language]}, {group.name[language]}.",
    ]
    text, across, kind = " ".join(said), size.width - 2 * _MARGIN, _Type(_SMALL, colour=SOFT)
    _, below = _lines(text, kind, across, 0)
    top = size.height - _MARGIN - below + _SMALL
    return _lines(text, kind, across, top)[0], top - 2 * _SMALL


def _key(key: Key, x: int, y: int) -> Markup:
    """A colour, or the hatching of the map, and what it stands for."""
    box = Markup('<rect x="{}" y="{}" width="32" height="20" fill="{}" stroke="{}" stroke-width="1"/>')
    return box.format(x, y, key.colour or "url(#absent)", SOFT) + _line(
        key.words, _Type(_KEY), x + 42, y + 17
    )


def _column(keys: Sequence[Key], x: int, middle: int) -> Markup:
    """The legend below each other."""
    top = middle - 17 * len(keys)
    return Markup("").join(_key(key, x, top + 34 * at) for at, key in enumerate(keys))


def _rows(keys: Sequence[Key], across: int, bottom: int) -> tuple[Markup, int]:
    """The legend beside each other in as many rows as it needs above a height, and the top of it."""
    placed, left, row = [], 0, 0
    for key in keys:
        wide = 66 + round(len(key.words) * _KEY * _LETTER)
        if left and left + wide > across:
            left, row = 0, row + 1
        placed.append((key, left, row))
        left += wide
    if not placed:
        return Markup(""), bottom
    top = bottom - 34 * (row + 1)
    made = [_key(key, _MARGIN + x, top + 8 + 34 * down) for key, x, down in placed]
    return Markup("").join(made), top - 8


def _ratio(drawn: str) -> float:
    """Width over height of a drawing."""
    found = _VIEW_BOX.search(drawn)
    if found is None:
        raise CallError("a drawing has no viewBox, so it cannot be set into a frame")
    _, _, width, height = map(float, found[1].split())
    return width / height


def _inner(drawn: str, box: tuple[int, int, int, int]) -> str:
    """A drawing set into a box, without links and without the colours of a dark screen."""
    start = drawn.index(">") + 1
    head, body = drawn[:start], drawn[start : drawn.rindex("</svg>")]
    body = re.sub(r"</?a(?: [^>]*)?>", "", body)
    body = re.sub(r"<style>[^<]*prefers-color-scheme[^<]*</style>", "", body)
    found, kind = _VIEW_BOX.search(head), re.search(r'class="([^"]+)"', head)
    x, y, width, height = box
    return (
        f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{found[1] if found else ""}"'
        f' class="{kind[1] if kind else "drawn"}" preserveAspectRatio="xMinYMid">{body}</svg>'
    )


FILES: dict[str, tuple[str, Callable[[View], bytes]]] = {
    f"{form}.{ending}": (media_type, partial(write, form=form))
    for form in FORMATS
    for ending, media_type, write in (
        ("svg", "image/svg+xml", lambda view, form: svg(view, form).encode()),
        ("png", "image/png", png),
    )
}
"""The files of a picture to put elsewhere, by ending: media type and writer."""
