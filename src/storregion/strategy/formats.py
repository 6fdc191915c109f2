"""The strategy in open formats: JSON with its JSON Schema, and StratML Part 2 (ISO 17469) as XML."""

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal
from xml.etree import ElementTree

import msgspec

from storregion.core.errors import DataError
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.strategy import followup
from storregion.strategy.adoption import Adoption
from storregion.strategy.coherence import Coder, Coding, Coherence
from storregion.strategy.descent import Descent
from storregion.strategy.documents import Document, Gap, Statement
from storregion.strategy.editions import Edition
from storregion.strategy.followup import Indicator
from storregion.strategy.forum import Meeting, Organisation
from storregion.strategy.links import Link, State
from storregion.strategy.projects import Project
from storregion.strategy.whole import Whole

STRATML = "urn:ISO:std:iso:17469:tech:xsd:PerformancePlanOrReport"
# What no XML 1.0 document can hold, escaped or not.
BASIS_SAID = {"observed": "Observerat värde.", "estimated": "Uppskattat värde.", "assumed": "Antaget värde."}
"""How a result is known, in words of the format's own language: it has no other place for it."""
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class AdoptionStatus(msgspec.Struct, frozen=True):
    """Who has adopted an edition: its words' fingerprint, its derived status, and the records behind it."""

    fingerprint: str
    status: Text
    adoptions: tuple[Adoption, ...]
    lacking: tuple[str, ...]


class LinkStatus(msgspec.Struct, frozen=True):
    """A link as written, its derived state, and the ends that have changed since."""

    link: Link
    state: State
    changed: tuple[str, ...]
    quote_stands: bool


class Matrix(msgspec.Struct, frozen=True):
    """The coherence matrix: the codings there are; what is not among them is not coded."""

    edition: int
    state: str
    documents: tuple[str, ...]
    elements: tuple[str, ...]
    coders: dict[str, Coder]
    codings: tuple[Coding, ...]


class StrategyFile(msgspec.Struct, frozen=True):
    """A group's whole strategy: what its TOML files hold, and what is derived of adoptions and links."""

    format: Literal["storregion-strategy-1"]
    group: str
    name: Text
    editions: dict[str, Edition]
    adoptions: dict[str, AdoptionStatus]
    lineage: tuple[Descent, ...]
    documents: dict[str, Document]
    statements: dict[str, dict[str, Statement]]
    organisations: dict[str, Organisation]
    meetings: dict[str, Meeting]
    unknown: tuple[Gap, ...]
    indicators: dict[str, Indicator]
    projects: dict[str, Project]
    links: dict[str, LinkStatus]
    coherence: Matrix | None = None


def as_json(workspace: Workspace, found: Whole) -> bytes:
    """The whole strategy as JSON in UTF-8, the same bytes for the same strategy; `schema()` describes it."""
    strategy = found.strategy
    adoptions = {
        str(year): AdoptionStatus(
            strategy.editions[year].fingerprint, adopted.said, adopted.adoptions, tuple(adopted.missing)
        )
        for year, adopted in strategy.adoptions.items()
    }
    links = {
        name: LinkStatus(held.link, held.state, held.changed, held.quote_stands)
        for name, held in found.links.links.items()
    }
    whole = StrategyFile(
        format="storregion-strategy-1",
        group=workspace.group.code,
        name=workspace.group.name,
        editions={str(year): edition for year, edition in strategy.editions.items()},
        adoptions=adoptions,
        lineage=strategy.lineage,
        documents=dict(strategy.documents),
        statements={name: dict(held) for name, held in strategy.library.statements.items()},
        organisations=strategy.forum.organisations,
        meetings=strategy.forum.meetings,
        unknown=strategy.forum.unknown,
        indicators=found.followup.indicators,
        projects=dict(found.projects.projects),
        links=links,
        coherence=_matrix(found.coherence) if found.coherence else None,
    )
    return pretty(whole)


def _matrix(found: Coherence) -> Matrix:
    codings = tuple(coding for cell in found.cells.values() for coding in cell.codings)
    return Matrix(found.edition, found.state, found.documents, found.elements, found.coders, codings)


def schema() -> bytes:
    """The JSON Schema of what `as_json` writes."""
    return pretty(msgspec.json.schema(StrategyFile))


