"""The section on population and growth."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import alphabetical
from storregion.publish.numbers import ABSENT
from storregion.publish.pictures import charts
from storregion.publish.reports.model import (
    Block,
    Drawing,
    Paragraph,
    Part,
    Section,
    Sentence,
    Table,
    table_of,
)
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, unsigned, word


def growth_row(it: Subject) -> dict[str, Any]:
    """The place's latest row of growth."""
    return it.workspace.table("growth").filter(place=it.code).sort("year").row(-1, named=True)


def level(it: Subject, row: dict[str, Any]) -> list[Sentence]:
    """How many live in the place, and how that has changed."""
    f = {
        column.name: it.cell("growth", column.name, row)
        for column in it.workspace.schemas["growth"].columns
        if column.numeric
    }
    found = []
    if f["persons"].value is not None:
        found.append(said("level", it.language, place=it.name, persons=f["persons"], year=f["year"]))
    change = f["base_change"].value
    if change is None:
        reason = ABSENT[f["base_change"].absent or "missing"][it.language]
        return [*found, said("missing", it.language, place=it.name, reason=reason)]
    ends: dict[str, Part] = {"place": it.name, "from_year": f["base_year"], "to_year": f["year"]}
    if change == 0:
        return [*found, said("same", it.language, **ends)]
    name = "rise" if change > 0 else "fall"
    parts = ends | {"change": f["base_change"], "percent": f["base_percent"]}
    found.append(unsigned(name, it.language, **parts))
    found.append(said("growth_pace", it.language, annual=f["base_annual_percent"]))
    full = it.workspace.group.name[it.language]
    if f["growth_share"].value is not None and change > 0:
        found.append(said("share_of_growth", it.language, share=f["growth_share"], group=full))
    rest, own = f["rest_annual_percent"].value, f["base_annual_percent"].value
    if rest is not None and own is not None:
        rate: dict[str, Part] = {"group": full, "rest": f["rest_annual_percent"]}
        if rest < 0:
            return [*found, unsigned("against_rest_fell", it.language, **rate)]
        verdict = "more" if own > rest else "less" if own < rest else "same"
        found.append(said(f"against_rest_{verdict}", it.language, **rate))
    return found


def sections(it: Subject) -> list[Section]:
    """Population, growth and ages, beside the larger places that the place is part of."""
    row = growth_row(it)
    blocks: list[Block] = [Paragraph(tuple(level(it, row)))]
    if it.there("age_structure"):
        blocks.append(Paragraph((ages(it),)))
    blocks.append(_population_chart(it))
    places = it.workspace.table("places")
    kinds = ("nodes", "rest", "group", "country")
    wide = [place for kind in kinds for place in places.filter(kind=kind)["place"]]
    columns = ("place", "persons", "base_year", "base_change", "base_percent", "base_annual_percent")
    title = word("table_growth", it.language, place=it.name, year=str(row["year"]))
    blocks.append(_growth_table(it, title, [it.code, it.county, *wide], columns))
    if it.kind == "county":
        inner = sorted(it.members, key=lambda code: alphabetical(it.names[code]))
        title = word("table_growth_inner", it.language, place=it.name, year=str(row["year"]))
        blocks.append(_growth_table(it, title, inner, columns))
    return [Section("growth", word("growth", it.language), tuple(blocks))]


def _growth_table(it: Subject, title: str, chosen: Iterable[str], columns: tuple[str, ...]) -> Table:
    order = {code: at for at, code in enumerate(dict.fromkeys(chosen))}
    rows = it.latest("growth").filter(pl.col("place").is_in(list(order)))
    rows = rows.sort(pl.col("place").replace_strict(order, return_dtype=pl.Int64))
    return table_of(it.view("growth", title, rows, columns))


def ages(it: Subject) -> Sentence:
    """The shares of young and old in the latest year that has them; why there are none."""
    found = it.workspace.table("age_structure").filter(place=it.code).sort("year")
    known = found.filter(pl.col("shares_absent").is_null())
    row = (known if known.height else found).row(-1, named=True)
    if not known.height:
        return said("ages_missing", it.language, reason=ABSENT[row["shares_absent"]][it.language])
    columns = {"year": "year", "young": "share_0_19", "old": "share_75_plus"}
    parts = {name: it.cell("age_structure", column, row) for name, column in columns.items()}
    return said("ages_sentence", it.language, **parts)


def _population_chart(it: Subject) -> Drawing:
    rows = it.workspace.table("growth").filter(place=it.code).sort("year")
    points = [
        {"year": row["year"], "value": row["persons"], "series": it.name}
        for row in rows.iter_rows(named=True)
    ]
    title = word("population_title", it.language)
    spec = charts.lines(points, y=word("population_axis", it.language), unit=",.0f", width=680)
    caption = f"{title}: {it.name}"
    alt = word("chart_alt", it.language, title=title, place=it.name).partition(". ")[0] + "."
    return Drawing("population", partial(charts.svg, spec, it.language), alt, caption, "most")
