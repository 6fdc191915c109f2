"""Similar municipalities: on a municipality's page, and all of them on the study's."""

from collections.abc import Iterator, Mapping
from typing import Any

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import code_labels, hub_name, municipality_labels
from storregion.publish.parts import Measured, Section, StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.studies import similar

TABLE, TRAITS = "similar_municipalities", "municipality_traits"
_MEASURES = (
    "growth.persons",
    "growth.base_annual_percent",
    "labour_market_areas.out_share",
    f"{TRAITS}.hub_minutes",
)
"""What municipalities are alike in, by the names that the comparison has for it."""


def study(site: Site, language: Language) -> StudyPart:
    """The most similar ones of every municipality, and what they are compared by."""
    names = (TABLE, TRAITS)
    return StudyPart(
        [
            view_of(
                site,
                language,
                name,
                site.workspace.schemas[name].title[language],
                (site.workspace, name, site.workspace.table(name)),
                labels={"other": dict(municipality_labels(site, language))},
            )
            for name in names
        ]
    )


def measured(site: Site) -> Iterator[Measured]:
    """The travel time to the hub."""
    yield Measured(TRAITS, "hub_minutes", words="measure_hub")


def similar_to(site: Site, municipality: str) -> list[dict[str, Any]]:
    """The rows of the municipalities most like one, the most similar first; none where none are known."""
    if TABLE not in site.workspace.steps:
        return []
    rows = site.workspace.table(TABLE).filter(municipality=municipality).sort("rank")
    return list(rows.iter_rows(named=True))


def comparison(codes: list[str]) -> str:
    """The address that compares some municipalities in what makes them alike."""
    return "compare/?" + "&".join([*(f"place={it}" for it in codes), *(f"measure={it}" for it in _MEASURES)])


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """Those most like a municipality, with every measure of each."""
    found = similar_to(site, row["place"]) if row["kind"] == "municipality" else []
    if not found:
        return []
    codes = [row["place"], *(one["other"] for one in found)]
    labels = municipality_labels(site, language)
    apart = code_labels(language)["most_apart"]
    reasons = [Label("–"), *(apart[one["most_apart"]] for one in found)]
    rows = site.workspace.table(TABLE).filter(municipality=row["place"]).sort("rank")
    view = view_of(
        site,
        language,
        "similar",
        WORDS["similar"][language],
        (site.workspace, TABLE, rows),
        labels={"other": labels},
    )
    growth = site.workspace.table("growth").filter(place=row["place"]).sort("year").row(-1, named=True)
    context = {
        "nearest": [labels[code] for code in codes[1:]],
        "rows": list(
            zip((labels[it] for it in codes), (_cells(site, it) for it in codes), reasons, strict=True)
        ),
        "since": str(growth["base_year"]),
        "hub": hub_name(site, language),
        "weights": _weights(site, language),
        "compared": comparison(codes) if site.live else None,
    }
    return [Section("similar", WORDS["similar"][language], [view], "place_similar.html", context)]


def _cells(site: Site, code: str) -> list[Figure]:
    """Residents, growth, out-commuting and minutes to the hub, each from the table that it was read from."""
    workspace, found = site.workspace, []
    for table, column, key in (
        ("growth", "persons", "place"),
        ("growth", "base_annual_percent", "place"),
        ("labour_market_areas", "out_share", "municipality"),
        (TRAITS, "hub_minutes", "municipality"),
    ):
        rows = workspace.table(table).filter(**{key: code})
        if rows.is_empty():
            table, rows = TRAITS, workspace.table(TRAITS).filter(municipality=code)
        row = rows.sort("year").row(-1, named=True)
        found.append(workspace.cell(workspace.schemas[table], column, row))
    return found


def _weights(site: Site, language: Language) -> str:
    """What each measure weighs, in words."""
    chosen, words = site.workspace.record(TABLE).assumptions, code_labels(language)["most_apart"]
    texts = []
    for trait in similar.TRAITS:
        text = f"{chosen[f'weight_{trait}']:g}"
        texts.append(f"{words[trait].text} {text.replace('.', ',') if language == 'sv' else text}")
    return ", ".join(texts)
