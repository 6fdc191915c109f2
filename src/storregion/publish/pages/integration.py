"""One common market: the study's page with its pairs side by side, and the section of nodes and counties."""

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import place_labels
from storregion.publish.map_layers import Layer, Shown, graded
from storregion.publish.parts import Section, StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label
from storregion.publish.words import WORDS

SIDES = ("work", "education", "homes", "moves")
KINDS = ("county", "node")
CONCLUSIONS = {
    "one_market": "market_one",
    "several": "market_several",
    "parts": "market_parts",
    "too_little": "market_too_little",
}


class SideLayer(NamedTuple):
    """What a side shows of every municipality: a column, its rows, and the limits of its classes."""

    table: str
    by: str
    column: str
    classes: tuple[float, ...]
    where: Mapping[str, int] = MappingProxyType({})


LAYERS = {
    "work": SideLayer("labour_market_areas", "municipality", "out_share", (0.2, 0.35, 0.5, 0.65)),
    "education": SideLayer(
        "education_reach",
        "place",
        "students",
        (1_000, 10_000, 50_000, 100_000),
        MappingProxyType({"limit": 60}),
    ),
    "homes": SideLayer("housing", "municipality", "house_price_sek", (2e6, 3e6, 4e6, 6e6)),
}
_SHADES = {"strong": "shade4", "as_expected": "shade1", "partly": "shade2", "weak": "shade5"}


def map_layers(site: Site, language: Language) -> Iterator[Layer]:
    """The three markets on one map: what is shown is chosen among those that the group has."""
    choices = [
        (side, WORDS[f"code_{side}"][language])
        for side, layer in LAYERS.items()
        if layer.table in site.workspace.steps and site.workspace.table(layer.table).height
    ]
    if choices:
        title, choice_of = WORDS["market_layer"][language], WORDS["market_layer_of"][language]
        yield Layer("market", title, partial(_layer, site, language), choices, choice_of, rank=5)


