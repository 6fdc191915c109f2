"""The commuting map: flows out of, into and between municipalities, by a form and on the pages of places."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl
from markupsafe import Markup

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import municipality_labels, place_labels
from storregion.publish.numbers import ABOUT, AT_MOST, FEW, roughly
from storregion.publish.parts import Findable, Measured, Page, Section
from storregion.publish.pictures.maps import standalone
from storregion.publish.pictures.place_maps import Flow
from storregion.publish.pictures.zone_flows import Zone, zone_flow_map
from storregion.publish.rendering import filled
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Picture, View, embedded
from storregion.publish.words import WORDS

ADDRESS = "commuting/"
TABLE, TOTALS = "commuting_exchange", "commuting_balance"
WAYS = {"out": "outward", "in": "inward", "net": "net"}
LEAST, TOP, MOST = 50, 25, 200
_NAMED, _LISTED = 7, 8


@dataclass(frozen=True)
class Choice:
    """What the form says: a municipality or all, direction, year, sex, and which flows are large enough."""

    place: str
    way: str
    year: int
    sex: str
    least: int
    top: int


def addresses(site: Site) -> dict[str, Maker]:
    """The page, with the largest flows between all municipalities; none for a group without commuting."""
    return {ADDRESS: page} if is_there(site) else {}


def forms(site: Site) -> dict[str, FormMaker]:
    """The page as a query fills in its form."""
    return {ADDRESS: page} if is_there(site) else {}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The page."""
    if is_there(site):
        also = WORDS["commuting_also"][language]
        yield Findable(WORDS["commuting_map"][language], "kind_page", ADDRESS, also, 0.7)


def measured(site: Site) -> Iterator[Measured]:
    """Commuters over each municipality's border, women and men together."""
    yield from (Measured(TOTALS, column, {"sex": "total"}) for column in WAYS.values())


def is_there(site: Site) -> bool:
    """Whether the group has commuting between municipalities."""
    return TABLE in site.workspace.steps and site.workspace.table(TABLE).height > 0


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """Flows of one municipality or all, as a map and a list; what does not exist is named on the page.

    Parameters
    ----------
    site, language : of the page.
    query : the fields `place`, `way`, `year`, `sex`, `least` and `top`; each has a default.
    """
    choice, unknown = _choice(site, query or {})
    rows = _rows(site, choice)
    view = _view(site, language, choice, rows)
    made = Page("commuting_map.html", WORDS["commuting_map"][language])
    made.views = {view.name: view}
    table = site.workspace.table(TABLE)
    for year, sex in table.select("year", "sex").unique().sort("year", "sex").iter_rows():
        made.extra[f"flows-{year}-{sex}.json"] = ("application/json", partial(_flows, site, year, sex))
    labels = place_labels(site, language)
    ours = [(zone.code, zone.name) for zone in _zones(site, language)]
    made.context = {
        "live": site.live,
        "unknown": unknown,
        "choice": choice,
        "places": sorted(ours, key=lambda pair: alphabetical(pair[1])),
        "ways": list(WAYS),
        "years": sorted((str(year) for year in table["year"].unique(maintain_order=True)), reverse=True),
        "sexes": sorted(table["sex"].unique(), key=("total", "women", "men").index),
        "svg": embedded(view),
        "lead": balance(site, language, choice, labels[choice.place].text) if choice.place else None,
        "most": _most(site, language, choice, rows),
        "rows": [_cells(site, language, choice, row) for row in rows.iter_rows(named=True)],
        "view": view,
        "address": "&".join(f"{name}={value}" for name, value in vars(choice).items() if value != ""),
        "phrases": json.dumps(_phrases(language), ensure_ascii=False),
        "limits": (str(choice.least), str(choice.top), str(MOST)),
    }
    return made


def _choice(site: Site, query: Query) -> tuple[Choice, list[str]]:
    """What a query asks for, with a default for what it leaves out, and what in it does not exist."""
    table = site.workspace.table(TABLE)
    unknown: list[str] = []

    def one(name: str, known: list[str], default: str) -> str:
        asked = (query.get(name) or [""])[-1].strip()
        if asked and asked not in known:
            unknown.append(asked[:80])
        return asked if asked in known else default

    def number(name: str, default: int, most: int) -> int:
        asked = (query.get(name) or [""])[-1].strip()
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 8):
            unknown.append(asked[:80])
            return default
        return min(int(asked), most) if asked else default

    years = sorted(str(year) for year in table["year"].unique(maintain_order=True))
    place = one("place", table["municipality"].unique(maintain_order=True).to_list(), "")
    sex = one("sex", table["sex"].unique(maintain_order=True).to_list(), "total")
    way, year = one("way", list(WAYS), "out"), one("year", years, years[-1])
    # One municipality's flows are few: small ones can be seen, too.
    least = number("least", 10 if place else LEAST, 1_000_000)
    return Choice(place, way, int(year), sex, least, number("top", TOP, MOST)), unknown


