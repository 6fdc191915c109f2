"""The pages: for each kind one function that gathers figures and words, and computes nothing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl

from storregion import studies
from storregion.core.language import Language, Text, alphabetical
from storregion.core.lineage import Figure
from storregion.publish import access, charts, commitments, exports, fetched, functional, progress
from storregion.publish.maps import Area, Key, alone, choropleth, legend, locator
from storregion.publish.numbers import ABSENT, BASIS, with_unit
from storregion.publish.reports import portal
from storregion.publish.site import WORDS, Maker, Page, Site, relative
from storregion.publish.studytexts import StudyText, study_texts
from storregion.publish.view import Label, Picture, View
from storregion.strategy import followup
from storregion.strategy.followup import Indicator

GROWTH_COLUMNS = (
    "place",
    "persons",
    "base_year",
    "base_change",
    "base_percent",
    "base_annual_percent",
    "growth_share",
    "concentration",
)
ROWS_SHOWN = 20


def addresses(site: Site) -> dict[str, Maker]:
    """Every page of the site: its address below the language, and what makes it."""
    found: dict[str, Maker] = {"": start, "place/": places, "indicator/": indicators, "study/": study_index}
    found |= {"data/": catalogue, "about/": about, "accessibility/": accessibility}
    for row in site.workspace.table("places").iter_rows(named=True):
        found[f"place/{row['place']}/"] = partial(_place_page, row=row)
    for name in site.followup.indicators:
        found[f"indicator/{name}/"] = partial(_indicator_page, name=name)
    for name in study_texts(studies):
        found[f"study/{name}/"] = partial(_study_page, name=name)
    found |= functional.addresses(site) | access.addresses(site) | portal.addresses(site)
    found |= commitments.addresses(site)
    for table in site.workspace.schemas:
        found[f"trace/{table}/"] = partial(_trace_page, table=table)
        found[f"data/{table}/"] = partial(_data_page, table=table)
    return found


def place_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every place, leading to its page."""
    rows = site.workspace.table("places")
    return {
        code: Label(name[:1].upper() + name[1:], f"{language}/place/{code}/")
        for code, name in zip(rows["place"], rows[f"name_{language}"], strict=True)
    }


def start(site: Site, language: Language) -> Page:
    """The state of the group: goal, headline figures, map, focus areas and what follows them."""
    latest = site.strategy.latest
    followed = {}
    if latest is not None:
        for name in latest.focus:
            followed[name] = _followed(site, f"{latest.year}/{name}", language)
    page = Page("start.html", f"{WORDS['state_of'][language]} {site.workspace.group.name[language]}")
    page.context = {
        "state_link": portal.link(language, "state"),
        "edition": latest,
        "document": site.strategy.documents[latest.goal.document] if latest and latest.goal else None,
        "followed": followed,
        "followed_goal": _followed(site, f"{latest.year}/goal", language) if latest else None,
        "headlines": [(name, _headline(site, name)) for name in site.followup.indicators],
        "indicators": site.followup.indicators,
    }
    mapped = next((name for name, found in site.followup.indicators.items() if found.classes), None)
    if mapped is not None:
        view, keys = _map_view(site, language, mapped)
        page.views[view.name] = view
        page.context |= {"keys": keys, "mapped": mapped, "map_svg": _inline(view, language, "")}
    return page


def _followed(site: Site, element: str, language: Language) -> dict[str, Any]:
    found = site.followup.of(element)
    reason = site.followup.not_yet.get(element)
    return {
        "indicators": {name: _headline(site, name) for name in found},
        "reason": reason[language] if reason else WORDS["no_reason"][language],
    }


def _headline(site: Site, name: str) -> dict[str, Figure]:
    """The latest figure of an indicator, with the figures its sentence may name."""
    indicator = site.followup.indicators[name]
    rows = followup.series(indicator, site.workspace)
    schema = site.workspace.schemas[indicator.table]
    there = rows.filter(pl.col(indicator.column).is_not_null())
    row = (there if there.height else rows).row(-1, named=True)
    parts = followup.parts(indicator, schema)
    return {name: site.workspace.cell(schema, column, row) for name, column in parts.items()}


