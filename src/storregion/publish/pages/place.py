"""One place: population, ages, where it lies, and the sections that other modules bring."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import place_labels, slug, sorted_labels
from storregion.publish.numbers import scaled
from storregion.publish.pages.growth import compared_view
from storregion.publish.parts import Findable, Page, Tile
from storregion.publish.pictures import charts
from storregion.publish.pictures.maps import locator
from storregion.publish.reports.files import beside_page
from storregion.publish.reports.wording import link
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """A page for every place."""
    rows = site.workspace.table("places").iter_rows(named=True)
    return {f"place/{row['place']}/": partial(place_page, row=row) for row in rows}


def aliases(site: Site) -> dict[str, str]:
    """The address of a municipality or county by its name: `place/jonkoping/` leads to `place/0680/`."""
    rows = site.workspace.table("places")
    taken = {f"place/{code}/" for code in rows["place"]}
    found: dict[str, str] = {}
    for kind in ("municipality", "county"):
        for row in rows.filter(kind=kind).iter_rows(named=True):
            found.setdefault(f"place/{slug(row['name_sv'])}/", f"place/{row['place']}/")
    return {alias: target for alias, target in found.items() if alias not in taken}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every place by its name, in both languages, its code, and that of the region that plans it."""
    own = site.workspace.group.counties
    weights = {"municipality": 1.0, "node": 0.9, "county": 0.5, "group": 0.8}
    for row in site.workspace.table("places").iter_rows(named=True):
        name, kind = row[f"name_{language}"], row["kind"]
        also = f"{row['name_sv']} {row['name_en']} {row['place']}"
        if kind == "county":
            also += f" {site.workspace.group.counties[row['place']].region}" if row["place"] in own else ""
        weight = weights.get(kind, 0.3)
        about = f"{WORDS[f'kind_{kind}'][language]} {WORDS['place_topics'][language]}"
        address = f"place/{row['place']}/"
        yield Findable(name[:1].upper() + name[1:], f"kind_{kind}", address, also, weight, about)


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """How many live there, and how many more than in the first year that can be compared."""
    rows = site.workspace.table("growth").filter(place=row["place"]).sort("year")
    last, schema = rows.row(-1, named=True), site.workspace.schemas["growth"]
    found = {
        name: site.workspace.cell(schema, name, last)
        for name in ("persons", "year", "base_change", "base_year")
    }
    if found["persons"].value is not None:
        change = found["base_change"].value
        words = "tile_people" if change is None else "tile_more" if change >= 0 else "tile_fewer"
        yield Tile(found["persons"], words, found, rank=1)


def place_page(site: Site, language: Language, row: Mapping[str, Any]) -> Page:
    """One place.

    Parameters
    ----------
    site, language : of the page.
    row : the place's in the table `places`.
    """
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
        "report_link": link(language),
        "slides": "pptx" in beside_page(site, code),
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
    page.context["tiles"] = site.tiles(language, row)
    sections = [found for make in site.parts.sections for found in make(site, language, row)]
    page.views |= {view.name: view for section in sections for view in section.views}
    page.context |= {"sections": sections, "inner": None}
    if (inner := _inner(site, row)) is not None:
        page.views["compared"] = compared_view(site, language, "compared", inner)
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
        found += sorted_labels([labels[member] for member in members])
    if row["kind"] == "county":
        nodes = workspace.table("places").filter(kind="node", county=row["place"])["place"]
        found += sorted_labels([labels[node] for node in nodes])
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

    picture = charts.pictured(language, title, name, spec)
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
            "value": scaled(row[column], "share"),
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
        picture=charts.pictured(language, title, name, spec),
    )