def _rows(site: Site, choice: Choice) -> pl.DataFrame:
    """The largest rows that a choice asks for; of all municipalities' net each pair once, by who gains."""
    column = pl.col(WAYS[choice.way])
    rows = exchange(site, choice.year, choice.sex)
    if choice.place:
        rows = rows.filter(municipality=choice.place)
    size = column.abs() if choice.place else column
    # Of two that are equally large the known one comes first: the other is as large at most.
    known = pl.col("ceiling_in" if choice.way == "in" else "ceiling_out")
    return (
        rows.filter(size >= choice.least, size > 0)
        .sort(size.round(3), known, "municipality", "other", descending=[True, False, False, False])
        .head(choice.top)
    )


def exchange(site: Site, year: int, sex: str) -> pl.DataFrame:
    """The exchange of a year, with whether a flow is as large as the home's published largest at most.

    A municipality's largest destination and its share are published, so a flow that the estimate lifts to the
    same size may be smaller, but not larger.
    """
    rows = site.workspace.table(TABLE).filter(year=year, sex=sex)
    largest = rows.filter(cell_out="published_share").select("municipality", largest="outward")
    both = rows.join(largest, on="municipality", how="left").join(
        largest, left_on="other", right_on="municipality", how="left", suffix="_other"
    )

    def ceiling(cell: str, persons: str, most: str) -> pl.Expr:
        lifted = (pl.col(cell) == "spread") & (pl.col(persons) >= pl.col(most) - 0.001)
        return lifted.fill_null(value=False)

    return both.with_columns(
        ceiling_out=ceiling("cell_out", "outward", "largest"),
        ceiling_in=ceiling("cell_in", "inward", "largest_other"),
    ).drop("largest", "largest_other")


def people(site: Site, language: Language, row: Mapping[str, Any], way: str) -> Markup:
    """The people of a row in one direction in words; of one at its ceiling, that there are no more."""
    figure = site.workspace.cell(site.workspace.schemas[TABLE], WAYS[way], row)
    return roughly(figure, language, signed=way == "net", ceiling=way != "net" and row[f"ceiling_{way}"])


def _ends(choice: Choice, row: Mapping[str, Any]) -> tuple[str, str]:
    """From where to where the people of a row go, of its direction; net goes where more come."""
    inward = choice.way == "in" or (choice.way == "net" and row["net"] > 0)
    return (row["other"], row["municipality"]) if inward else (row["municipality"], row["other"])


def _view(site: Site, language: Language, choice: Choice, rows: pl.DataFrame) -> View:
    """The rows as a view, with the map as its picture."""
    labels = municipality_labels(site, language)
    zones = _zones(site, language)
    drawn = {zone.code for zone in zones}
    flows, named = [], {choice.place}
    for row in rows.iter_rows(named=True):
        start, end = _ends(choice, row)
        cell = row["cell_in" if start == row["other"] else "cell_out"]
        number = people(site, language, row, choice.way).striptags()
        words = f"{labels[start].text} → {labels[end].text}: {number}"
        if {start, end} <= drawn:
            flows.append(Flow(start, end, abs(row[WAYS[choice.way]]), cell != "spread", words))
            named |= {start, end} if len(named) < _NAMED else set()
    title = title_of(language, choice, labels[choice.place].text if choice.place else "")
    flow_svg, hint = zone_flow_map(site.atlas, zones, flows, named, title), WORDS["commuting_hint"][language]
    picture = Picture(title, lambda width: standalone(flow_svg), subtitle=hint)
    columns = ("municipality", "other", "outward", "inward", "net")
    source = (site.workspace, TABLE, rows.drop("ceiling_out", "ceiling_in"))
    more = {"other": labels}
    return view_of(site, language, "commuting", title, source, columns=columns, labels=more, picture=picture)


def title_of(language: Language, choice: Choice, place: str) -> str:
    """The title of what is chosen; `place` is the name of its municipality, empty for all."""
    name = f"commuting_title_{choice.way}" if place else f"commuting_title_all_{choice.way}"
    return WORDS[name][language].format(place=place, year=choice.year)