def places(site: Site, language: Language) -> Page:
    """All places, by county and by alphabet."""
    rows = site.workspace.table("places")
    labels = place_labels(site, language)
    kinds: dict[str, list[Label]] = {}
    for code, kind in zip(rows["place"], rows["kind"], strict=True):
        kinds.setdefault(kind, []).append(labels[code])
    inside: dict[str, list[Label]] = {}
    for row in rows.filter(pl.col("kind") == "municipality").iter_rows(named=True):
        inside.setdefault(row["county"], []).append(labels[row["place"]])
    counties = sorted(
        ((labels[code], _sorted(found)) for code, found in inside.items()),
        key=lambda pair: alphabetical(pair[0].text),
    )
    whole = [label for kind in ("group", "country", "nodes", "rest") for label in kinds.get(kind, [])]
    context = {"whole": whole, "nodes": _sorted(kinds.get("node", [])), "counties": counties}
    return Page("places.html", WORDS["places"][language], context)


def _sorted(labels: list[Label]) -> list[Label]:
    return sorted(labels, key=lambda label: alphabetical(label.text))


def _place_page(site: Site, language: Language, row: Mapping[str, Any]) -> Page:
    workspace, code, name = site.workspace, row["place"], row[f"name_{language}"]
    growth = workspace.table("growth").filter(place=code).sort("year")
    ages = workspace.table("age_structure").filter(place=code).sort("year")
    schema = workspace.schemas["growth"]
    last = growth.row(-1, named=True)
    figures = {
        column.name: workspace.cell(schema, column.name, last) for column in schema.columns if column.numeric
    }
    members = workspace.table("membership").filter(place=code)["municipality"].to_list()
    shown = [member for member in members if member in site.atlas.shapes]
    page = Page("place.html", name[:1].upper() + name[1:])
    page.context = {
        "code": code,
        "report_link": portal.link(language),
        "kind": row["kind"],
        "name": name,
        "figures": figures,
        "later_base": _later_base(growth, figures["base_year"]),
        "ages": _latest_ages(site, ages),
        "locator": locator(site.atlas, shown, f"{WORDS['where'][language]}: {name}"),
        "node": _node(site, language, row),
        "related": _related(site, language, row, members),
    }
    page.views["population"] = _population_view(site, language, growth, name)
    page.views["ages"] = _ages_view(site, language, ages, code, name)
    found = fetched.views(site, language, code, name)
    page.views |= found
    page.context |= {"work": None, "travel": {}, "fetched": list(found)}
    if row["kind"] == "node":
        page.context["work"] = functional.node_story(site, language, code)
        page.views |= functional.node_views(site, language, code)
        if "flows" in page.views:
            page.context["flow_svg"] = functional.drawn(page.views["flows"])
        views, page.context["travel"] = access.node_views(site, language, code)
        page.views |= views
    if (inner := _inner(site, row)) is not None:
        page.views["compared"] = _compared_view(site, language, "compared", inner)
        page.context["inner"] = row["kind"]
    return page


def _later_base(growth: pl.DataFrame, base: Figure) -> bool:
    """Whether the place has figures from years before the first that can be compared."""
    earlier = growth.filter(pl.col("persons").is_not_null())["year"].min()
    return (
        base.value is not None
        and isinstance(earlier, int)
        and earlier < base.value
        and growth.filter(pl.col("change_absent") == "not_comparable").height > 0
    )


def _latest_ages(site: Site, ages: pl.DataFrame) -> dict[str, Figure]:
    schema = site.workspace.schemas["age_structure"]
    there = ages.filter(pl.col("shares_absent").is_null())
    row = (there if there.height else ages).row(-1, named=True)
    names = ("year", "share_0_19", "share_75_plus", "difference_0_19", "difference_75_plus")
    return {name: site.workspace.cell(schema, name, row) for name in names}


