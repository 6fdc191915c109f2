"""The words that stand for codes in tables: places, nodes, stations, and codes of our own."""

import re
import unicodedata
from collections.abc import Callable, Iterable

from storregion import studies
from storregion.core.language import Language, alphabetical
from storregion.core.workspace import Workspace
from storregion.publish.site import Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS


def study_of(workspace: Workspace, table: str) -> str | None:
    """The study that makes a table; None for a table of facts.

    Parameters
    ----------
    workspace : the group.
    table : the table.
    """
    room, _, name = workspace.steps[table].module.removeprefix(f"{studies.__name__}.").rpartition(".")
    return name if not room else None


def pair_address(one: str, two: str) -> str:
    """The address of a pair's page, whichever node is named first."""
    first, second = sorted((one, two))
    return f"access/pair/{first}/{second}/"


def slugs(site: Site) -> dict[str, str]:
    """The part of the address that stands for each rail station, by its code."""
    found: dict[str, str] = {}
    for row in site.workspace.table("access_stations").sort("station").iter_rows(named=True):
        name = slug(row["name"]) or "station"
        while name in found.values():
            name += "-2"
        found[row["station"]] = name
    return found


def slug(text: str) -> str:
    """A name as part of an address.

    Examples
    --------
    >>> slug("Västra Götaland")
    'vastra-gotaland'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def element_label(site: Site, language: Language, address: str | None) -> Label:
    """An element's label with its year, leading to its place; what is new or dropped has no other end."""
    if address is None:
        return Label("–")
    year, _, name = address.partition("/")
    return Label(
        f"{site.strategy.elements()[address][language]}, {year}", f"{language}/strategy/{year}/#{name}"
    )


def edition_year(address: str | None) -> str:
    """The year of an element's edition; no words for none."""
    return (address or "").partition("/")[0]


_CODES = (
    *("role", "role_also", "judged", "verdict", "conclusion", "known", "cell", "hub_cell", "moved"),
    *("period", "way", "counted", "storregional", "good", "how", "most_apart"),
    *("side", "category", "sector", "standing", "match", "dwelling"),
    *("standard", "day_trip", "arrives", "joined"),
    *("scope", "homes_known", "capacity_part", "operation", "several"),
    *("indicator", "ground", "form"),
)
"""Columns whose codes have words of the name `code_CODE`."""


def code_labels(language: Language) -> dict[str, dict[str, Label]]:
    """The words for codes of our own, by column."""
    words = {
        name.removeprefix("code_"): Label(text[language])
        for name, text in WORDS.items()
        if name.startswith("code_")
    }
    return dict.fromkeys(_CODES, words)


def industry_labels(_: Site, language: Language) -> dict[str, Label]:
    """The name of every industry, by the letters that publishers put together."""
    return {
        name.removeprefix("industry_"): Label(text[language])
        for name, text in WORDS.items()
        if name.startswith("industry_")
    }


def institution_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every place of higher education; none for a group without figures of them."""
    if "institutions" not in site.workspace.steps:
        return {}
    rows = site.workspace.table("institutions").select("institution", f"name_{language}")
    return {code: Label(name) for code, name in rows.iter_rows()}


def station_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every station area, leading to its page; none for a group without a timetable."""
    if not timetabled(site):
        return {}
    rows = site.workspace.table("access_stations").sort("station")
    return {
        code: Label(name, f"{language}/access/station/{slug}/")
        for code, name, slug in zip(rows["station"], rows["name"], slugs(site).values(), strict=True)
    }


def timetabled(site: Site) -> bool:
    """Whether the group has a timetable."""
    return "access_nodes" in site.workspace.steps and site.workspace.table("access_nodes").height > 0


_NODES = ("node", "origin", "destination", "one", "two", "hub", "nearest_node")
_COUNTIES = (
    "county",
    "other_county",
    "home_county",
    "work_county",
    "origin_county",
    "destination_county",
    "hub_county",
)
_MUNICIPALITIES = ("home", "work", "largest_destination", "municipality", "centre", "moved_from", "moved_to")


def column_labels(site: Site, language: Language, columns: Iterable[str]) -> dict[str, dict[str, Label]]:
    """The words for the codes in those of some columns that hold codes, by column.

    Parameters
    ----------
    site, language : of the page.
    columns : the names of a table's columns.
    """
    makers: dict[str, Callable[[Site, Language], dict[str, Label]]] = {
        **dict.fromkeys(_NODES, node_labels),
        **dict.fromkeys(_MUNICIPALITIES, municipality_labels),
        **dict.fromkeys(_COUNTIES, county_labels),
        **dict.fromkeys(("place", "other_place"), place_labels),
        "station": station_labels,
        "geography": geography_labels,
        "industry": industry_labels,
        **dict.fromkeys(("institution", "nearest", "elsewhere"), institution_labels),
        "target": target_labels,
        "capacity_area": area_labels,
        "supplied": supplied_labels,
    }
    codes = code_labels(language)
    found = {name: makers[name](site, language) if name in makers else codes.get(name) for name in columns}
    return {name: labels for name, labels in found.items() if labels}


def county_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every county of the country, leading to its page where it has one; and of the country."""
    register = site.workspace.table("counties").select("county", f"name_{language}").iter_rows()
    return {code: Label(name) for code, name in register} | place_labels(site, language)


def geography_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of the group, and of every other set of counties that it names."""
    rows = (
        site.workspace.table("geographies")
        .select("geography", f"name_{language}")
        .unique(maintain_order=True)
    )
    return {code: Label(name) for code, name in rows.iter_rows()} | place_labels(site, language)


def target_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every target outside the group; none for a group without a register of links outward."""
    if "outward_targets" not in site.workspace.steps:
        return {}
    rows = site.workspace.table("outward_targets").select("target", f"name_{language}").iter_rows()
    return {code: Label(name) for code, name in rows}


def area_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every area behind a feed-in, leading to the study of them; none for a group without any."""
    if "capacity_areas" not in site.workspace.steps:
        return {}
    rows = site.workspace.table("capacity_areas").select("capacity_area", f"name_{language}").iter_rows()
    return {code: Label(name, f"{language}/study/power_capacity/") for code, name in rows}


def supplied_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every place, and of every area behind a feed-in with a code of its own."""
    return area_labels(site, language) | place_labels(site, language)


def municipality_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every municipality of the country, leading to its page where it has one."""
    rows = site.workspace.table("municipalities")
    own = set(site.workspace.table("places").filter(kind="municipality")["place"])
    return {
        code: Label(name, f"{language}/place/{code}/" if code in own else None)
        for code, name in zip(rows["municipality"], rows["name"], strict=True)
    }


def node_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every node, leading to its page."""
    rows = site.workspace.table("nodes")
    return {
        code: Label(name, f"{language}/place/{code}/")
        for code, name in zip(rows["node"], rows["name"], strict=True)
    }


def hub(site: Site) -> str:
    """The code of the group's hub: the node with the most jobs in the latest year."""
    return str(site.workspace.table("node_system").sort("year")["hub"].last())


def hub_name(site: Site, language: Language) -> str:
    """The name of the group's hub."""
    return node_labels(site, language)[hub(site)].text


def place_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every place, leading to its page."""
    rows = site.workspace.table("places")
    return {
        code: Label(name[:1].upper() + name[1:], f"{language}/place/{code}/")
        for code, name in zip(rows["place"], rows[f"name_{language}"], strict=True)
    }


def sorted_labels(labels: list[Label]) -> list[Label]:
    """Labels in alphabetical order."""
    return sorted(labels, key=lambda label: alphabetical(label.text))
