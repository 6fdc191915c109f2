"""The section on the labour market."""

import polars as pl

from storregion.core.language import alphabetical
from storregion.publish.reports.commuting import catchment_share, same_number
from storregion.publish.reports.model import Block, Paragraph, Section, Sentence, table_of
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, word
from storregion.publish.travel import means

AHEAD = 2040
"""The year that jobs are said of."""


def market(it: Subject) -> list[Sentence]:
    """How many work in another municipality, and the labour market area."""
    if it.kind != "municipality" or not it.there("labour_market_areas"):
        return []
    rows = it.workspace.table("labour_market_areas").filter(municipality=it.code).sort("year")
    if rows.is_empty():
        return []
    row = rows.row(-1, named=True)
    year, share, largest = (
        it.cell("labour_market_areas", name, row) for name in ("year", "out_share", "out_share_largest")
    )
    goal = it.labels["largest_destination"][row["largest_destination"]].text
    # The same share stands among the commuters to nodes, as the estimate that it is part of.
    same = catchment_share(it, row["largest_destination"])
    if same_number(same, largest):
        largest = same or largest
    return [
        said("out_share", it.language, place=it.name, year=year, share=share),
        said("largest", it.language, destination=goal, largest=largest),
        said("la", it.language, area=row["la_name"]),
    ]


def remote(it: Subject) -> list[Sentence]:
    """How many work at home, the trips that are not made, and what could be done from home."""
    if not it.there("remote_effect", "remote_potential"):
        return []
    found = []
    effect = it.workspace.table("remote_effect").filter(
        pl.col("remote_share") > 0, place=it.code, response="weak"
    )
    for row in effect.iter_rows(named=True):
        parts = {name: it.cell("remote_effect", name, row) for name in ("remote_share", "avoided_share")}
        found.append(said("remote", it.language, place=it.name, **parts))
    possible = it.workspace.table("remote_potential").filter(place=it.code, side="residents")
    for row in possible.iter_rows(named=True):
        parts = {name: it.cell("remote_potential", name, row) for name in ("share_low", "share_high")}
        found.append(said("remote_possible", it.language, **parts))
    return found


def reached(it: Subject) -> list[Sentence]:
    """How many jobs half of those who live in the place's localities reach within an hour."""
    if not it.there("job_reach_places"):
        return []
    rows = it.workspace.table("job_reach_places").filter(place=it.code, limit=60)
    by = {"place": it.name, "means": means(it.site, it.language)}
    names = ("median_jobs", "unserved")
    return [
        said(
            "job_reach", it.language, **by, **{name: it.cell("job_reach_places", name, row) for name in names}
        )
        for row in rows.iter_rows(named=True)
    ]


def counties(it: Subject) -> list[Sentence]:
    """Where a county's employed work, and how much it is part of the common market."""
    if it.kind != "county" or not it.there("county_exchange"):
        return []
    found = []
    for row in it.latest("county_exchange").filter(place=it.code).iter_rows(named=True):
        names = ("group_share", "rest_share", "year")
        parts = {name: it.cell("county_exchange", name, row) for name in names}
        found.append(said("counties", it.language, place=it.name, group=it.group, **parts))
    if it.there("market_ranking"):
        ranked = it.workspace.table("market_ranking").filter(kind="county")
        for row in ranked.filter(place=it.code).iter_rows(named=True):
            parts = {name: it.cell("market_ranking", name, row) for name in ("rank", "rank_low", "rank_high")}
            found.append(said("market", it.language, place=it.name, many=f"{ranked.height}", **parts))
    return found


def ahead(it: Subject) -> list[Sentence]:
    """How many jobs are expected, and how many of those who live there at work."""
    if not it.there("employment"):
        return []
    rows = it.workspace.table("employment").filter(place=it.code, year=AHEAD)
    names = ("year", "jobs", "at_least", "at_most", "employed_residents")
    return [
        said(
            "jobs_ahead",
            it.language,
            place=it.name,
            **{name: it.cell("employment", name, row) for name in names},
        )
        for row in rows.iter_rows(named=True)
    ]


def sections(it: Subject) -> list[Section]:
    """Jobs to come, commuting across the border, and the labour market area, where there are tables."""
    if not it.there("labour_market_areas"):
        return []
    blocks: list[Block] = [Paragraph(tuple(jobs))] if (jobs := ahead(it)) else []
    columns: tuple[str, ...] = ("la_name", "out_share", "largest_destination", "out_share_largest")
    if it.kind == "municipality":
        sentences = market(it)
        if it.there("labour_markets"):
            rows = it.workspace.table("labour_markets").filter(municipality=it.code, rule="la", moved="yes")
            sentences += [
                said("la_moved", it.language, year=it.cell("labour_markets", "year", row))
                for row in rows.sort("year").iter_rows(named=True)
            ]
        blocks.append(Paragraph(tuple(sentences)))
        rows = it.workspace.table("labour_market_areas").filter(municipality=it.code).sort("year")
        title = word("table_la", it.language, place=it.name)
        columns = ("year", *columns)
    else:
        rows = it.latest("labour_market_areas").filter(pl.col("municipality").is_in(it.members))
        order = {c: at for at, c in enumerate(sorted(it.members, key=lambda c: alphabetical(it.names[c])))}
        rows = rows.sort(pl.col("municipality").replace_strict(order, return_dtype=pl.Int64))
        year = str(rows["year"].max())
        title = word("table_la_inner", it.language, place=it.name, year=year)
        columns = ("municipality", *columns)
    if about := [*counties(it), *reached(it)]:
        blocks.append(Paragraph(tuple(about)))
    if about := remote(it):
        blocks.append(Paragraph(tuple(about)))
    note = said("largest_note", it.language)
    blocks.append(table_of(it.view("labour_market_areas", title, rows, columns), note=note))
    return [Section("labour", word("labour", it.language), tuple(blocks))]
