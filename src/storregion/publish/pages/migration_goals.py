"""What a municipality's own goal would take: a form to try a goal. Nothing is stored."""

from collections.abc import Iterator, Mapping
from typing import Any

from storregion.core.errors import StorregionError
from storregion.core.language import Language, alphabetical
from storregion.core.scenario import Scenario
from storregion.publish.labels import place_labels
from storregion.publish.parts import Findable, Page
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.words import WORDS

ADDRESS = "goal/"
FIELDS = ("municipality", "goal", "year")
AHEAD = 2040
LONGEST_FIELD = 20
NAMES = ("year", "goal", "persons", "net_a_year", "extra_a_year", "needed_a_year")


def addresses(site: Site) -> dict[str, Maker]:
    """The form; none for a group without a projection."""
    return {ADDRESS: page} if _there(site) else {}


def forms(site: Site) -> dict[str, FormMaker]:
    """The form as a query fills it in."""
    return {ADDRESS: page} if _there(site) else {}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The form."""
    if _there(site):
        yield Findable(WORDS["goal_title"][language], "kind_page", ADDRESS, WORDS["goal_also"][language], 0.6)


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """The form, and the net migration that its goal takes.

    Parameters
    ----------
    site, language : of the page.
    query : the fields of the form as an address carries them; only the form when empty.
    """
    filled = query or {}
    given = {name: (filled.get(name) or [""])[-1].strip()[:LONGEST_FIELD] for name in FIELDS}
    places = site.workspace.table("places").filter(kind="municipality")["place"]
    labels = place_labels(site, language)
    named = [(code, labels[code].text) for code in places]
    years = site.workspace.table("migration_response")["year"].unique().sort().to_list()
    made = Page("goal.html", WORDS["goal_title"][language])
    made.context = {
        "live": site.live,
        "given": given | {"year": given["year"] or f"{AHEAD}"},
        "places": sorted(named, key=lambda one: alphabetical(one[1])),
        "fault": None,
        "found": None,
    }
    if given["municipality"] and given["goal"]:
        fault = _fault(language, given, places.to_list(), years)
        made.context |= {"fault": fault} if fault else _answer(site, language, given)
    return made


def said(site: Site, place: str) -> dict[str, Any]:
    """The figures of the sentence on what a thousand more residents take; none of places of another kind."""
    rows = site.workspace.table("migration_response").filter(municipality=place, year=AHEAD)
    if rows.is_empty():
        return {}
    schema, row = site.workspace.schemas["migration_response"], rows.row(0, named=True)
    return {name: site.workspace.cell(schema, name, row) for name in ("year", "net_a_year", "for_thousand")}


def _there(site: Site) -> bool:
    return "migration_goals" in site.workspace.steps


def _whole(written: str) -> int | None:
    """A whole number as people write it, spaces or commas between thousands; None where it is not one."""
    plain = "".join(written.replace(",", "").split())
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 9 else None


def _fault(language: Language, given: Mapping[str, str], places: list[str], years: list[int]) -> str | None:
    """What is wrong with the fields and what to write instead; None where they can be tried."""
    ends = {"first": f"{years[0]}", "last": f"{years[-1]}"}
    if given["municipality"] not in places:
        return WORDS["goal_no_place"][language]
    if not _whole(given["goal"]):
        return WORDS["goal_no_number"][language]
    if given["year"] and _whole(given["year"]) not in years:
        return WORDS["goal_no_year"][language].format(**ends)
    return None


def _answer(site: Site, language: Language, given: Mapping[str, str]) -> dict[str, Any]:
    """The figures of a goal without faults, or why it cannot be."""
    goal = {
        "municipality": given["municipality"],
        "persons": _whole(given["goal"]),
        "year": _whole(given["year"]) or AHEAD,
        "source": "portal",
    }
    tried = Scenario(WORDS["goal_title"], WORDS["goal_lead"], {"migration_goals": {"made": [goal]}})
    workspace = site.workspace.with_scenario("try", tried)
    try:
        row = workspace.table("migration_goals").row(0, named=True)
    except StorregionError:
        # The fields are right each by themselves, so what is left is a goal that is too low.
        return {"fault": WORDS["goal_too_low"][language]}
    schema = workspace.schemas["migration_goals"]
    figures = {name: workspace.cell(schema, name, row) for name in NAMES}
    return {"found": figures | {"place": place_labels(site, language)[given["municipality"]].text}}
