"""All places, by county and by alphabet."""

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import place_labels, sorted_labels
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """The list of places."""
    return {"place/": places}


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
        ((labels[code], sorted_labels(found)) for code, found in inside.items()),
        key=lambda pair: alphabetical(pair[0].text),
    )
    whole = [label for kind in ("group", "country", "nodes", "rest") for label in kinds.get(kind, [])]
    context = {"whole": whole, "nodes": sorted_labels(kinds.get("node", [])), "counties": counties}
    return Page("places.html", WORDS["places"][language], context)