def pretty(value: Any) -> bytes:
    """A value as JSON that people can read, keys in order, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1) + b"\n"


def as_stratml(workspace: Workspace, found: Whole, year: int) -> bytes:
    """One edition as StratML Part 2: the goal, a focus area as an objective, its indicators with results.

    Words are those adopted, in their own language. An overall goal's indicators stand under an objective of
    its name, for the format has none under goals.

    Parameters
    ----------
    workspace : where the indicators' figures are read.
    found : the strategy.
    year : the edition.

    Raises
    ------
    DataError
        A text holds a character that XML cannot.
    """
    edition = found.strategy.editions[year]
    root = ElementTree.Element("PerformancePlanOrReport", {"xmlns": STRATML, "Type": "Strategic_Plan"})
    _word(root, "Name", edition.title.sv)
    _word(root, "OtherInformation", found.strategy.adoptions[year].said.sv)
    core = ElementTree.SubElement(root, "StrategicPlanCore")
    _organization(core, workspace, found)
    goal = ElementTree.SubElement(core, "Goal")
    gaps = " ".join(f"{gap.what.sv}: {gap.why.sv}" for gap in edition.unknown)
    name = found.strategy.elements().get(f"{year}/goal", edition.title).sv
    _described(goal, f"{year}/goal", name, edition.goal.text if edition.goal else "", str(year))
    _word(goal, "OtherInformation", gaps)
    parts = {f"{year}/goal": (name, edition.goal.text if edition.goal else "")}
    parts |= {f"{year}/{key}": (focus.label.sv, focus.words.text) for key, focus in edition.focus.items()}
    for number, (address, (label, words)) in enumerate(parts.items()):
        followed = found.followup.of(address)
        if number or followed:
            objective = ElementTree.SubElement(goal, "Objective")
            _described(objective, f"{address}{'' if number else '.followed'}", label, words, str(number))
            _indicators(objective, workspace, address, followed)
    _administrative(root, edition, found.strategy.documents[edition.document])
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _word(parent: ElementTree.Element, name: str, text: str) -> None:
    if text:
        if bad := _NO_XML.search(text):
            raise DataError(f"{text!r} holds {bad.group()!r}, which XML cannot; take it out")
        ElementTree.SubElement(parent, name).text = text


def _described(parent: ElementTree.Element, address: str, name: str, words: str, number: str) -> None:
    _word(parent, "Name", name)
    _word(parent, "Description", words)
    if not words:
        ElementTree.SubElement(parent, "Description")
    _word(parent, "Identifier", _identifier(address))
    _word(parent, "SequenceIndicator", number)


def _identifier(address: str) -> str:
    """An address as an XML identifier, which cannot begin with a digit or hold a slash."""
    return "_" + address.replace("/", ".")


def _organization(core: ElementTree.Element, workspace: Workspace, found: Whole) -> None:
    group = workspace.group
    whole = ElementTree.SubElement(core, "Organization")
    _word(whole, "Name", group.name.sv)
    _word(whole, "Acronym", group.short.sv)
    _word(whole, "Identifier", _identifier(f"group/{group.code}"))
    _word(whole, "Description", group.about.sv)
    for organisation in found.strategy.forum.organisations.values():
        kind = {"StakeholderTypeType": "Organization"}
        stakeholder = ElementTree.SubElement(whole, "Stakeholder", kind)
        _word(stakeholder, "Name", organisation.name.sv)
        said = organisation.decides or organisation.why
        _word(stakeholder, "Description", said.sv if said else "")


def _indicators(
    objective: ElementTree.Element, workspace: Workspace, address: str, followed: Mapping[str, Indicator]
) -> None:
    for name, indicator in followed.items():
        kind = {"PerformanceIndicatorType": "Quantitative"}
        item = ElementTree.SubElement(objective, "PerformanceIndicator", kind)
        _word(item, "MeasurementDimension", indicator.title.sv)
        _word(item, "UnitOfMeasurement", workspace.schemas[indicator.table][indicator.column].unit)
        _word(item, "Identifier", _identifier(f"{address}/{name}"))
        measured = ElementTree.SubElement(item, "MeasurementInstance")
        if indicator.target is not None:
            _result(measured, "TargetResult", indicator.target.year, indicator.target.value)
        for cell in followup.cells(indicator, workspace):
            if cell.value is not None:
                result = _result(measured, "ActualResult", int(dict(cell.where)["year"]), float(cell.value))
                _word(result, "Description", BASIS_SAID[cell.basis])
        _word(item, "OtherInformation", indicator.about.sv)


def _result(parent: ElementTree.Element, name: str, year: int, value: float) -> ElementTree.Element:
    result = ElementTree.SubElement(parent, name)
    _word(result, "StartDate", f"{year}-01-01")
    _word(result, "EndDate", f"{year}-12-31")
    # An XML decimal has no exponent.
    _word(result, "NumberOfUnits", format(Decimal(repr(value)), "f"))
    return result


def _administrative(root: ElementTree.Element, edition: Edition, document: Document) -> None:
    place = ElementTree.SubElement(root, "AdministrativeInformation")
    _word(place, "Identifier", _identifier(f"edition/{edition.year}"))
    dates = {
        "StartDate": edition.valid_from,
        "EndDate": edition.valid_until,
        "PublicationDate": edition.published,
    }
    for name, date in dates.items():
        # The format knows whole dates only; a year alone stands in the JSON.
        if date is not None and len(date) == len("2000-01-01"):
            _word(place, name, datetime.date.fromisoformat(date).isoformat())
    _word(place, "Source", document.url or "")
