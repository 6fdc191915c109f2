"""The open formats, held to the content model of StratML Part 2 and to the JSON Schema we publish."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.strategy import followup, formats, whole
from storregion.strategy.whole import Whole

Read = Callable[[], tuple[Workspace, Whole]]
Spoil = Callable[[str, str, str], None]
ANY = 10**9

# The sequences of PerformancePlanOrReport, version 2.2 of 2016-02-16;
# ? at most one, * any number, + at least one.
GOAL = "Name Description Identifier? SequenceIndicator? Stakeholder* OtherInformation?"
RESULT = "StartDate? EndDate? NumberOfUnits? Descriptor? Description?"
SEQUENCES = {
    "PerformancePlanOrReport": "Name Description? OtherInformation? StrategicPlanCore "
    "AdministrativeInformation? Submitter?",
    "StrategicPlanCore": "Organization* Vision? Mission? Value* Goal+",
    "Organization": "Name? Acronym? Identifier? Description? Stakeholder*",
    "Stakeholder": "Name Description? Role*",
    "Goal": f"{GOAL} Objective*",
    "Objective": f"{GOAL} PerformanceIndicator*".replace("Name Description", "Name? Description?"),
    "PerformanceIndicator": "SequenceIndicator? MeasurementDimension UnitOfMeasurement Identifier? "
    "Relationship* MeasurementInstance* OtherInformation?",
    "MeasurementInstance": "TargetResult* ActualResult*",
    "TargetResult": RESULT,
    "ActualResult": RESULT,
    "AdministrativeInformation": "Identifier? StartDate? EndDate? PublicationDate? Source?",
}
TIMES = {"?": (0, 1), "*": (0, ANY), "+": (1, ANY)}
MODEL = {
    parent: [(word.rstrip("?*+"), *TIMES.get(word[-1], (1, 1))) for word in sequence.split()]
    for parent, sequence in SEQUENCES.items()
}
ATTRIBUTES = {
    "PerformancePlanOrReport": {"Type": {"Strategic_Plan", "Performance_Plan", "Performance_Report"}},
    "Stakeholder": {"StakeholderTypeType": {"Person", "Organization", "Generic_Group"}},
    "PerformanceIndicator": {"PerformanceIndicatorType": {"Quantitative", "Qualitative"}},
}
FORMS = {
    "Identifier": r"[A-Za-z_][\w.-]*",
    "StartDate": r"\d{4}-\d{2}-\d{2}",
    "EndDate": r"\d{4}-\d{2}-\d{2}",
    "PublicationDate": r"\d{4}-\d{2}-\d{2}",
    "NumberOfUnits": r"-?\d+(\.\d+)?",
}


def faults(xml: bytes) -> list[str]:
    """What in a document breaks the content model, its identifiers included."""
    root = ElementTree.fromstring(xml)  # noqa: S314
    prefix = f"{{{formats.STRATML}}}"
    found = [] if root.tag == f"{prefix}PerformancePlanOrReport" else [f"root {root.tag}"]
    ids = [item.text for item in root.iter(f"{prefix}Identifier")]
    found += [f"identifier {name} twice" for name in set(ids) if ids.count(name) > 1]
    for item in root.iter():
        tag, children = item.tag.removeprefix(prefix), [child.tag.removeprefix(prefix) for child in item]
        model = MODEL.get(tag, [])
        order = [name for name, _, _ in model]
        if unknown := set(children) - set(order):
            found.append(f"{tag} holds {unknown}")
        elif children != sorted(children, key=order.index):
            found.append(f"{tag} holds {children} in the wrong order")
        found += [f"{tag}/{n}" for n, least, most in model if not least <= children.count(n) <= most]
        for name, value in item.attrib.items():
            if value not in ATTRIBUTES.get(tag, {}).get(name, set()):
                found.append(f"{tag} {name}={value}")
        if tag in FORMS and not re.fullmatch(FORMS[tag], item.text or ""):
            found.append(f"{tag} is {item.text!r}")
    return found


def test_stratml_fits_the_content_model(read: Read) -> None:
    workspace, found = read()
    for year in found.strategy.editions:
        assert faults(formats.as_stratml(workspace, found, year)) == []


def test_the_checker_finds_faults(read: Read) -> None:
    workspace, found = read()
    text = formats.as_stratml(workspace, found, 2030).decode()
    for right, wrong in (
        ("<Acronym>", "<Acronym/><Acronym>"),
        ("_2030.rail</", "2030/rail</"),
        ("_2030.rail</", "_2030.power</"),
        ("Strategic_Plan", "Plan"),
        ("2050-12-31", "2050"),
        ("<Objective>", "<Objective><Vision/>"),
        (formats.STRATML, "urn:other"),
    ):
        assert right in text
        assert faults(text.replace(right, wrong, 1).encode()) != [], right


def test_stratml_says_the_words_adopted_and_the_figures(read: Read) -> None:
    workspace, found = read()
    xml = formats.as_stratml(workspace, found, 2030)
    # Markup in words is text, not markup.
    assert b"Mer kraft &amp; &lt;ljus&gt;" in xml
    space = {"s": formats.STRATML}
    root = ElementTree.fromstring(xml)  # noqa: S314
    words = [item.text for item in root.iterfind(".//s:Objective/s:Description", space)]
    assert words == ["Ett nytt mål", "Fler spår", "Mer kraft & <ljus>"]
    target = root.find(".//s:TargetResult/s:NumberOfUnits", space)
    assert target is not None
    assert target.text == "200000.0"
    values = [float(item.text or "") for item in root.iterfind(".//s:ActualResult/s:NumberOfUnits", space)]
    persons = workspace.table("growth").filter(place="blekinge-test").sort("year")["persons"].to_list()
    assert values == persons * 2
    known = {item.text for item in root.iterfind(".//s:ActualResult/s:Description", space)}
    assert known == {"Observerat värde."}
    assert [item.text for item in root.iterfind(".//s:PublicationDate", space)] == ["2030-01-31"]


def test_a_character_that_xml_cannot_hold_is_refused(rich: Path, spoil: Spoil, read: Read) -> None:
    spoil("indicators/rate.toml", "Takten.", r"Tak\u0007ten.")
    (rich / "strategy/links/all.toml").unlink()
    workspace, found = read()
    with pytest.raises(DataError, match=r"which XML cannot; take it out"):
        formats.as_stratml(workspace, found, 2030)


def conforms(value: Any, schema: dict[str, Any], every: dict[str, Any]) -> bool:
    """Whether a value fits the part of JSON Schema that we use; slow and plain."""
    if "$ref" in schema:
        return conforms(value, every[schema["$ref"].rpartition("/")[2]], every)
    if "anyOf" in schema:
        return any(conforms(value, option, every) for option in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
    }
    kind = schema.get("type")
    if kind == "number":
        return isinstance(value, int | float)
    if kind and not isinstance(value, kinds[kind]):
        return False
    if kind == "string":
        return re.search(schema.get("pattern", ""), value) is not None
    if kind == "array":
        return all(conforms(item, schema.get("items", {}), every) for item in value)
    if kind == "object":
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        inner = rest if isinstance(rest, dict) else {}
        fits = all(conforms(item, known.get(key, inner), every) for key, item in value.items())
        closed = rest is False and not value.keys() <= known.keys()
        return fits and not closed and set(schema.get("required", [])) <= value.keys()
    return True


def test_json_fits_its_schema_and_is_the_same_every_time(read: Read) -> None:
    workspace, found = read()
    text, schema = formats.as_json(workspace, found), json.loads(formats.schema())
    whole = json.loads(text)
    assert conforms(whole, schema, schema["$defs"])
    for broken in (whole | {"format": "x"}, whole | {"links": []}, {"format": whole["format"]}):
        assert not conforms(broken, schema, schema["$defs"])
    assert formats.as_json(*read()) == text
    assert whole["adoptions"]["2030"]["status"]["en"] == "Adopted by 1 of 2"
    assert whole["links"]["rail"]["state"] == "covers"
    assert whole["lineage"][0]["from"] == "2020/goal"
    assert len(whole["coherence"]["codings"]) == 5


def test_the_bundled_strategy_is_written_in_both(bundled: Workspace) -> None:
    found = whole.read(bundled)
    schema = json.loads(formats.schema())
    assert conforms(json.loads(formats.as_json(bundled, found)), schema, schema["$defs"])
    for year in found.strategy.editions:
        assert faults(formats.as_stratml(bundled, found, year)) == []


def test_a_result_says_how_it_is_known(bundled: Workspace) -> None:
    found = whole.read(bundled)
    root = ElementTree.fromstring(formats.as_stratml(bundled, found, 2025))  # noqa: S314
    prefix, shown = f"{{{formats.STRATML}}}", {}
    for item in root.iter(f"{prefix}PerformanceIndicator"):
        name = (item.findtext(f"{prefix}Identifier") or "").rpartition(".")[2]
        shown[name] = {
            result.findtext(f"{prefix}Description") for result in item.iter(f"{prefix}ActualResult")
        }
    wanted = {
        name: {
            formats.BASIS_SAID[cell.basis]
            for cell in followup.cells(indicator, bundled)
            # A year without a value has no result.
            if cell.value is not None
        }
        for name, indicator in found.followup.indicators.items()
    }
    assert shown == {name: wanted[name] for name in shown}
    # Travel times rest on a line plan that is partly assumed.
    assert shown["cross_link_time"] == {"Antaget värde."}
