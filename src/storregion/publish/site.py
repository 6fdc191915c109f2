"""The site: which addresses there are, and the page or file at each. Live and baked alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment

from storregion.core import scenario
from storregion.core.errors import StorregionError
from storregion.core.language import LANGUAGES, Language
from storregion.core.reads import Kept, Read, note, once, unnoted
from storregion.core.scenario import BASE
from storregion.core.workspace import Workspace
from storregion.publish.addresses import shortened
from storregion.publish.files.downloads import WRITERS, endings
from storregion.publish.files.whole_pages import baked_endings, page_files
from storregion.publish.map_layers import Layer
from storregion.publish.ordering import SORT, Ordering
from storregion.publish.ordering import Query as Query
from storregion.publish.parts import Answer, Export, Findable, Measured, Page, Section, StudyPart, Tile
from storregion.publish.pictures.framed import FILES
from storregion.publish.pictures.maps import Atlas
from storregion.publish.readiness import BuiltOnly, NotBuiltError
from storregion.publish.rendering import environment
from storregion.publish.words import WORDS
from storregion.strategy import whole
from storregion.strategy.followup import statuses
from storregion.strategy.status import Status

HERE = Path(__file__).parent
MOST_TILES = 4
"""Answers on the first screen of a place; what else there is to say stands in its sections."""
HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Everything from this portal and nothing from elsewhere; no script inside a page, and none made of text."""
IN_PAGE = POLICY.replace("; frame-ancestors 'none'", "")
"""The policy as a page states it itself, where no server does."""
EMBED = "embed/"
"""Where the pages of one picture alone lie, below the language: `embed/place/0380/population/`."""
EMBED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""The policy of those pages: any other site may show them in a frame."""


_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""The media type of an asset by the end of its name; no other file is one."""


_ASKED = "page "


def asked_page(read: Read) -> str | None:
    """The address whose page was asked for, where that is what was read."""
    return read.table.removeprefix(_ASKED) if read.table.startswith(_ASKED) and not read.scenario else None


class NoSuchPageError(StorregionError, LookupError):
    """Nothing lies at the address."""


Maker = Callable[["Site", Language], Page]
FormMaker = Callable[["Site", Language, Query], Page]


@dataclass(frozen=True)
class Parts:
    """What makes the pages and files of a site.

    Attributes
    ----------
    addresses : each gives some pages by address below the language.
    studies : what makes the own part of a study's page, by the study's name.
    sections : each gives the sections of a place's page, from the place's row.
    exports : gives the open files of the whole portal, by address.
    tiles : each gives what it has to say on the first screen of a place's page.
    forms : each gives the pages that have a form, by address, as a query fills it in.
    calculated : the same, where what is filled in makes tables anew.
    findable : each gives what a search can find of its pages.
    aliases : each gives further addresses that lead to pages, by the page's address.
    layers : each gives layers of the start page's map.
    measured : each gives columns by which places can be compared, beside those of tables by place and year.
    """

    addresses: Sequence[Callable[["Site"], Mapping[str, Maker]]]
    studies: Mapping[str, Callable[["Site", Language], StudyPart]]
    sections: Sequence[Callable[["Site", Language, Mapping[str, Any]], Sequence[Section]]]
    exports: Callable[["Site"], dict[str, Export]]
    forms: Sequence[Callable[["Site"], Mapping[str, FormMaker]]] = ()
    calculated: Sequence[Callable[["Site"], Mapping[str, FormMaker]]] = ()
    findable: Sequence[Callable[["Site", Language], Iterable[Findable]]] = ()
    aliases: Sequence[Callable[["Site"], Mapping[str, str]]] = ()
    tiles: Sequence[Callable[["Site", Language, Mapping[str, Any]], Iterable[Tile]]] = ()
    layers: Sequence[Callable[["Site", Language], Iterable[Layer]]] = ()
    measured: Sequence[Callable[["Site"], Iterable[Measured]]] = ()


