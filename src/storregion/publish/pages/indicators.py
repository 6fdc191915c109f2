"""All indicators, and the page of each with its series and map."""

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl
from markupsafe import Markup

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish.followups import target
from storregion.publish.labels import place_labels, study_of
from storregion.publish.map_layers import Layer, Shown, graded, worded
from storregion.publish.numbers import ABSENT, scaled
from storregion.publish.parts import Findable, Page
from storregion.publish.pictures import charts
from storregion.publish.pictures.maps import Area, Key, alone, choropleth, legend, standalone
from storregion.publish.rendering import filled, relative
from storregion.publish.site import Maker, Site
from storregion.publish.travel import rested_on
from storregion.publish.view import Picture, View
from storregion.publish.words import WORDS
from storregion.strategy import followup
from storregion.strategy.followup import Indicator


def headline(site: Site, name: str) -> dict[str, Figure]:
    """The latest figure of an indicator, with the figures its sentence may name."""
    indicator = site.followup.indicators[name]
    rows = followup.series(indicator, site.workspace)
    schema = site.workspace.schemas[indicator.table]
    there = rows.filter(pl.col(indicator.column).is_not_null())
    row = (there if there.height else rows).row(-1, named=True)
    parts = followup.parts(indicator, schema)
    return {name: site.workspace.cell(schema, column, row) for name, column in parts.items()}


def addresses(site: Site) -> dict[str, Maker]:
    """The list of indicators, and a page for each."""
    pages: dict[str, Maker] = {
        f"indicator/{name}/": partial(indicator_page, name=name) for name in site.followup.indicators
    }
    return {"indicator/": indicators, **pages}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every indicator."""
    for name, indicator in site.followup.indicators.items():
        yield Findable(indicator.title[language], "kind_indicator", f"indicator/{name}/", name, 0.4)


def map_layers(site: Site, language: Language) -> Iterator[Layer]:
    """Every indicator that has a map, the first of the list first."""
    for rank, (name, indicator) in enumerate(site.followup.indicators.items()):
        if indicator.classes:
            paint = partial(_layer, site, language, name)
            yield Layer(name, indicator.title[language], paint, rank=1 if rank == 0 else 5)


def _layer(site: Site, language: Language, name: str, _: str) -> Shown:
    indicator = site.followup.indicators[name]
    view, _keys = map_view(site, language, name)
    fills, keys = graded(view, "place", indicator.column, indicator.classes)
    return Shown(view, said_headline(site, language, name), fills, keys)


def said_headline(site: Site, language: Language, name: str) -> Markup:
    """An indicator's latest figure in a sentence, for the start page."""
    indicator, parts = site.followup.indicators[name], headline(site, name)
    if parts["value"].value is None:
        reason = ABSENT[parts["value"].absent or "missing"][language]
        return filled(WORDS["no_figure"][language], {"reason": reason}, language, f"{language}/")
    return filled(indicator.headline[language], parts, language, f"{language}/")


def indicators(site: Site, language: Language) -> Page:
    """All indicators with their latest figures."""
    found = [
        (name, site.followup.indicators[name], headline(site, name)) for name in site.followup.indicators
    ]
    return Page("indicators.html", WORDS["indicators"][language], {"found": found})


def indicator_page(site: Site, language: Language, name: str) -> Page:
    """One indicator: its latest figure, its series, its map, and how it stands."""
    indicator = site.followup.indicators[name]
    page = Page("indicator.html", indicator.title[language])
    view = _series_view(site, language, indicator)
    page.views[view.name] = view
    elements = site.strategy.elements()
    page.context = {
        "indicator": indicator,
        "headline": headline(site, name),
        "elements": [(element, elements[element]) for element in indicator.focus],
        "study": study_of(site.workspace, indicator.table),
        "timetables": rested_on(site, language, indicator.table),
        "status": site.statuses()[name].said[language],
        "target": target(site, name, indicator),
        "map_svg": None,
    }
    if indicator.classes:
        view, keys = map_view(site, language, name)
        page.views[view.name] = view
        page.context |= {"keys": keys, "map_svg": embedded_map(view, language, f"indicator/{name}/")}
    return page


