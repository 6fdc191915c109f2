"""What pages and reports of links outward share: a place's journeys, and what is said of them."""

from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import code_labels, target_labels
from storregion.publish.reports.wording import listed
from storregion.publish.site import Site


def there(site: Site) -> bool:
    """Whether the group has a register of links outward, and a timetable."""
    return "outward_group" in site.workspace.steps and site.workspace.table("outward_group").height > 0


def rows_of(site: Site, place: str) -> pl.DataFrame:
    """The journeys of a place with the kind of target, capital and cities first; none without a register.

    Parameters
    ----------
    site : where they are read.
    place : a node or a municipality; other places have none.
    """
    if not there(site):
        return pl.DataFrame()
    kinds = site.workspace.table("outward_targets").select("target", "kind")
    rows = site.workspace.table("outward_times").filter(place=place)
    return rows.join(kinds, on="target", maintain_order="left").sort("kind", "typical", nulls_last=True)


def sentences(site: Site, language: Language, place: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """What is said of a place: the names of words with what is set into them; nothing where it has no rows.

    Parameters
    ----------
    site, language : of the page or report.
    place, name : the node or municipality, and what it is called.
    """
    rows = rows_of(site, place)
    if rows.is_empty():
        return []
    rows, labels = rows.sort("typical", "target", nulls_last=True), target_labels(site, language)
    if rows["times_absent"].eq_missing("missing").all():
        return [("outward_unserved", {"place": name})]
    cities = rows.filter(pl.col("kind") == "city", pl.col("day_trip").is_not_null())
    within, beyond = (
        listed([labels[code].text for code in cities.filter(day_trip=how)["target"]], language)
        for how in ("yes", "no")
    )
    parts = {"place": name, "targets": within, "stay": _assumed(site, "stay_minutes")}
    found: list[tuple[str, dict[str, Any]]] = []
    if within:
        found.append(("outward_reached", parts))
        found.append(("outward_not_reached", {"targets": beyond}) if beyond else ("outward_all_reached", {}))
    elif beyond:
        found.append(("outward_none_reached", {"place": name, "targets": beyond}))
    standards = code_labels(language)["standard"]
    for one in rows.drop_nulls("standard").iter_rows(named=True):
        target = labels[one["target"]].text
        found.append(("outward_standard", {"target": target, "standard": standards[one["standard"]].text}))
    return found


def _assumed(site: Site, name: str) -> str:
    """An assumption of the times in hours, as words."""
    value = site.workspace.record("outward_times").assumptions[name]
    return f"{float(str(value)) / 60:g} h"