def _layer(site: Site, language: Language, side: str) -> Shown:
    """Every municipality by one side of the market, in the latest year."""
    layer = LAYERS[side]
    rows = site.workspace.table(layer.table)
    rows = rows.filter(**layer.where) if layer.where else rows
    if "year" in rows.columns:
        rows = rows.filter(pl.col("year") == pl.col("year").max())
    rows = rows.filter(pl.col(layer.by).is_in([code for code in site.atlas.shapes if len(code) == 4]))
    title = WORDS[f"market_layer_{side}"][language]
    if "year" in rows.columns and rows.height:
        title = f"{title}, {rows['year'][0]!s}"
    source = (site.workspace, layer.table, rows.sort(layer.column, layer.by, descending=[True, False]))
    view = view_of(site, language, "map", title, source, columns=(layer.by, layer.column))
    fills, keys = graded(view, layer.by, layer.column, layer.classes)
    return Shown(view, WORDS[f"market_layer_{side}_lead"][language], fills, keys)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On the page of a node or county: its rank, and its pairs in every side."""
    place = row["place"]
    if row["kind"] not in KINDS or not _there(site):
        return []
    ranked = site.workspace.table("market_ranking").filter(kind=row["kind"])
    own, schema = ranked.filter(place=place), site.workspace.schemas["market_ranking"]
    pairs = _pairs_of(site.workspace.table("market_sides"), place).drop_nulls("verdict")
    if pairs.is_empty():
        return []
    view = view_of(
        site,
        language,
        "market-sides",
        WORDS["market_title"][language],
        (site.workspace, "market_sides", pairs.sort("side", "value", descending=[False, True])),
        columns=("place", "other_place", "side", "year", "value", "value_low", "value_high", "verdict"),
    )
    figures = [
        {name: site.workspace.cell(schema, name, found) for name in ("rank", "rank_low", "rank_high")}
        for found in own.iter_rows(named=True)
    ]
    labels = place_labels(site, language)
    context = {
        "name": labels[place].text,
        "ranked": figures,
        "many": f"{ranked.height}",
        "between": WORDS[f"market_between_{row['kind']}"][language],
        "strong": [
            (WORDS[f"code_{side}"][language], found)
            for side in SIDES
            if (found := _strong_with(pairs, place, side, language, labels))
        ],
    }
    return [Section("market", WORDS["market_title"][language], [view], "place_market.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """What is one market in words, every pair side by side, and the tables."""
    if not _there(site):
        return StudyPart()
    workspace = site.workspace
    tables = [
        view_of(
            site,
            language,
            name.removeprefix("market_"),
            workspace.schemas[name].title[language],
            (workspace, name, workspace.table(name)),
            labels=_kinds(language),
        )
        for name in ("market_state", "market_pairs", "market_sides", "market_moves")
        if name != "market_moves" or workspace.table(name).height
    ]
    legend = [(shade, WORDS[f"code_{name}"][language]) for name, shade in _SHADES.items()]
    context = {
        "said": said(site, language),
        "grids": [(kind, _grids(site, language, kind)) for kind in KINDS],
        "legend": [*legend, ("unjudged", WORDS["code_not_judged"][language])],
    }
    return StudyPart(tables, (), "study_integration.html", (), context)


def said(site: Site, language: Language) -> list[tuple[str, dict[str, Any]]]:
    """Sentences on what the nodes, and the counties, are one market in: the counties first."""
    state = site.workspace.table("market_state")
    group = site.workspace.group.short[language]
    alone: list[tuple[str, dict[str, Any]]] = []
    if site.workspace.table("market_moves").is_empty():
        alone, state = [("market_moves_estimated", {})], state.filter(pl.col("side") != "moves")
    return [
        (
            words,
            {
                "group": group,
                "between": WORDS[f"market_between_{kind}"][language],
                "sides": listed([WORDS[f"code_{side}"][language] for side in sides], language),
            },
        )
        for kind in KINDS
        for conclusion, words in CONCLUSIONS.items()
        if (sides := state.filter(kind=kind, conclusion=conclusion)["side"].to_list())
    ] + alone


def listed(names: list[str], language: Language) -> str:
    """Names as a sentence lists them."""
    both = {"sv": "och", "en": "and"}[language]
    return f" {both} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _there(site: Site) -> bool:
    return "market_sides" in site.workspace.steps and site.workspace.table("market_sides").height > 0


def _kinds(language: Language) -> dict[str, dict[str, Label]]:
    """The words for kinds of places."""
    return {"kind": {kind: Label(WORDS[f"kind_{kind}"][language]) for kind in KINDS}}


def _pairs_of(rows: pl.DataFrame, place: str) -> pl.DataFrame:
    """The pairs that a place is part of."""
    return rows.filter((pl.col("place") == place) | (pl.col("other_place") == place))


def _strong_with(
    pairs: pl.DataFrame, place: str, side: str, language: Language, labels: Mapping[str, Label]
) -> str:
    """The places that a place is strongly tied to in a side, in words; the three strongest of many."""
    strong = pairs.filter(side=side, verdict="strong").sort("value", "other_place", descending=[True, False])
    others = [two if one == place else one for one, two in strong.select("place", "other_place").iter_rows()]
    return listed([labels[code].text for code in others[:3]], language)


def _grids(site: Site, language: Language, kind: str) -> list[dict[str, Any]]:
    """A triangle of cells for each side: the places as numbered rows, and how strong each pair is."""
    workspace, labels = site.workspace, place_labels(site, language)
    own = workspace.table("places").filter(kind=kind).select("place")
    rows = workspace.table("market_sides").join(own, on="place", how="semi")
    ends = set(rows["place"]) | set(rows["other_place"])
    codes = sorted(ends, key=lambda code: alphabetical(labels[code].text))
    found = []
    for side in SIDES:
        judged = {
            frozenset((one, two)): verdict
            for one, two, verdict in rows.filter(side=side)
            .select("place", "other_place", "verdict")
            .iter_rows()
        }
        lines = []
        for at, one in enumerate(codes):
            pairs = [(judged.get(frozenset((one, two))), labels[two].text) for two in codes[:at]]
            lines.append((f"{at + 1}", labels[one], [_cell(*pair, language) for pair in pairs]))
        found.append({"title": WORDS[f"code_{side}"][language], "lines": lines})
    return found


def _cell(verdict: str | None, other: str, language: Language) -> tuple[str, str, str]:
    """The class of a cell, the other place, and how strong the pair is in words."""
    return _SHADES.get(verdict or "", "unjudged"), other, WORDS[f"code_{verdict or 'not_judged'}"][language]
