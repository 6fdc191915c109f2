"""Läget: the goal, the group in figures, one map with a choice of layers, and how each focus area stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.map_layers import Layer
from storregion.publish.map_layers import Shown as ShownLayer
from storregion.publish.pages.followup import Standing, standing
from storregion.publish.parts import Page
from storregion.publish.pictures.maps import Area, alone, standalone
from storregion.publish.pictures.overview import Town, overview
from storregion.publish.pictures.sparkline import sparkline
from storregion.publish.rendering import relative
from storregion.publish.reports.wording import link
from storregion.publish.shapes import geojson, main_towns
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.view import Label, Picture, View
from storregion.publish.words import WORDS
from storregion.strategy import followup


@dataclass(frozen=True)
class Row:
    """A focus area with an indicator that follows it, or with the reason why none does."""

    focus: Label
    first: bool
    standing: Standing | None = None
    spark: str = ""
    missing: str = ""


def addresses(site: Site) -> dict[str, Maker]:
    """The start page."""
    return {"": start}


def forms(site: Site) -> dict[str, FormMaker]:
    """The start page with another layer of its map."""
    return {"": start}


def start(site: Site, language: Language, query: Query | None = None) -> Page:
    """The goal, the group in figures, the map and the focus areas.

    Parameters
    ----------
    site, language : of the page.
    query : the fields `layer` and, by the layer's name, what is chosen of it; each has a default.
    """
    latest = site.strategy.latest
    # Another layer leaves the rest of the page as it is.
    usual = site.page(language, "").context if query else {}
    page = Page("start.html", WORDS["start"][language])
    page.context = {
        "live": site.live,
        "state_link": link(language, "state"),
        "edition": latest,
        "tiles": usual.get("tiles") or site.tiles(language, _own(site)),
        "rows": usual.get("rows") or list(_rows(site, language)),
        "unknown": [],
        "layers": [],
    }
    layers = sorted((found for make in site.parts.layers for found in make(site, language)), key=_rank)
    if layers:
        _mapped(site, language, page, layers, query or {})
    return page


def _own(site: Site) -> dict[str, Any]:
    """The row of the group in the table of places."""
    return site.workspace.table("places").filter(place=site.workspace.group.code).row(0, named=True)


def _rank(layer: Layer) -> int:
    return layer.rank


def _rows(site: Site, language: Language) -> Iterator[Row]:
    """The goal and every focus area of the latest edition, once for each indicator that follows it."""
    edition = site.strategy.latest
    if edition is None:
        return
    labels = {name: focus.label[language] for name, focus in edition.focus.items()}
    goal = {"goal": WORDS["overall_goal"][language]} if edition.goal else {}
    for name, text in (goal | labels).items():
        element = f"{edition.year}/{name}"
        label = Label(text, f"{language}/strategy/{edition.year}/#{name}")
        found = site.followup.of(element)
        if not found:
            reason = site.followup.not_yet.get(element)
            yield Row(label, first=True, missing=(reason or WORDS["no_reason"])[language])
        for at, indicator in enumerate(found):
            yield _followed(site, language, Row(label, at == 0), indicator)


def _followed(site: Site, language: Language, row: Row, name: str) -> Row:
    one = standing(site, language, name)
    points = followup.points(one.indicator, site.workspace)
    trend = f"{WORDS['trend'][language]}: {one.trend}"
    spark = sparkline(points, one.figure.unit, language, trend) if points else ""
    gaps = {
        "target": one.target is None,
        "wanted": one.indicator.wanted == "undecided",
        "baseline": one.indicator.baseline is None,
    }
    missing = ", ".join(WORDS[name][language].lower() for name, gap in gaps.items() if gap)
    return Row(row.focus, row.first, one, spark, missing)


def _mapped(site: Site, language: Language, page: Page, layers: list[Layer], query: Query) -> None:
    """Put the map of the layer that is asked for on the page, and beside it what its script reads."""
    asked = {name: values[-1].strip() for name, values in query.items() if values}
    named = {layer.name: layer for layer in layers}
    layer = named.get(asked.get("layer", ""), layers[0])
    known = {it.name: dict(it.choices) for it in layers}
    chosen = {
        it.name: asked.get(it.name)
        if asked.get(it.name) in known[it.name]
        else next(iter(known[it.name]), "")
        for it in layers
    }
    wrong = [asked[name] for name in known if asked.get(name) and asked[name] not in known[name]]
    if asked.get("layer") and asked["layer"] not in named:
        wrong.append(asked["layer"])
    shown = layer.paint(chosen[layer.name] or "")
    page.views["map"] = _view(site, language, shown)
    page.extra = {"areas.geojson": ("application/geo+json", partial(geojson, site, language))}
    page.extra |= {
        f"{_file(it, code)}.json": ("application/json", partial(_data, site, language, it, code))
        for it in layers
        for code in [code for code, _ in it.choices] or [""]
    }
    default = layer is layers[0] and not layer.choices
    page.context |= {
        "unknown": [what[:80] for what in wrong],
        "layers": layers,
        "layer": layer,
        "chosen": chosen,
        "shown": shown,
        "svg": _drawn(site, language, shown),
        "query": "" if default else _query(layer, chosen[layer.name] or ""),
    }


def _file(layer: Layer, code: str) -> str:
    return f"layer-{layer.name}-{code}" if code else f"layer-{layer.name}"


def _query(layer: Layer, code: str) -> str:
    return f"?layer={layer.name}" + (f"&{layer.name}={code}" if code else "")


def _view(site: Site, language: Language, shown: ShownLayer) -> View:
    """The view of a layer with the map as its picture."""

    def draw(width: int) -> str:
        return alone(site.atlas, _drawn(site, language, shown), shown.keys, shown.view.title)

    def bare(width: int) -> str:
        return standalone(_drawn(site, language, shown))

    subtitle = shown.view.shown[-1].label[language]
    picture = Picture(shown.view.title, draw, subtitle=subtitle, keys=shown.keys, bare=bare)
    return replace(shown.view, picture=picture)


def _drawn(site: Site, language: Language, shown: ShownLayer) -> str:
    """The map of a layer, each municipality a link."""
    labels = place_labels(site, language)
    codes = site.workspace.table("places").filter(kind="municipality")["place"]
    absent = (None, WORDS["no_value"][language])
    areas, fills = [], []
    for code in codes:
        colour, words = shown.fills.get(code, absent)
        target = relative(f"{language}/", labels[code].target or "")
        areas.append(Area(code, labels[code].text, target, None, words))
        fills.append(colour)
    return overview(site.atlas, areas, fills, _towns(site), shown.view.title)


def _towns(site: Site) -> list[Town]:
    """The nodes, those in the largest municipalities first."""
    where = {code: Town(name, x, y) for code, name, x, y in site.atlas.nodes}
    return [where[code] for code in main_towns(site)["node"]]


def _data(site: Site, language: Language, layer: Layer, code: str) -> bytes:
    """A layer for the script of the map: title, what is said of it, and colour and words by municipality."""
    shown = layer.paint(code)
    about: dict[str, Any] = {
        "live": site.live,
        "page": Page("start_layer.html", shown.view.title, views={"map": shown.view}),
        "shown": shown,
        "query": _query(layer, code),
    }
    found = {
        "title": shown.view.title,
        "lead": str(shown.lead),
        "about": site.render("start_layer.html", language, f"{language}/", **about),
        "fills": shown.fills,
        "absent": WORDS["no_value"][language],
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