def _node(site: Site, language: Language, row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["kind"] != "node":
        return None
    node = site.workspace.table("nodes").filter(node=row["place"]).row(0, named=True)
    labels = place_labels(site, language)
    return {"kind": node["kind"], "municipality": labels[node["municipality"]], "basis": node["basis"]}


def _related(site: Site, language: Language, row: Mapping[str, Any], members: list[str]) -> list[Label]:
    """The places that a place is part of, or stands in for."""
    labels, workspace = place_labels(site, language), site.workspace
    found = [labels[row["county"]]] if row["county"] and row["kind"] != "county" else []
    if row["kind"] == "municipality":
        nodes = workspace.table("nodes").filter(municipality=row["place"])["node"]
        found += [labels[node] for node in nodes]
    if row["kind"] in ("nodes", "rest") and len(members) <= 40:
        found += _sorted([labels[member] for member in members])
    if row["kind"] == "county":
        nodes = workspace.table("places").filter(kind="node", county=row["place"])["place"]
        found += _sorted([labels[node] for node in nodes])
    if row["kind"] != "group":
        found.append(labels[workspace.group.code])
    return found


def _inner(site: Site, row: Mapping[str, Any]) -> list[str] | None:
    """The places to compare on a larger place's page."""
    rows = site.workspace.table("places")
    if row["kind"] == "county":
        return rows.filter(kind="municipality", county=row["place"])["place"].to_list()
    if row["kind"] == "group":
        return rows.filter(pl.col("kind").is_in(["county", "nodes", "rest", "country", "group"]))[
            "place"
        ].to_list()
    if row["kind"] == "nodes":
        return rows.filter(kind="node")["place"].to_list()
    return None


def _population_view(site: Site, language: Language, growth: pl.DataFrame, name: str) -> View:
    title = f"{WORDS['population_title'][language]}: {name}"
    columns = ("year", "persons", "change", "change_percent", "annual_percent", "growth_share")
    points = [
        {"year": r["year"], "value": r["persons"], "series": name} for r in growth.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y=WORDS["population_axis"][language], unit=",.0f", width=width)

    picture = _chart(language, title, name, spec)
    schema = site.workspace.schemas["growth"]
    return View(
        "population",
        title,
        site.workspace,
        schema,
        growth,
        columns,
        language,
        {"place": place_labels(site, language)},
        picture,
    )


def _ages_view(site: Site, language: Language, ages: pl.DataFrame, code: str, name: str) -> View:
    title = f"{WORDS['ages_title'][language]}: {name}"
    group = site.workspace.group
    both = [(name, ages)]
    if code != group.code:
        short = group.short[language]
        both.append(
            (
                short if short != name else f"{short} ({WORDS['whole'][language].lower()})",
                site.workspace.table("age_structure").filter(place=group.code).sort("year"),
            )
        )
    points = [
        {
            "year": row["year"],
            "value": row[column] and 100 * row[column],
            "series": f"{WORDS[word][language]}, {who}",
        }
        for who, rows in both
        for column, word in (("share_0_19", "young"), ("share_75_plus", "old"))
        for row in rows.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y=WORDS["ages_axis"][language], unit=",.0f", width=width, zero=True)

    columns = ("year", "share_0_19", "share_75_plus", "difference_0_19", "difference_75_plus")
    schema = site.workspace.schemas["age_structure"]
    return View(
        "ages",
        title,
        site.workspace,
        schema,
        ages,
        columns,
        language,
        picture=_chart(language, title, name, spec),
    )


def _chart(language: Language, title: str, name: str, spec: Callable[[int], dict[str, object]]) -> Picture:
    alt = WORDS["chart_alt"][language].format(title=title.partition(":")[0], place=name)
    return Picture(alt, lambda width: charts.svg(spec(width), language), spec)


def _compared_view(site: Site, language: Language, name: str, codes: list[str]) -> View:
    """Growth of several places in the latest year, in alphabetical order."""
    labels = place_labels(site, language)
    order = {
        code: at for at, code in enumerate(sorted(codes, key=lambda code: alphabetical(labels[code].text)))
    }
    growth = site.workspace.table("growth")
    rows = growth.filter(pl.col("place").is_in(codes), pl.col("year") == growth["year"].max())
    rows = rows.sort(pl.col("place").replace_strict(order, return_dtype=pl.Int64))
    title = f"{WORDS['growth_title'][language]}, {growth['year'].max()!s}"
    schema = site.workspace.schemas["growth"]
    return View(name, title, site.workspace, schema, rows, GROWTH_COLUMNS, language, {"place": labels})


def indicators(site: Site, language: Language) -> Page:
    """All indicators with their latest figures."""
    found = [
        (name, site.followup.indicators[name], _headline(site, name)) for name in site.followup.indicators
    ]
    return Page("indicators.html", WORDS["indicators"][language], {"found": found})


def _indicator_page(site: Site, language: Language, name: str) -> Page:
    indicator = site.followup.indicators[name]
    page = Page("indicator.html", indicator.title[language])
    view = _series_view(site, language, indicator)
    page.views[view.name] = view
    elements = site.strategy.elements()
    page.context = {
        "indicator": indicator,
        "headline": _headline(site, name),
        "elements": [(element, elements[element]) for element in indicator.focus],
        "study": _study_of(site, indicator.table),
        "timetables": access.rested_on(site, language, indicator.table),
        "status": followup.statuses(site.followup, site.workspace)[name].said[language],
        "target": progress.target(site, name, indicator),
        "map_svg": None,
    }
    if indicator.classes:
        view, keys = _map_view(site, language, name)
        page.views[view.name] = view
        page.context |= {"keys": keys, "map_svg": _inline(view, language, f"indicator/{name}/")}
    return page


def _series_view(site: Site, language: Language, indicator: Indicator) -> View:
    """An indicator over the years, for its first place."""
    rows = followup.series(indicator, site.workspace)
    schema = site.workspace.schemas[indicator.table]
    column = schema[indicator.column]
    factor = 100 if column.unit == "share" else 1
    points = [
        {
            "year": r["year"],
            "value": r[column.name] and factor * r[column.name],
            "series": indicator.title[language],
        }
        for r in rows.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y=column.label[language], unit=",.1f", width=width)

    columns = list(dict.fromkeys(["year", *(["place"] if "place" in schema.key else []), column.name]))
    labels = {"place": place_labels(site, language)} if "place" in schema.key else {}
    title = indicator.title[language]
    picture = _chart(language, title, site.workspace.group.name[language], spec)
    note = indicator.caution[language] if indicator.caution else None
    return View("series", title, site.workspace, schema, rows, columns, language, labels, picture, note)


def _map_view(site: Site, language: Language, name: str) -> tuple[View, list[Key]]:
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
        return alone(site.atlas, _drawn(site, rows, indicator, language, ""), keys, title)

    alt = WORDS["map_alt"][language].format(title=indicator.title[language], year=year)
    columns = list(dict.fromkeys(["place", *([since] if since in rows.columns else []), column.name]))
    note = indicator.caution[language] if indicator.caution else None
    picture = Picture(alt, draw)
    return View(
        "map", title, workspace, schema, rows, columns, language, {"place": labels}, picture, note
    ), keys


def _span(rows: pl.DataFrame, since: str, year: str) -> str:
    """The year of a map's figures, with the year that all of them count from where there is one."""
    starts = rows[since].drop_nulls().unique().to_list() if since in rows.columns else []
    return f"{starts[0]}–{year}" if len(starts) == 1 else year


def _drawn(site: Site, rows: pl.DataFrame, indicator: Indicator, language: Language, address: str) -> str:
    labels = place_labels(site, language)
    unit = site.workspace.schemas[indicator.table][indicator.column].unit
    schema = site.workspace.schemas[indicator.table]
    areas = []
    for row in rows.iter_rows(named=True):
        figure = site.workspace.cell(schema, indicator.column, row)
        words = (
            ABSENT[figure.absent][language]
            if figure.absent
            else with_unit(row[indicator.column], unit, language)
        )
        if not figure.absent and figure.basis != "observed":
            words += f" ({BASIS[figure.basis][language]})"
        label = labels[row["place"]]
        target = relative(f"{language}/{address}", label.target or "")
        areas.append(Area(row["place"], label.text, target, figure.value, words))
    return choropleth(site.atlas, areas, indicator.classes, indicator.title[language])


def _inline(view: View, language: Language, address: str) -> Callable[[Site, str], str]:
    def draw(site: Site, name: str) -> str:
        return _drawn(site, view.frame, site.followup.indicators[name], language, address)

    return draw


def study_index(site: Site, language: Language) -> Page:
    """All studies with their questions."""
    return Page("studies.html", WORDS["studies"][language], {"found": study_texts(studies)})


def _study_of(site: Site, table: str) -> str | None:
    module = site.workspace.steps[table].module
    return next((name for name in study_texts(studies) if module.endswith(f".studies.{name}")), None)


def _study_page(site: Site, language: Language, name: str) -> Page:
    text: StudyText = study_texts(studies)[name]
    tables = {
        table: schema for table, schema in site.workspace.schemas.items() if _study_of(site, table) == name
    }
    used = [found for found in site.followup.indicators if site.followup.indicators[found].table in tables]
    page = Page("study.html", text.title[language])
    page.context = {"text": text, "tables": tables, "used": used, "indicators": site.followup.indicators}
    if "growth" in tables:
        codes = site.workspace.table("places").filter(pl.col("kind") == "municipality")["place"].to_list()
        page.views["municipalities"] = _compared_view(site, language, "municipalities", codes)
    views, more = functional.study_views(site, language, name) if tables else ([], {})
    views += access.study_views(site, language, name)
    page.context["timetables"] = access.rested_on(site, language, next(reversed(tables))) if tables else []
    page.context["plain"] = [*page.views, *(view.name for view in views)]
    page.views |= {view.name: view for view in views}
    page.views |= {view.name: view for view in more.values() if isinstance(view, View)}
    page.context |= {"answers": [], "matrix": None, "area_maps": None, "tree": None} | more
    return page


def catalogue(site: Site, language: Language) -> Page:
    """Every table, and those that are not made for want of raw files."""
    layers: dict[str, list[str]] = {"studies": [], "facts": []}
    for table in site.workspace.schemas:
        layers["facts" if _study_of(site, table) is None else "studies"].append(table)
    context = {"layers": layers, "schemas": site.workspace.schemas, "lacking": site.workspace.lacking}
    context |= {"files": exports.portal_files(site, language)}
    return Page("catalogue.html", WORDS["data"][language], context)


def _data_page(site: Site, language: Language, table: str) -> Page:
    schema = site.workspace.schemas[table]
    frame = site.workspace.table(table)
    names = [column.name for column in schema.columns]
    view = View(table, schema.title[language], site.workspace, schema, frame, names, language)
    binary = [column.name for column in schema.columns if column.dtype == pl.Binary]
    shown = [name for name in names if name not in binary]
    first = View(
        "first", schema.title[language], site.workspace, schema, frame.head(ROWS_SHOWN), shown, language
    )
    page = Page(
        "data.html",
        schema.title[language],
        {"schema": schema, "first": first, "more": frame.height > ROWS_SHOWN},
    )
    page.views[table] = view
    return page


def _trace_page(site: Site, language: Language, table: str) -> Page:
    workspace = site.workspace
    context = {
        "schema": workspace.schemas[table],
        "schemas": workspace.schemas,
        "records": workspace.trace(table),
        "origins": workspace.origins(table),
    }
    return Page(
        "trace.html", f"{WORDS['trace'][language]}: {workspace.schemas[table].title[language]}", context
    )


def about(site: Site, language: Language) -> Page:
    """What the portal is, and who stands behind it."""
    counties = site.workspace.table("counties")
    names = dict(zip(counties["county"], counties[f"name_{language}"], strict=True))
    regions = sorted((member.region, names[code]) for code, member in site.workspace.group.counties.items())
    return Page(f"about.{language}.html", WORDS["about"][language], {"regions": regions})


def accessibility(site: Site, language: Language) -> Page:
    """The accessibility statement."""
    title = Text("Tillgänglighetsredogörelse", "Accessibility statement")[language]
    return Page(f"accessibility.{language}.html", title)
