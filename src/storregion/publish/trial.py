"""Trying a change on the portal served live: a form, and the times with the change. Nothing is stored."""

from collections.abc import Mapping

import msgspec

from storregion import settings
from storregion.errors import SettingError, StorregionError
from storregion.facts.operation_kinds import Operation
from storregion.language import Language, Text, alphabetical
from storregion.publish import access
from storregion.publish.site import WORDS, Page, Site
from storregion.scenario import Scenario

FIELDS = ("line", "headway", "from", "until", "less", "start", "end")
LONGEST_FIELD = 200
_SOURCE = "portal"
_WHY = Text("Prövas på portalen.", "Tried on the portal.")


def page(site: Site, language: Language, query: Mapping[str, str] | None = None) -> Page:
    """The form, and what the change of a query does to the times between nodes.

    Parameters
    ----------
    site, language : of the page.
    query : the fields of the form as an address carries them; only the form when empty.
    """
    given = {name: (query or {}).get(name, "").strip()[:LONGEST_FIELD] for name in FIELDS}
    made = Page("try.html", WORDS["try_title"][language])
    made.context = {"live": site.live, "given": given, "fault": None, "result": None} | _choices(site)
    if not any(given.values()):
        return made
    try:
        changed = _scenario(given, language)
        view, context = access.changed_times(site, language, site.workspace.tried("try", changed))
    except StorregionError as error:
        made.context["fault"] = str(error)
        return made
    made.views["times"] = view
    made.context["result"] = context
    return made


def _choices(site: Site) -> dict[str, list[tuple[str, str]]]:
    """The lines and stops that a change may name, in alphabetical order."""
    lines = site.workspace.table("lines").filter(mode="rail").select("line", "name").rows()
    stops = site.workspace.table("access_stations").select("station", "name").rows()
    return {
        "lines": sorted(lines, key=lambda row: alphabetical(row[1])),
        "stops": sorted(stops, key=lambda row: alphabetical(row[1])),
    }


def _scenario(given: Mapping[str, str], language: Language) -> Scenario:
    """The change that a form describes.

    Raises
    ------
    SettingError
        It changes nothing, or a field is no number or time.
    """
    about = {"because": msgspec.to_builtins(_WHY), "source": _SOURCE}
    made: list[dict[str, object]] = []
    if given["headway"]:
        every = _number(given["headway"], "headway")
        service = [{"from": given["from"] or "05:00", "until": given["until"] or "23:00", "every": every}]
        made.append({"kind": "headway", "line": given["line"], "service": service, **about})
    if given["less"]:
        less = _number(given["less"], "less")
        change: dict[str, object] = {"kind": "speed", "lines": [given["line"]], "minutes_less": less, **about}
        ends = {"from_stop": given["start"], "to_stop": given["end"]}
        made.append(change | {name: stop for name, stop in ends.items() if stop})
    if not made:
        raise SettingError(WORDS["try_nothing"][language])
    settings.fitted(made, tuple[Operation, ...], "the change")
    title = WORDS["try_title"]
    return Scenario(title, WORDS["try_lead"], {"timetable_operations": {"made": made}})


def _number(written: str, name: str) -> float:
    try:
        return float(written.replace(",", "."))
    except ValueError:
        raise SettingError(f"{name} = {written!r} is no number; give minutes, as 15") from None