class Site:
    """Every page and file of one workspace's portal."""

    def __init__(
        self, workspace: Workspace, parts: Parts, *, live: bool = False, reports: bool = True
    ) -> None:
        """Read strategy and indicators; tables are read when a page needs them.

        Parameters
        ----------
        workspace : what is shown.
        parts : what makes its pages and files.
        live : whether a server answers, so that a change can be tried.
        reports : whether the pages of reports have files to download.
        """
        self.workspace = workspace
        self.parts = parts
        self.live, self.reports = live, reports
        self.whole = whole.read(workspace)
        self.strategy, self.followup = self.whole.strategy, self.whole.followup
        self.atlas = Atlas(workspace)
        self._statuses: tuple[list[str], dict[str, Status]] | None = None

    @once
    def scenarios(self) -> list[str]:
        """The scenarios of the timetable that can be made on the one at hand."""
        return [name for name, fault in self._possible.items() if fault is None]

    @property
    def boards(self) -> list[str]:
        """Every scenario that can be made, those that leave the timetable as it is among them."""
        if not self._possible:
            return []
        return [name for name in scenario.names(self.workspace.folder) if name not in self.lost_scenarios]

    @property
    def lost_scenarios(self) -> dict[str, str]:
        """The scenarios that cannot be made on the timetable at hand, and why."""
        return {name: fault for name, fault in self._possible.items() if fault is not None}

    @once
    def _possible(self) -> dict[str, str | None]:
        """Every scenario that changes the timetable; a portal of a scenario sets none beside it."""
        if self.workspace.scenario_name != BASE or self.workspace.as_built:
            return {}
        found: dict[str, str | None] = {}
        names = scenario_names(self.workspace.folder, self.workspace.steps)
        self.require(names, ["calls"])
        for name in names:
            try:
                self.scenario(name).table("calls")
                found[name] = None
            except StorregionError as error:
                found[name] = str(error)
        return found

    def scenario(self, name: str) -> Workspace:
        """The group with a scenario."""
        if name not in self._scenarios:
            self._scenarios[name] = self.workspace.of_scenario(name)
        return self._scenarios[name]

    def require(self, scenarios: Iterable[str], tables: Sequence[str]) -> None:
        """Say at once what a page is to rest on, so that all of it is built while its reader waits once.

        Nothing is said where tables are built when they are read, as for a baked portal.

        Raises
        ------
        NotBuiltError
            Some of it is not built yet.
        """
        opened = [self.scenario(name) for name in scenarios]
        if wanted := [one for it in opened if isinstance(it, BuiltOnly) for one in it.not_built(tables)]:
            raise NotBuiltError(wanted)

    def statuses(self) -> dict[str, Status]:
        """The status of every indicator, judged once for the tables as they are."""
        tables = {indicator.table for indicator in self.followup.indicators.values()}
        keys = [self.workspace.key(table) for table in sorted(tables)]
        if self._statuses is None or self._statuses[0] != keys:
            self._statuses = keys, statuses(self.followup, self.workspace)
        return self._statuses[1]

    @cached_property
    def _scenarios(self) -> dict[str, Workspace]:
        return {}

    @once
    def makers(self) -> dict[str, Maker]:
        """The function that makes each page, by its address below the language."""
        return {address: make for part in self._offers for address, make in part.made.items()}

    @cached_property
    def _offers(self) -> list[Kept[Mapping[str, Maker]]]:
        return [Kept(partial(part, self)) for part in self.parts.addresses]

    def maker(self, address: str) -> Maker | None:
        """The function that makes the page at an address; None where there is none.

        Whoever asks rests on what the pages of that kind rest on, not on what decides which other pages
        there are.
        """
        with unnoted():
            offers = [part for part in self._offers if address in part.made]
        return offers[-1].made[address] if offers else None

    def has(self, address: str) -> bool:
        """Whether there is a page at an address; whoever asks rests on that alone."""
        note({Read("", _ASKED + address)})
        with unnoted():
            return address in self.makers

    @once
    def forms(self) -> dict[str, FormMaker]:
        """The function that makes each page with a form as a query fills it in, by address."""
        parts = (*self.parts.forms, *self.parts.calculated)
        return {address: make for part in parts for address, make in part(self).items()}

    @once
    def calculated(self) -> frozenset[str]:
        """The addresses of the forms that make tables anew."""
        return frozenset(address for part in self.parts.calculated for address in part(self))

    @once
    def aliases(self) -> dict[str, str]:
        """The address of a page by each further address that leads to it."""
        return {alias: target for part in self.parts.aliases for alias, target in part(self).items()}

    def findable(self, language: Language) -> list[Findable]:
        """All that a search can find."""
        return [found for part in self.parts.findable for found in part(self, language)]

    @cached_property
    def _pages(self) -> dict[tuple[Language, str], Kept[Page]]:
        return {}

    def page(self, language: Language, address: str) -> Page:
        """The page at an address such as `place/0380/`.

        Raises
        ------
        NoSuchPageError
            There is none.
        """
        if (make := self.maker(address)) is None:
            raise NoSuchPageError(address)
        if (language, address) not in self._pages:
            self._pages[language, address] = Kept(partial(make, self, language))
        return self._pages[language, address].made

    def forget(self, language: Language, address: str) -> None:
        """Give up a page that is not asked for again, and the memory of its tables."""
        self._pages.pop((language, address), None)

    def tiles(self, language: Language, row: Mapping[str, Any]) -> list[Tile]:
        """What the first screen of a place says: the first few of all that the parts have to say of it.

        Parameters
        ----------
        language : of the words.
        row : the place's in the table `places`.
        """
        found = [tile for make in self.parts.tiles for tile in make(self, language, row)]
        return sorted(found, key=lambda tile: tile.rank)[:MOST_TILES]

    def addresses_outside_pages(self) -> list[str]:
        """The addresses that belong to no page: the door, the assets, and the open files."""
        assets = [f"assets/{name}" for name in _assets()]
        moved = [f"{language}/{alias}" for language in LANGUAGES for alias in self.aliases]
        return ["index.html", *assets, *self.exports, *moved]

    @once
    def exports(self) -> dict[str, Export]:
        """The open files that are of the whole portal, by address."""
        return self.parts.exports(self)

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
            for ending in (endings(view) if self.live else baked_endings(view))
        ]
        alone = [f"{language}/{EMBED}{address}{it.name}/" for it in page.views.values() if it.picture]
        together = page_files(language, address, page)
        beside = [f"{language}/{address}{name}" for name in (*page.extra, *together)]
        return [f"{language}/{address}", *files, *beside, *alone]

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
            return asset(path.removeprefix("assets/"))
        language, slash, rest = path.partition("/")
        with unnoted():  # a file rests on what it is made of, not on which others there are
            export, moved, page_there = self.exports.get(path), rest in self.aliases, rest in self.makers
        if export is not None:
            return Answer(export[0], export[1]())
        known: Language | None = next((known for known in LANGUAGES if known == language), None)
        if known is None or not slash:
            raise NoSuchPageError(path)
        if page_there:
            return Answer(HTML, self.html(known, rest).encode())
        if rest.startswith(EMBED):
            return self.embedded(known, rest)
        if moved:
            leading = self.render("moved.html", known, path, target=f"{known}/{self.aliases[rest]}")
            return Answer(HTML, leading.encode())
        folder, slash, name = rest.rpartition("/")
        stem, _, ending = name.partition(".")
        page = self.page(known, folder + slash)
        made = page.extra | page_files(known, folder + slash, page)
        if name in made:
            media_type, make = made[name]
            return Answer(media_type, make())
        return self._file(page, stem, ending)

    def _file(self, page: Page, stem: str, ending: str) -> Answer:
        """A file of one of a page's views; pictures to put elsewhere are made by a server only."""
        view = page.views.get(stem)
        if view is not None and ending in endings(view):
            media_type, write = WRITERS[ending]
            return Answer(media_type, write([view]))
        if view is None or view.picture is None or not self.live or ending not in FILES:
            raise NoSuchPageError(f"{stem}.{ending}")
        media_type, draw = FILES[ending]
        return Answer(media_type, draw(view))

    def filled_in(self, language: Language, address: str, query: Query, file: str = "") -> Answer:
        """The page of a form as a query fills it in, or a file of its views. It is kept nowhere.

        Raises
        ------
        NoSuchPageError
            The page has no such file.
        """
        page = self.forms[address](self, language, query)
        if file:
            stem, _, ending = file.partition(".")
            return self._file(page, stem, ending)
        return Answer(HTML, self._whole(language, address, page, query).encode())

    def embedded(self, language: Language, address: str, query: Query | None = None) -> Answer:
        """A picture alone with its source, for a frame on another site.

        Parameters
        ----------
        language, address : `embed/`, the page's address, and the name of the view.
        query : how the page's form is filled in, where it has one.

        Raises
        ------
        NoSuchPageError
            The page has no such picture.
        """
        folder, name = embedded_page(address)
        filled = query and folder in self.forms
        page = self.forms[folder](self, language, query or {}) if filled else self.page(language, folder)
        view = page.views.get(name)
        if view is None or view.picture is None or not address.endswith("/"):
            raise NoSuchPageError(address)
        asked = f"?{urlencode(query, doseq=True)}" if query and filled else ""
        more = {"view": view, "folder": folder, "asked": asked}
        return Answer(HTML, self.render("embed.html", language, f"{language}/{address}", **more).encode())

    def html(self, language: Language, address: str, query: Query | None = None) -> str:
        """The page at an address as HTML, its tables in the order that a query asks for."""
        return self._whole(language, address, self.page(language, address), query or {})

    def _whole(self, language: Language, address: str, page: Page, query: Query) -> str:
        """A page as HTML; an order that no table of it has is said to be none."""
        asked = Ordering.asked(query)
        lost = asked is not None and not asked.fits(page.views) and asked.view not in page.sorts
        more = {"asked_for": query, "unsorted": query[SORT][-1] if lost else ""}
        path = f"{language}/{address}"
        return self.render(page.template, language, path, page=page, **page.context, **more)

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
            "policy": IN_PAGE,
            "asked_for": {},
            "unsorted": "",
        }
        return shortened(self._environment(language).get_template(template).render(known | context))

    @cached_property
    def _environments(self) -> dict[Language, Environment]:
        return {language: environment(language) for language in LANGUAGES}

    def _environment(self, language: Language) -> Environment:
        return self._environments[language]