def _series_view(site: Site, language: Language, indicator: Indicator) -> View:
    """An indicator over the years, from its baseline on, for its first place."""
    rows = followup.series(indicator, site.workspace)
    if indicator.baseline is not None:
        rows = rows.filter(pl.col("year") >= indicator.baseline)
    schema = site.workspace.schemas[indicator.table]
    column = schema[indicator.column]
    points = [
        {
            "year": r["year"],
            "value": scaled(r[column.name], column.unit),
            "series": indicator.title[language],
        }
        for r in rows.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y=column.label[language], unit=",.1f", width=width)

    columns = list(dict.fromkeys(["year", *(["place"] if "place" in schema.key else []), column.name]))
    labels = {"place": place_labels(site, language)} if "place" in schema.key else {}
    title = indicator.title[language]
    picture = charts.pictured(language, title, site.workspace.group.name[language], spec)
    note = indicator.caution[language] if indicator.caution else None
    return View("series", title, site.workspace, schema, rows, columns, language, labels, picture, note)


def map_view(site: Site, language: Language, name: str) -> tuple[View, list[Key]]:
    """An indicator by municipality in the latest year, with its legend."""
    indicator, workspace = site.followup.indicators[name], site.workspace
    schema = workspace.schemas[indicator.table]
    column = schema[indicator.column]
    labels = place_labels(site, language)
    codes = workspace.table("places").filter(kind="municipality")["place"].to_list()
    order = {
        code: at for at, code in enumerate(sorted(codes, key=lambda code: alphabetical(labels[code].text)))
    }
    rows = workspace.table(indicator.table).filter(pl.col("place").is_in(codes), **indicator.where)
    year = str(rows["year"].max())
    rows = rows.filter(pl.col("year").cast(pl.String) == year).sort(
        pl.col("place").replace_strict(order, return_dtype=pl.Int64)
    )
    since = "base_year" if column.cumulative else "previous_year"
    title = f"{indicator.title[language]}, {_span(rows, since, year)}"
    keys = legend(indicator.classes, column.unit, language, WORDS["no_value"][language])

    def draw(width: int) -> str:
        return alone(site.atlas, indicator_map(site, rows, indicator, language, ""), keys, title)

    def bare(width: int) -> str:
        return standalone(indicator_map(site, rows, indicator, language, ""))

    alt = WORDS["map_alt"][language].format(title=indicator.title[language], year=year)
    columns = list(dict.fromkeys(["place", *([since] if since in rows.columns else []), column.name]))
    note = indicator.caution[language] if indicator.caution else None
    picture = Picture(alt, draw, subtitle=column.label[language], keys=keys, bare=bare)
    return View(
        "map", title, workspace, schema, rows, columns, language, {"place": labels}, picture, note
    ), keys


def _span(rows: pl.DataFrame, since: str, year: str) -> str:
    """The year of a map's figures, with the year that all of them count from where there is one."""
    starts = rows[since].drop_nulls().unique(maintain_order=True).to_list() if since in rows.columns else []
    return f"{starts[0]}–{year}" if len(starts) == 1 else year


def indicator_map(
    site: Site, rows: pl.DataFrame, indicator: Indicator, language: Language, address: str
) -> str:
    """The map of an indicator by municipality, for a page at an address.

    Parameters
    ----------
    site, language : of the page.
    rows : of the indicator's table, one a municipality.
    indicator : what is shown.
    address : of the page, below the language; links are relative to it.
    """
    labels = place_labels(site, language)
    schema = site.workspace.schemas[indicator.table]
    areas = []
    for row in rows.iter_rows(named=True):
        figure = site.workspace.cell(schema, indicator.column, row)
        label = labels[row["place"]]
        target = relative(f"{language}/{address}", label.target or "")
        areas.append(Area(row["place"], label.text, target, figure.value, worded(figure, language)))
    return choropleth(site.atlas, areas, indicator.classes, indicator.title[language])


def embedded_map(view: View, language: Language, address: str) -> Callable[[Site, str], str]:
    """What makes the map of a view for a template, from the site and the indicator's name."""

    def draw(site: Site, name: str) -> str:
        return indicator_map(site, view.frame, site.followup.indicators[name], language, address)

    return draw
