"""A what-if: a headway or run time changed in a form, and the times with it. Nothing is stored."""

import re
from collections.abc import Mapping

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError, StorregionError
from storregion.core.language import Language, Text, alphabetical
from storregion.core.scenario import Scenario
from storregion.publish.labels import timetabled
from storregion.publish.pages.scenario import changed_times
from storregion.publish.parts import Page
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.words import WORDS
from storregion.timetable.operation_kinds import Operation

TRY = "access/try/"
FIELDS = ("line", "headway", "from", "until", "less", "start", "end")
LONGEST_FIELD = 200
LONGEST = 1440
"""Minutes that a headway may be, or a run time change."""
FIRST, LAST = "05:00", "23:00"
"""The hours of a headway where none are given."""
_CLOCK = re.compile(r"[0-2]\d:[0-5]\d")
_SOURCE = "portal"
_WHY = Text("Prövas på portalen.", "Tried on the portal.")


def addresses(site: Site) -> dict[str, Maker]:
    """The page with its form; none for a group without a timetable."""
    return {TRY: page} if timetabled(site) else {}


def calculated_forms(site: Site) -> dict[str, FormMaker]:
    """The form as it is filled in: each is a timetable calculated anew."""
    return {TRY: page} if timetabled(site) else {}


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """The form, and what the change of a query does to the times between nodes.

    Parameters
    ----------
    site, language : of the page.
    query : the fields of the form as an address carries them; only the form when empty.
    """
    filled = query or {}
    given = {name: (filled.get(name) or [""])[-1].strip()[:LONGEST_FIELD] for name in FIELDS}
    made = Page("what_if.html", WORDS["what_if_title"][language])
    made.context = {"live": site.live, "given": given, "fault": None, "result": None} | _choices(site)
    if not any(given.values()):
        return made
    if fault := _fault(site, language, given):
        made.context["fault"] = fault
        return made
    try:
        changed = site.workspace.with_scenario("try", _scenario(given))
        # Before any comparison, which other threads would wait for in a property of the same name.
        changed.table("access_nodes")
        view, context = changed_times(site, language, changed)
    except SettingError:
        # What the fields say is right each by itself, so what is left is a run that no train can make.
        made.context["fault"] = WORDS["what_if_impossible"][language]
        return made
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


def _fault(site: Site, language: Language, given: Mapping[str, str]) -> str | None:
    """What is wrong with the fields of a form and what to write instead; None where they can be tried."""

    def said(word: str, **parts: str) -> str:
        return WORDS[f"what_if_{word}"][language].format(**parts)

    choices = _choices(site)
    clocks = [name for name in ("from", "until") if given[name]]
    ends = [name for name in ("start", "end") if given[name]]
    if given["line"] not in dict(choices["lines"]):
        return said("no_line")
    if not given["headway"] and not given["less"]:
        return said("clock_alone" if clocks else "less_alone" if ends else "nothing")
    if given["headway"] and not 1 <= _number(given["headway"]) <= LONGEST:
        return said("no_every")
    for name in clocks:
        if not _CLOCK.fullmatch(given[name]):
            return said("no_clock", field=WORDS[f"what_if_{name}"][language])
    if clocks and not given["headway"]:
        return said("clock_alone")
    if (given["from"] or FIRST) > (given["until"] or LAST):
        return said("backwards")
    if ends and not given["less"]:
        return said("less_alone")
    if given["less"] and not abs(_number(given["less"])) <= LONGEST:
        return said("no_less")
    if given["less"] and (len(ends) < 2 or given["start"] == given["end"]):
        return said("no_ends")
    called = _called(site, given["line"])
    lost = [given[name] for name in ends if given[name] not in called]
    return said("not_at", station=dict(choices["stops"]).get(lost[0], lost[0])) if lost else None


def _called(site: Site, line: str) -> set[str]:
    """The stations that a line calls at."""
    calls = site.workspace.table("calls").filter(line=line)
    return set(site.workspace.table("stops").join(calls, on="stop", how="semi")["station"])


def _scenario(given: Mapping[str, str]) -> Scenario:
    """The change that a form without faults describes."""
    about = {"because": msgspec.to_builtins(_WHY), "source": _SOURCE}
    made: list[dict[str, object]] = []
    if given["headway"]:
        times = {"from": given["from"] or FIRST, "until": given["until"] or LAST}
        service = [times | {"every": _number(given["headway"])}]
        made.append({"kind": "headway", "line": given["line"], "service": service, **about})
    if given["less"]:
        ends = {"from_stop": given["start"], "to_stop": given["end"]}
        less = {"lines": [given["line"]], "minutes_less": _number(given["less"])}
        made.append({"kind": "speed", **less, **ends, **about})
    settings.fitted(made, tuple[Operation, ...], "the change")
    return Scenario(WORDS["what_if_title"], WORDS["what_if_lead"], {"timetable_operations": {"made": made}})


def _number(written: str) -> float:
    """A number in Swedish or English form; None where it is not a number, which no limits contain."""
    try:
        return float(written.replace(",", ".").replace("\u2212", "-"))
    except ValueError:
        return float("nan")