def _zones(site: Site, language: Language) -> list[Zone]:
    """The municipalities that have a shape, each leading to its flows, or without a server to its page."""
    rows = site.workspace.table("municipality_points").sort("municipality")
    labels = municipality_labels(site, language)
    return [
        Zone(code, labels[code].text, f"?place={code}" if site.live else f"../place/{code}/", east, north)
        for code, east, north in rows.select("municipality", "east", "north").iter_rows()
        if code in site.atlas.shapes
    ]


def _cells(site: Site, language: Language, choice: Choice, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the list: its ends, where it leads, and the people each way."""
    labels = municipality_labels(site, language)
    start, end = _ends(choice, row)
    known = row["other"] in site.atlas.shapes
    return {
        "text": labels[row["other"]].text if choice.place else f"{labels[start].text} → {labels[end].text}",
        "target": f"{language}/place/{row['other'] if known and choice.place else row['municipality']}/",
        "linked": known or not choice.place,
        "outside": not known,
        "people": [people(site, language, row, way) for way in WAYS],
    }


def _most(site: Site, language: Language, choice: Choice, rows: pl.DataFrame) -> Markup | None:
    """A sentence on the largest flows: of a municipality two, of all one; None where there are none."""
    labels = municipality_labels(site, language)
    found: dict[str, Any] = {}
    for at, row in enumerate(rows.head(2).iter_rows(named=True), 1):
        start, end = _ends(choice, row)
        found |= {f"start{at}": labels[start].text, f"end{at}": labels[end].text}
        found[f"people{at}"] = people(site, language, row, choice.way)
    if not found or (choice.place and ("people2" not in found or choice.way == "net")):
        return None
    name = f"commuting_most_{choice.way}" if choice.place else "commuting_most_all"
    return filled(WORDS[name][language], found, language, f"{language}/{ADDRESS}")


def balance(site: Site, language: Language, choice: Choice, place: str) -> dict[str, Any]:
    """What the sentence on a municipality says: how many go out and come in, in all."""
    where: dict[str, str | int] = {
        "municipality": choice.place,
        "year": choice.year,
        "sex": choice.sex,
    }
    found = {
        way: roughly(site.workspace.figure(TOTALS, name, **where), language, signed=way == "net")
        for way, name in WAYS.items()
    }
    return {"place": place, **found}


def _phrases(language: Language) -> dict[str, str]:
    """The words that the map's script fills in."""
    names = [name for name in WORDS if name.startswith("commuting_")]
    found = {name.removeprefix("commuting_"): WORDS[name][language] for name in names}
    return found | {"about": ABOUT[language], "few": FEW[language], "most": AT_MOST[language]}


def _flows(site: Site, year: int, sex: str) -> bytes:
    """The exchange of a year, with what is at its ceiling (1 out, 2 in); totals; whether estimated."""
    table, totals = exchange(site, year, sex), site.workspace.table(TOTALS).filter(year=year, sex=sex)
    numbers = [pl.col(name).round(1) for name in WAYS.values()]
    ceilings = pl.col("ceiling_out").cast(pl.Int8) + 2 * pl.col("ceiling_in").cast(pl.Int8)
    found = {
        "estimated": "observed" not in table["basis"].unique(maintain_order=True).to_list(),
        "rows": [list(row) for row in table.select("municipality", "other", *numbers, ceilings).iter_rows()],
        "totals": {row[0]: list(row[1:]) for row in totals.select("municipality", *numbers).iter_rows()},
    }
    return json.dumps(found, separators=(",", ":")).encode()


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a municipality's page: where most commute to and from, and the way to the map."""
    if row["kind"] != "municipality" or not is_there(site):
        return []
    choice, _ = _choice(site, {"place": [row["place"]]})
    if choice.place != row["place"]:
        return []
    labels, lists = municipality_labels(site, language), []
    for way in ("out", "in"):
        asked = Choice(choice.place, way, choice.year, choice.sex, 1, _LISTED)
        found = [
            (labels[one["other"]], people(site, language, one, way))
            for one in _rows(site, asked).iter_rows(named=True)
        ]
        lists.append((WORDS[f"commuting_{'destinations' if way == 'out' else 'origins'}"][language], found))
    context = {
        "lead": balance(site, language, choice, row[f"name_{language}"]),
        "lists": lists,
        "estimated": _estimated(site, choice),
    }
    heading = f"{WORDS['commuting_place'][language]}, {choice.year}"
    return [Section("commuting", heading, (), "place_commuting.html", context, first=True)]


def _estimated(site: Site, choice: Choice) -> bool:
    rows = site.workspace.table(TABLE).filter(year=choice.year, municipality=choice.place)
    return "observed" not in rows["basis"].unique(maintain_order=True).to_list()
