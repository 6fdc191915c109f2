"""Every page of the bundled group's portal, read as a machine reads it: do its figures and links hold?"""

import math
import posixpath
import re
import statistics
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.publish.addresses import addresses, after, whole

from storregion.core import units
from storregion.core.errors import StorregionError
from storregion.core.language import LANGUAGES, Language
from storregion.core.lineage import Figure
from storregion.core.table import BASES, Schema
from storregion.core.workspace import Workspace
from storregion.publish.files.dcat import RDF, SPACES
from storregion.publish.numbers import ABSENT
from storregion.publish.portal import open_site
from storregion.publish.rendering import relative
from storregion.publish.site import NoSuchPageError, Site
from storregion.strategy import evaluation, followup

FIGURE = re.compile(r"([a-z0-9_]+)/([a-z0-9_]+)\?(.+)#([0-9a-f]{20}(?:\.\.[0-9a-f]{20})?)")
NUMBER = {
    "sv": re.compile("(\u2212?)([0-9]{1,3}(?:\u00a0[0-9]{3})+|[0-9]+)(?:,([0-9]+))?(?![0-9])"),
    "en": re.compile("(\u2212?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:[.]([0-9]+))?(?![0-9])"),
}
VOID = {"meta", "link", "img", "source", "br", "rect", "path", "circle", "input", "hr"}


@dataclass
class Shown:
    """A figure as it stands on a page."""

    figure: str
    value: str | None
    title: str | None
    text: str = ""
    unsigned: bool = False