def embedded_page(address: str) -> tuple[str, str]:
    """The address of a page and the name of its view, from the address of the picture alone.

    Examples
    --------
    >>> embedded_page("embed/place/0380/population/"), embedded_page("embed/map/")
    (('place/0380/', 'population'), ('', 'map'))
    """
    folder, slash, name = address.removeprefix(EMBED).rstrip("/").rpartition("/")
    return folder + slash, name


@cache
def _assets() -> dict[str, Path]:
    """The files that pages use, by name below `assets/`; no other name leads anywhere."""
    folder = HERE / "assets"
    found = sorted(path for path in folder.rglob("*") if path.suffix in _KINDS)
    return {path.relative_to(folder).as_posix(): path for path in found}


def asset(name: str) -> Answer:
    """A file that pages use; it rests on no table.

    Parameters
    ----------
    name : below `assets/`.

    Raises
    ------
    NoSuchPageError
        There is none.
    """
    if name not in _assets():
        raise NoSuchPageError(name)
    path = _assets()[name]
    return Answer(_KINDS[path.suffix], path.read_bytes())


def scenario_names(folder: Path, known: Mapping[str, Any]) -> list[str]:
    """The scenarios of a group that change its timetable, in order of name.

    Parameters
    ----------
    folder : the group's folder.
    known : the tables of the group.
    """
    if "timetable_operations" not in known:
        return []
    return [
        name
        for name in scenario.names(folder)
        if "timetable_operations" in scenario.read(folder, name).assumptions
    ]
