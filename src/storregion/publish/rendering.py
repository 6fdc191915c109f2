"""Templates to HTML: figures and words set in, links relative to the page, and no bare number printed."""

import hashlib
import posixpath
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from storregion.core.errors import SettingError, StorregionError, nearest
from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.files.downloads import KINDS, endings
from storregion.publish.files.whole_pages import baked_endings, in_workbook, workbook_name
from storregion.publish.numbers import ABSENT, in_cell, in_text
from storregion.publish.ordering import FEWEST, Heading, Ordering, arranged, heading
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

HERE = Path(__file__).parent
ANYWHERE = "/"
"""The path of a page that may be shown at any address: its links start at the root."""


class BareNumberError(StorregionError, TypeError):
    """A template tried to print a number that is not a figure."""


def environment(language: Language) -> Environment:
    """What templates are rendered in, with the functions that they call.

    Parameters
    ----------
    language : of the pages.
    """

    @pass_context
    def show(context: Context, value: Any) -> Any:
        if isinstance(value, Figure):
            trace = relative(context["path"], f"{language}/trace/{value.table}/")
            return in_text(value, language, trace)
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise BareNumberError(f"{value!r} reached a template as a bare number; publish it as a figure")
        return value

    @pass_context
    def sentence(context: Context, name: str, magnitude: bool = False, **parts: Any) -> Markup:
        return filled(WORDS[name][language], parts, language, context["path"], magnitude=magnitude)

    @pass_context
    def say(context: Context, template: str, **parts: Any) -> Markup:
        return filled(template, parts, language, context["path"])

    @pass_context
    def href(context: Context, target: str) -> str:
        return relative(context["path"], target)

    @pass_context
    def local(context: Context, target: str) -> str:
        return relative(context["path"], f"{language}/{target}")

    def cell(value: Label | Figure, view: View | None = None) -> Any:
        if not isinstance(value, Figure):
            return value.text
        return in_cell(value, language, marked=view is None or not view.uniform)

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= _OF_TABLES | {
        "sentence": sentence,
        "say": say,
        "href": href,
        "asset": _asset,
        "local": local,
        "cell": cell,
        "endings": endings,
        "kinds": {ending: text[language] for ending, text in KINDS.items()},
        "absent": {name: text[language] for name, text in ABSENT.items()},
        "capital": lambda text: text[:1].upper() + text[1:],
        "is_figure": lambda value: isinstance(value, Figure),
    }
    return environment


@pass_context
def _rows_in_order(context: Context, view: View) -> list[list[Label | Figure]]:
    """The rows of a table as the address asks for them."""
    return arranged(view, Ordering.asked(context["asked_for"]))


@pass_context
def _header_link(context: Context, view: View, column: str) -> Heading | None:
    """The link of a column's header; none without a server, or where there is nothing to sort."""
    if not context["site"].live or view.frame.height < FEWEST:
        return None
    return heading(view.name, column, context["asked_for"])


@pass_context
def _unfolded(context: Context, view: View) -> Markup:
    """The attribute that unfolds the table that the address asks for."""
    asked = Ordering.asked(context["asked_for"])
    return Markup(" open" if asked is not None and asked.view == view.name else "")


@pass_context
def _workbook(context: Context, view: View) -> str | None:
    """The name of the workbook that a view is a sheet of."""
    address = context["path"].partition("/")[2]
    return workbook_name(context["language"], address) if in_workbook(view) else None


_OF_TABLES = {
    "workbook": _workbook,
    "baked_endings": baked_endings,
    "rows_in_order": _rows_in_order,
    "header_link": _header_link,
    "unfolded": _unfolded,
}


def filled(
    template: str, parts: dict[str, Any], language: Language, path: str, *, magnitude: bool = False
) -> Markup:
    """A sentence with figures and words set in; the sentence and its words are escaped.

    Parameters
    ----------
    template : words with `{name}` where a part goes.
    parts : figures and words by name.
    language : the page's language.
    path : where the page stands, for links to traces.
    magnitude : leave signs out, for sentences whose verb already says them.

    Raises
    ------
    BareNumberError
        A part is a number that is not a figure.
    SettingError
        The sentence names a part that does not exist.
    """

    def shown(name: str) -> Markup:
        if name not in parts:
            raise SettingError(f"the sentence {template!r} names {{{name}}}; {nearest(name, parts)}")
        part = parts[name]
        if isinstance(part, Figure):
            trace = relative(path, f"{language}/trace/{part.table}/")
            return in_text(part, language, trace, magnitude=magnitude)
        if isinstance(part, str):
            return escape(part)
        raise BareNumberError(f"{part!r} was to be said as {name!r}; say a figure or words")

    pieces = re.split(r"\{(\w+)\}", template)
    return Markup("").join(shown(piece) if at % 2 else escape(piece) for at, piece in enumerate(pieces))


def version(content: bytes) -> str:
    """What tells a file's content from others of its name: a browser then keeps it until it changes."""
    return hashlib.sha256(content).hexdigest()[:12]


@pass_context
def _asset(context: Context, name: str) -> str:
    """The address of a file of `assets/`, which changes with its content."""
    return f"{relative(context['path'], f'assets/{name}')}?v={_versions()[name]}"


@cache
def _versions() -> dict[str, str]:
    """The version of every file of `assets/` itself, read once."""
    return {path.name: version(path.read_bytes()) for path in (HERE / "assets").iterdir() if path.is_file()}


@lru_cache(maxsize=4096)
def relative(path: str, target: str) -> str:
    """The address of a target as seen from a path, so that a baked site can lie in any folder.

    Examples
    --------
    >>> relative("sv/place/0380/", "assets/portal.css"), relative("sv/", "sv/")
    ('../../../assets/portal.css', './')
    """
    base, mark, fragment = target.partition("#")
    if path == ANYWHERE:
        return ANYWHERE + target
    folder = posixpath.dirname(path) or "."
    found = posixpath.relpath(base or ".", folder)
    if base.endswith("/") or not base:
        found = "./" if found == "." else found + "/"
    return found + mark + fragment
