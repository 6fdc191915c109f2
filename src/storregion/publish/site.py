"""The site: which addresses there are, and the page or file at each. Live and baked alike."""

import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from storregion.core.errors import SettingError, StorregionError, nearest
from storregion.core.language import LANGUAGES, Language, Text
from storregion.core.lineage import Figure
from storregion.core.scenario import BASE
from storregion.core.workspace import Workspace
from storregion.publish.downloads import WRITERS, endings
from storregion.publish.maps import Atlas
from storregion.publish.numbers import ABSENT, in_cell, in_text
from storregion.publish.view import Label, View
from storregion.strategy import whole

HERE = Path(__file__).parent
HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

TRY = "access/try/"
"""The one page with a form, below the language."""


def policy(path: str) -> str:
    """The content security policy at a path: only the page with a form may send one, to this portal."""
    return POLICY.replace("form-action 'none'", "form-action 'self'") if path.endswith(TRY) else POLICY


ANYWHERE = "/"
"""The path of a page that may be shown at any address: its links start at the root."""


class BareNumberError(StorregionError, TypeError):
    """A template tried to print a number that is not a figure."""


class NoSuchPageError(StorregionError, LookupError):
    """Nothing lies at the address."""


@dataclass
class Page:
    """One page: its template, its title, what the template needs, its views by name, and files beside it.

    `extra` holds the files that no view makes: by name, the media type and what makes the bytes.
    """

    template: str
    title: str
    context: dict[str, Any] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    extra: dict[str, tuple[str, Callable[[], bytes]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What lies at an address."""

    media_type: str
    body: bytes


Maker = Callable[["Site", Language], Page]
Export = tuple[str, Callable[[], bytes]]
"""An open file: its media type, and what makes it."""


class Site:
    """Every page and file of one workspace's portal."""

    def __init__(self, workspace: Workspace, *, live: bool = False) -> None:
        """Read strategy and indicators; tables are read when a page needs them.

        Parameters
        ----------
        workspace : what is shown.
        live : whether a server answers, so that a change can be tried.
        """
        self.workspace = workspace
        self.live = live
        self.whole = whole.read(workspace)
        self.strategy, self.followup = self.whole.strategy, self.whole.followup
        self.atlas = Atlas(workspace)

    @cached_property
    def scenarios(self) -> list[str]:
        """The scenarios of the timetable that can be made on the one at hand."""
        return [name for name, fault in self._tried.items() if fault is None]

    @property
    def lost_scenarios(self) -> dict[str, str]:
        """The scenarios that cannot be made on the timetable at hand, and why."""
        return {name: fault for name, fault in self._tried.items() if fault is not None}

    @cached_property
    def _tried(self) -> dict[str, str | None]:
        """Every scenario that changes the timetable; a portal of a scenario sets none beside it."""
        from storregion.publish import access

        if self.workspace.scenario_name != BASE or self.workspace.as_built:
            return {}
        found: dict[str, str | None] = {}
        for name in access.scenario_names(self.workspace.folder, self.workspace.steps):
            try:
                self.scenario(name).table("calls")
                found[name] = None
            except StorregionError as error:
                found[name] = str(error)
        return found

    def scenario(self, name: str) -> Workspace:
        """The group with a scenario."""
        if name not in self._scenarios:
            self._scenarios[name] = Workspace(self.workspace.folder, self.workspace.store.folder, name)
        return self._scenarios[name]

    @cached_property
    def _scenarios(self) -> dict[str, Workspace]:
        return {}

    @cached_property
    def makers(self) -> dict[str, Maker]:
        """The function that makes each page, by its address below the language."""
        # Imported here because pages build on what this module defines.
        from storregion.publish import pages

        return pages.addresses(self)

    @cached_property
    def _page_cache(self) -> dict[tuple[Language, str], Page]:
        return {}

    def page(self, language: Language, address: str) -> Page:
        """The page at an address such as `place/0380/`.

        Raises
        ------
        NoSuchPageError
            There is none.
        """
        if address not in self.makers:
            raise NoSuchPageError(address)
        if (language, address) not in self._page_cache:
            self._page_cache[language, address] = self.makers[address](self, language)
        return self._page_cache[language, address]

    def addresses_outside_pages(self) -> list[str]:
        """The addresses that belong to no page: the door, the assets, and the open files."""
        assets = [f"assets/{path.name}" for path in sorted((HERE / "assets").iterdir())]
        return ["index.html", *assets, *self.exports]

    @cached_property
    def exports(self) -> dict[str, Export]:
        """The open files that are of the whole portal, by address."""
        from storregion.publish import exports

        return exports.files(self)

    def addresses(self) -> list[str]:
        """Every address that answers, files of views included, in a fixed order."""
        pages = [(language, address) for language in LANGUAGES for address in self.makers]
        return self.addresses_outside_pages() + [path for page in pages for path in self.files(*page)]

    def files(self, language: Language, address: str) -> list[str]:
        """A page's own address and those of its views' files."""
        page = self.page(language, address)
        files = [
            f"{language}/{address}{view.name}.{ending}"
            for view in page.views.values()
            for ending in endings(view)
        ]
        return [f"{language}/{address}", *files, *(f"{language}/{address}{name}" for name in page.extra)]

    def answer(self, path: str) -> Answer:
        """What lies at a path without its leading slash.

        Raises
        ------
        NoSuchPageError
            Nothing does.
        """
        if path in ("", "index.html"):
            return Answer(HTML, self.render("language.html", LANGUAGES[0], "").encode())
        if path.startswith("assets/"):
            return self._asset(path.removeprefix("assets/"))
        if path in self.exports:
            media_type, make = self.exports[path]
            return Answer(media_type, make())
        language, slash, rest = path.partition("/")
        known: Language | None = next((known for known in LANGUAGES if known == language), None)
        if known is None or not slash:
            raise NoSuchPageError(path)
        if rest in self.makers:
            return Answer(HTML, self.html(known, rest).encode())
        folder, slash, name = rest.rpartition("/")
        stem, _, ending = name.partition(".")
        page = self.page(known, folder + slash)
        if name in page.extra:
            media_type, make = page.extra[name]
            return Answer(media_type, make())
        if stem not in page.views or ending not in endings(page.views[stem]):
            raise NoSuchPageError(path)
        media_type, write = WRITERS[ending]
        return Answer(media_type, write(page.views[stem]))

    def tried(self, language: Language, query: Mapping[str, str]) -> Answer:
        """The page that tries the change of a query. It is made anew each time and kept nowhere."""
        from storregion.publish import trial

        page = trial.page(self, language, query)
        html = self.render(page.template, language, f"{language}/{TRY}", page=page, **page.context)
        return Answer(HTML, html.encode())

    def html(self, language: Language, address: str) -> str:
        """The page at an address as HTML."""
        page = self.page(language, address)
        return self.render(page.template, language, f"{language}/{address}", page=page, **page.context)

    def render(self, template: str, language: Language, path: str, **context: Any) -> str:
        """A template as HTML, as it stands at a path."""
        other = next(known for known in LANGUAGES if known != language)
        rest = path.partition("/")[2]
        words = {name: text[language] for name, text in WORDS.items()}
        known = {
            "site": self,
            "group": self.workspace.group,
            "language": language,
            "other": other,
            "path": path,
            "mirror": f"{other}/{rest}",
            "w": words,
            "policy": policy(path).replace("frame-ancestors 'none'", "").rstrip("; "),
        }
        return self._environment(language).get_template(template).render(**known, **context)

    def _asset(self, name: str) -> Answer:
        kinds = {".css": "text/css; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
        # Looked up, not asked for: no name can lead out of the folder or be too long.
        path = {found.name: found for found in (HERE / "assets").iterdir()}.get(name)
        if path is None or path.suffix not in kinds:
            raise NoSuchPageError(name)
        return Answer(kinds[path.suffix], path.read_bytes())

    @cached_property
    def _environments(self) -> dict[Language, Environment]:
        return {language: _environment(language) for language in LANGUAGES}

    def _environment(self, language: Language) -> Environment:
        return self._environments[language]


def _environment(language: Language) -> Environment:
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

    def cell(value: Label | Figure) -> Any:
        return in_cell(value, language) if isinstance(value, Figure) else value.text

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "sentence": sentence,
        "say": say,
        "href": href,
        "local": local,
        "cell": cell,
        "endings": endings,
        "absent": {name: text[language] for name, text in ABSENT.items()},
        "capital": lambda text: text[:1].upper() + text[1:],
        "is_figure": lambda value: isinstance(value, Figure),
    }
    return environment


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
        A part is a number that is no figure.
    SettingError
        The sentence names a part that there is not.
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


def _words() -> dict[str, Text]:
    files = [
        tomllib.loads((HERE / name).read_text("utf-8")) for name in ("words.toml", "strategy_words.toml")
    ]
    if twice := files[0].keys() & files[1].keys():
        raise SettingError(
            f"{sorted(twice)} stand in words.toml and in strategy_words.toml; keep one of each"
        )
    return msgspec.convert(files[0] | files[1], dict[str, Text])


WORDS = _words()