@dataclass
class Read(HTMLParser):
    """What a page holds that must hold true."""

    html: str
    heads: int = 0
    title: str = ""
    language: str = ""
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    figures: list[Shown] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tables: list[tuple[list[str], list[int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.starting = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if tag == "html":
            self.language = found["lang"]
        self.heads += tag == "h1"
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        self._loading(tag, found)
        if "data-figure" in found:
            inside = "a" in self.open[-2:-1]
            address = found["data-figure"]
            if "table" in self.open and self.figures and not self.starting:
                address = after(address, self.figures[-1].figure)
            self.starting = False
            self.figures.append(Shown(address, found.get("value"), found.get("title"), unsigned=inside))
        if tag == "table":
            self.starting = True
            self.tables.append(([], []))
        if tag == "tr" and "tbody" in self.open:
            self.tables[-1][1].append(0)
        if tag in ("td", "th") and "tbody" in self.open:
            self.tables[-1][1][-1] += 1
        if tag == "th" and "thead" in self.open:
            self.tables[-1][0].append("")

    def _loading(self, tag: str, found: dict[str, str]) -> None:
        if tag in ("iframe", "object", "embed", "style", "base"):
            self.faults.append(f"<{tag}>")
        source = found.get("src", "").partition("?")[0]
        if tag == "script" and (found.get("type") != "module" or not source.endswith(".js")):
            self.faults.append("<script> that is no module of the portal's own")
        if tag == "form" and (found.get("method") != "get" or "//" in found.get("action", "//")):
            self.faults.append("<form> that changes something or leads elsewhere")
        if "style" in found or any(name.startswith("on") for name in found):
            self.faults.append(f"<{tag}> with {sorted(found)}")
        self.loads += [found[name] for name in ("src", "srcset", "poster", "data") if name in found]
        if tag == "link" or (tag != "a" and "href" in found):
            self.loads.append(found["href"])
        for name, value in found.items():
            outward = "//" in value and not name.startswith("xmlns") and tag != "a"
            if outward and name not in ("data-figure", "alt", "title", "aria-label", "content"):
                self.faults.append(f"<{tag} {name}={value}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["title"] and "svg" not in self.open:
            self.title += data
        if self.open[-1:] in (["data"], ["span"]) and self.figures and not self.figures[-1].text:
            self.figures[-1].text = data
        if "th" in self.open and "thead" in self.open:
            self.tables[-1][0][-1] += data


class Cells:
    """The cells of the store, looked up apart from the code that made the page."""

    def __init__(self, *works: Workspace) -> None:
        # Of a table that scenarios change, each has its own version.
        self.works = works
        self.rows: dict[tuple[str, str], dict[tuple[str, ...], dict[str, Any]]] = {}
        self.known: dict[str, tuple[Any, str | None, str]] = {}
        self.bases: dict[str, str] = {}

    def know(self, figures: Iterable[Figure]) -> None:
        """Take in figures that are of no table of the store but worked out from it, such as statuses."""
        for figure in figures:
            self.known[figure.id] = (figure.value, figure.absent, figure.unit)
            self.bases[figure.id] = figure.basis

    def find(self, figure: str) -> tuple[Any, str | None, str]:
        """The value of a figure's cell, the reason if it is absent, and its unit."""
        if figure not in self.known:
            self.known[figure] = self._find(figure)
        return self.known[figure]

    def _find(self, figure: str) -> tuple[Any, str | None, str]:
        parts = FIGURE.fullmatch(figure)
        assert parts is not None, f"{figure} cannot be read"
        table, column, where, key = parts.groups()
        schema = self.works[0].schemas[table]
        if where.startswith("of="):
            return self._quartile(figure), None, schema[column.rpartition("_")[0]].unit
        if ".." in key:
            return self._difference(figure, schema)
        place = re.fullmatch(",".join(f"{name}=(.*)" for name in schema.key), where)
        assert place is not None, f"{figure} names other keys than {schema.key}"
        row = self._rows(table, key)[place.groups()]
        companion = schema[column].absent
        reason = row[companion] if companion else None
        return row[column], reason or ("missing" if row[column] is None else None), schema[column].unit

    def _quartile(self, figure: str) -> float:
        """A quartile over the group's places of a kind, worked out apart from the code that made it."""
        measure, _, name = figure.partition("?")[0].rpartition("/")[2].rpartition("_")
        values = [float(row[measure]) for row in self._behind(figure)]
        return statistics.quantiles(values, n=4, method="inclusive")[("lower", "median", "upper").index(name)]

    def _behind(self, figure: str) -> list[dict[str, Any]]:
        """The rows with a value that a quartile is of."""
        table, column, where, _ = FIGURE.fullmatch(figure).groups()  # type: ignore[union-attr]
        cells = dict(part.split("=") for part in where.split(","))
        work, of, measure = self.works[0], cells.pop("of"), column.rpartition("_")[0]
        places = {row["place"] for row in work.table("places").iter_rows(named=True) if row["kind"] == of}
        return [
            row
            for row in work.table(table).iter_rows(named=True)
            if places & {row.get(by) for by in ("place", "municipality", "node")}
            and all(str(row[key]) == value for key, value in cells.items())
            and row[measure] is not None
        ]

    def _difference(self, figure: str, schema: Schema) -> tuple[Any, str | None, str]:
        """B−A of a cell in two versions of its table, or why there is none."""
        (one, why, unit), (two, why_not, _) = (self.find(cell) for cell in self._both(figure))
        points = {"share": "share_points", "percent": "points"}.get(unit, unit)
        return (None, why or why_not, points) if why or why_not else (two - one, None, points)

    def _both(self, figure: str) -> list[str]:
        """The cells of A and of B that a difference is taken between."""
        cell, _, keys = figure.rpartition("#")
        return [f"{cell.replace('_difference?', '?', 1)}#{key}" for key in keys.split("..")]

    def basis(self, figure: str) -> str:
        """The basis of the row that a figure's cell stands in."""
        if figure in self.bases:
            return self.bases[figure]
        if ".." in figure.rpartition("#")[2]:
            return max((self.basis(cell) for cell in self._both(figure)), key=BASES.index)
        table, _, where, key = FIGURE.fullmatch(figure).groups()  # type: ignore[union-attr]
        if where.startswith("of="):
            return max((str(row["basis"]) for row in self._behind(figure)), key=BASES.index)
        place = re.fullmatch(",".join(f"{name}=(.*)" for name in self.works[0].schemas[table].key), where)
        assert place is not None
        return str(self._rows(table, key)[place.groups()]["basis"])

    def _rows(self, table: str, key: str) -> dict[tuple[str, ...], dict[str, Any]]:
        if (table, key) not in self.rows:
            work = next((work for work in self.works if work.key(table) == key), None)
            assert work is not None, f"{table} is of another version than {key}"
            records = work.trace(table)
            origins = [origin for record in records for origin in record.origins]
            raws = [raw for record in records for raw in work.steps[record.table].raws.values()]
            if not origins:  # made of the project's own rules, which it says
                assert all(raw.optional for raw in raws), f"{table} leads to no publisher's file"
                assert set(work.table(table)["basis"]) <= {"assumed"}
            assert all(re.fullmatch("[0-9a-f]{64}", origin.sha256) for origin in origins)
            keys = work.schemas[table].key
            self.rows[table, key] = {
                tuple(str(row[name]) for name in keys): row for row in work.table(table).iter_rows(named=True)
            }
        return self.rows[table, key]


def worked_out(site: Site) -> list[Figure]:
    """The figures of statuses, of the coders' agreement and of the measurement, from their makers."""
    found = [
        figure
        for name in site.followup.indicators
        for figure in followup.status_figures(site.followup, site.workspace, name).values()
    ]
    if site.whole.coherence is not None:
        found += site.whole.coherence.agreement().values()
    measured = evaluation.read(site.workspace.folder)
    if measured is not None:
        key = measured.fingerprint[:20]
        crossed = measured.cross_validated
        assert crossed is not None
        shares: dict[str, Any] = {
            "crossed_first": crossed.ranking.first,
            "crossed_map": crossed.ranking.average_precision,
            "crossed_precision": crossed.precision,
            "crossed_recall": crossed.recall,
            "first": measured.ranking.first,
            "map": measured.ranking.average_precision,
            "lenient": measured.lenient.first,
            "without": measured.without_subject_words.first,
            "plain": measured.plain.first,
            "precision": measured.precision,
            "recall": measured.recall,
            "silent": measured.silent,
        }
        cells: list[tuple[str, str, float | None, str]] = [
            ("all", "statements", measured.statements, "number"),
            ("crossed_first", "sources", crossed.sources, "number"),
        ]
        for name, part in shares.items():
            cells += [(name, "hits", getattr(part, "hits", None), "number"), (name, "of", part.of, "number")]
            cells += [(name, limit, getattr(part, limit), "share") for limit in ("value", "low", "high")]
        found += [
            Figure(
                value,
                unit,
                "suggestions_evaluation",
                column,
                (("measure", name),),
                key,
                "observed",
                None if value is not None else "not_applicable",
            )
            for name, column, value, unit in cells
        ]
    return found


PEOPLE = {
    *("persons", "commuters", "employed", "jobs", "households"),
    *("net_moves", "net_moves_a_year"),
}


def rounded_right(text: str, value: float, language: Language) -> bool:
    """Whether an estimate of people is rounded: tens, fifties, two digits, and large sums to three."""
    if text in ("färre än 10", "fewer than 10"):
        return 0 < abs(value) < 10
    size = abs(value)
    digits = 2 if size < 100_000 else 3
    step = 10 if size < 100 else 50 if size < 1000 else 10 ** (math.floor(math.log10(size)) + 1 - digits)
    bare = re.sub("^(cirka|about|högst|at most) ", "", text)
    number = NUMBER[language].match(bare)
    if number is None:
        return False
    read = int(re.sub("[^0-9]", "", number[2]))
    return read % step == 0 and abs(read - size) <= step / 2 and (not number[1] or value < 0)


def right(shown: Shown, cells: Cells, language: Language) -> bool:
    """Whether a figure's cell holds the value for machines, and the words for people say the same."""
    value, reason, unit = cells.find(shown.figure)
    if shown.value is None:
        signs = {"missing": "..", "suppressed": "x", "not_applicable": "–", "not_comparable": "|"}
        return (
            value is None
            and reason is not None
            and shown.text == signs[reason]
            and shown.title == ABSENT[reason][language]
        )
    if value is None or float(shown.value) != value:
        return False
    if unit in PEOPLE and cells.basis(shown.figure) != "observed":
        return rounded_right(shown.text, value, language)
    parts = NUMBER[language].match(shown.text)
    if parts is None:
        return False
    sign, whole, rest = parts[1], re.sub("[^0-9]", "", parts[2]), parts[3] or ""
    read = float(f"{whole}.{rest or 0}") * (-1 if sign else 1)
    meant = value * units.unit(unit).factor
    if shown.unsigned and value < 0 and not sign:
        meant = -meant  # the sentence says that it fell
    return math.isclose(read, meant, rel_tol=1e-12, abs_tol=0.5000001 * 10 ** -len(rest))


def crawl(site: Site, language: Language) -> dict[str, Read]:
    """Every page of a language by its path."""
    pages = {}
    for address in site.makers:
        read = Read(site.html(language, address))
        read.feed(read.html)
        read.close()
        pages[f"{language}/{address}"] = read
    return pages


def leads(path: str, link: str) -> tuple[str, str]:
    """Where a link on a page leads, as a path and a fragment."""
    base, _, fragment = link.partition("#")
    # A query fills in the form of the page that it leads to.
    base = base.partition("?")[0]
    if not base:
        return path, fragment
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), base))
    return ("" if target == "." else target) + ("/" if base.endswith("/") else ""), fragment


def page_faults(path: str, read: Read, language: Language) -> list[str]:
    """What is wrong with one page by itself."""
    found = [*read.faults]
    if read.language != language:
        found.append(f"lang={read.language}")
    if read.heads != 1:
        found.append(f"{read.heads} h1")
    if not read.title.partition(" – ")[0].strip():
        found.append("no title")
    found += [f"id {name} stands twice" for name in set(read.ids) if read.ids.count(name) > 1]
    for labels, rows in read.tables:
        if not labels or not all(label.strip() for label in labels):
            found.append(f"a table with the labels {labels}")
        if set(rows) - {len(labels)}:
            found.append(f"a table of {len(labels)} labels and rows of {set(rows)} cells")
    return [f"{path}: {fault}" for fault in found]


@pytest.mark.long
def test_every_page_holds(site: Site) -> None:
    """One test, so that every page is made and read but once."""
    addresses = set(site.addresses())
    cells = Cells(site.workspace, *map(site.scenario, site.boards))
    cells.know(worked_out(site))
    pages: dict[Language, dict[str, Read]] = {language: crawl(site, language) for language in LANGUAGES}
    for language in LANGUAGES:
        assert len(pages[language]) == len(site.makers) > 150
        faults, links, figures = held(pages[language], language, addresses, cells)
        assert faults == []
        # So that an empty crawl would not pass for a good one.
        assert links > 7_000
        assert figures > 10_000
    mirrored(site, pages)
    labelled(site)
    assert addresses.isdisjoint(NOWHERE)
    targets = catalogued(site)
    assert len(targets) > 300
    assert [target for target in targets if target not in addresses] == []


def held(
    pages: Mapping[str, Read], language: Language, addresses: set[str], cells: Cells
) -> tuple[list[str], int, int]:
    """What does not hold on the pages of a language, and how many links and figures were looked at."""
    faults: list[str] = []
    links = figures = 0
    for path, read in pages.items():
        faults += page_faults(path, read, language)
        for shown in read.figures:
            figures += 1
            if not right(shown, cells, language):
                faults.append(f"{path}: {shown} is not {cells.find(shown.figure)}")
        for link in [*read.links, *read.loads]:
            if link.startswith(("http://", "https://")) and link not in read.loads:
                continue
            links += 1
            target, fragment = leads(path, link)
            if target not in addresses:
                faults.append(f"{path}: {link} leads to {target}, which is not there")
            elif fragment and target in pages and fragment not in pages[target].ids:
                faults.append(f"{path}: {link} leads to no such place on the page")
    return faults, links, figures


def mirrored(site: Site, pages: Mapping[Language, Mapping[str, Read]]) -> None:
    """Each page is there in both languages, with the same figures."""
    for address in site.makers:
        sv, en = (pages[language][f"{language}/{address}"].html for language in LANGUAGES)
        figures = [sorted(addresses(html)) for html in (sv, en)]
        assert figures[0] == figures[1], address
        assert list(site.page("sv", address).views) == list(site.page("en", address).views)
        for html, path, other in ((sv, f"sv/{address}", "en"), (en, f"en/{address}", "sv")):
            link = relative(path, f"{other}/{address}")
            assert f'<a class="mirror" href="{link}" lang="{other}" hreflang="{other}">' in html
            assert f'<link rel="alternate" hreflang="{other}" href="{link}">' in html


def labelled(site: Site) -> None:
    """Every column of every view has a label and a meaning."""
    for language in LANGUAGES:
        for address in site.makers:
            for view in site.page(language, address).views.values():
                for column in view.shown:
                    assert column.label[language].strip()
                    assert column.about[language].strip()


def catalogued(site: Site) -> list[str]:
    """The addresses that the catalogue leads to."""
    root = ET.fromstring(site.answer("catalogue.rdf").body)  # noqa: S314 - our own
    named = {f"{{{SPACES['dcat']}}}{name}" for name in ("accessURL", "downloadURL", "landingPage")}
    named.add(f"{{{SPACES['foaf']}}}homepage")
    found = (child for node in root for child in node if child.tag in named)
    return [child.get(f"{{{RDF}}}resource") or "" for child in found]


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_rests_on_an_assumption_warns_on_every_page_that_shows_it(
    site: Site, language: Language
) -> None:
    work = Workspace(site.workspace.folder, site.workspace.store.folder, "stockholm-still")
    scenario = open_site(work)
    warning = {
        "sv": "Bygger på antaganden eller uppskattningar (märkta a eller u).",
        "en": "Based on assumptions or estimates (marked a or u).",
    }[language]
    said = {
        "sv": ("Beräknat, inte", "Bygger på antaganden, inte"),
        "en": ("Calculated, not", "Based on assumptions, not"),
    }
    cells = Cells(work)
    cells.know(worked_out(scenario))
    warned = 0
    # The marks do not hang on the language: in English, each fourth page.
    for address in list(scenario.makers)[:: 1 if language == "sv" else 4]:
        html = whole(scenario.html(language, address))
        assert '<p class="banner">' in html
        weak = marked = 0
        # A table or section in which all is known alike says so once and bears no marks.
        alike = [
            table
            for part in ('<section class="alike.*?</section>', "<table.*?</table>")
            for table in re.findall(f"(?s){part}", html)
            if any(it in table for it in said[language])
        ]
        for table in alike:
            assert '<sup class="basis"' not in table
            shown = re.findall('data-figure="([^"]+)"', table)
            assert len({cells.basis(unescape(figure)) for figure in shown} - {"observed"}) == bool(shown), (
                address
            )
            html = html.replace(table, "")
        for figure, inside in re.findall('<data [^>]*data-figure="([^"]+)">(.*?)</data>', html):
            if re.match(r"\w+/(launch|since|until|(\w+_)?year)\?|place_hindcasts/outcome", unescape(figure)):
                # A year only dates what stands beside it, which carries the mark; so does a count.
                assert '<sup class="basis"' not in inside
                continue
            plain = '<sup class="basis"' not in inside
            if re.match("(cirka|about|färre|fewer|högst|at most) ", inside):
                # Its words say that it is an estimate, so it bears no mark.
                continue
            if plain and re.search(r"(_low|_high|/low|/high|/at_least|/at_most)\?", figure):
                # The end of an interval beside such words.
                continue
            weak += cells.basis(unescape(figure)) != "observed"
            marked += '<sup class="basis"' in inside
        assert marked == weak, address
        assert (warning in html) or not weak, address
        warned += bool(weak)
    assert warned > 100 if language == "sv" else warned > 25


def test_the_base_says_nothing_of_scenarios(site: Site) -> None:
    assert '<p class="banner">' not in site.html("sv", "")


def test_the_door_leads_to_both_languages(site: Site) -> None:
    html = site.answer("").body.decode()
    assert html == site.answer("index.html").body.decode()
    assert 'href="sv/"' in html
    assert 'href="en/"' in html


NOWHERE = (
    "sv", "no/", "sv/nothing/", "sv/place/0380", "sv/place/0380/population", "sv/place/0380//population.csv",
    "sv/place/0380/population.exe", "sv/place/0380/.csv", "sv//", "assets/", "assets/site.py",
    "assets/../site.py", "assets/" + "å" * 200 + ".css", "assets/\0.css", "sv/place/../place/", "./sv/",
)  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
def test_nothing_else_answers(site: Site, path: str) -> None:
    with pytest.raises(NoSuchPageError):
        site.answer(path)


def test_an_error_of_an_address_is_one_of_ours() -> None:
    assert issubclass(NoSuchPageError, StorregionError)


@pytest.mark.parametrize(
    ("path", "target", "link"),
    [
        ("sv/", "sv/", "./"),
        ("sv/", "en/", "../en/"),
        ("sv/place/0380/", "assets/portal.css", "../../../assets/portal.css"),
        ("sv/place/0380/", "sv/place/", "../"),
        ("sv/place/0380/", "sv/trace/growth/#persons", "../../trace/growth/#persons"),
        ("", "sv/", "sv/"),
        ("/", "sv/place/", "/sv/place/"),
    ],
)
def test_links_are_relative_so_that_the_portal_can_lie_in_any_folder(
    path: str, target: str, link: str
) -> None:
    assert relative(path, target) == link
