"""Write docs/reference from the program itself: tables, settings and, once there are any, commands.

Usage: reference.py [--check]. With --check nothing is written; the exit code is 1 when a page is stale.
"""

import argparse
import importlib
import inspect
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from msgspec import inspect as kinds

from storregion.core import units
from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.core.origins import ORIGINS
from storregion.core.pipeline import every_step
from storregion.core.plausibility import AcceptedFile
from storregion.core.scenario import Scenario
from storregion.core.step import Step
from storregion.core.table import Column, Schema
from storregion.facts.grid import Grid
from storregion.journeys.cells.columns import CELL_REACH
from storregion.sources.outward import Outward
from storregion.sources.power_capacity import Areas
from storregion.strategy.adoption import AdoptionFile
from storregion.strategy.coherence import CoherenceFile
from storregion.strategy.descent import Descent, LineageFile
from storregion.strategy.documents import Document, Statement
from storregion.strategy.editions import Edition
from storregion.strategy.followup import Indicator, NotYet
from storregion.strategy.forum import Meeting, Register
from storregion.strategy.links import Link
from storregion.strategy.projects import Project
from storregion.strategy.suggestions import SubjectWords

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
WRITTEN_BY = "<!-- Written by `make reference` from the program; change the program, not this page. -->"
TYPES: dict[Any, str] = {
    pl.Int64: "whole number",
    pl.Float64: "number",
    pl.String: "words",
    pl.Binary: "bytes",
}
LAYERS = {
    "sources": "Tables read from published files",
    "facts": "Tables joined from other facts",
    "timetable": "Tables of the day whose timetable is calculated",
    "studies": "Tables that answer a question",
}

MEANINGS = Path(__file__).with_name("settings.toml")
"""What each settings key means; a key without a meaning, or a meaning without a key, stops this tool."""

SETTINGS = """\
# Settings

{written_by}

The files of a group's folder. TOML files are read strictly: an unknown key, or a value of another type, is an
error that names the file and the nearest right key. *Text in both languages* is `{{ sv = "…", en = "…" }}`.

## group.toml

What the group is. The one file a group must have.

{group}

## assumptions.toml

The group's own values of assumptions: a section per table, a key per assumption, of the type of its default.
Without the file the defaults hold.

{assumptions}

## accepted.toml

Figures that break a relation between figures and are right all the same, or known to be wrong. `storregion
check` asks about others, and says what to write here.

{accepted}

## scenarios/NAME.toml

What one scenario changes. `base` is the name of no changes; a file of that name is refused.

{scenario}

## strategy/YEAR.toml

What was adopted one year, in the words adopted. An edition is never edited, only followed by another.

{edition}

## strategy/documents.toml

The documents that words are quoted from: a section each, by a name of ours.

{documents}

## strategy/statements.toml

Short passages of documents, to the letter, as `[DOCUMENT.NAME]`. A quote of a link or a code must stand in
one of them, in a statement of a plan that was read in, or in `strategy/texts/DOCUMENT.txt`, the whole text of
a document that may be kept here.

{statements}

## strategy/organisations.toml

Who takes part and who decides what. What no document tells has a reason.

{organisations}

## strategy/meetings/NAME.toml

A meeting that a document names, and what was decided there.

{meeting}

## strategy/adoptions/YEAR.toml

The words adopted, as a fingerprint, and who adopted them. The edition's status is counted from these records.
`storregion check` refuses an edition whose words have another fingerprint, and tells what it is.

{adoption}

## strategy/lineage.toml

What became of what between editions, recorded by people. An edition may have its records in its own file.

{lineage}

## strategy/links/NAME.toml

Links between elements of the strategy and other texts, projects or indicators: a section each, by a name of
its own. Which links are suspect or orphaned is derived; it is never written. The sections `documents` and
`statements` of such a file are not links: they hold documents and statements that the file brings with it,
written as in `documents.toml` and `statements.toml`.

{link}

## strategy/coherence.toml

How far documents treat the focus areas of one edition.

{coherence}

## strategy/subject_words.toml

The words from which focus areas are suggested for the statements of [plans](../how-to/read-a-plan.md).

{subject_words}

## projects/NAME.toml

A joint effort of the regions.

{project}

## indicators/NAME.toml

Cells of a study's table, and what they follow up.

{indicator}

## followup.toml

{followup}

## power/areas.toml

The areas behind a feed-in from the grid above, for [room in the grid](tables.md#power_capacity). No positions
of lines or stations: the smallest place of the file is a municipality.

{areas}

## power/network.toml

The grid between counties and bidding zones, for `storregion power dispatch`. Counties and zones only.

{network}

## figures/outward.toml

Places outside the group, and the links to them, for [links outward](tables.md#outward_times).

{outward}

## figures/sources.csv

A row for every raw file; comma-separated, UTF-8, all columns words. `fetched/sources.csv`, with the same
columns, names newer files that replace bundled ones. A file that an installed package carries is
named `package:path`.

| column | may be empty | meaning |
|---|---|---|
{sources}
"""


def main() -> int:
    """Write the pages, or with --check say which are stale."""
    parser = argparse.ArgumentParser(description="Write docs/reference from the program.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    wanted = pages()
    if parser.parse_args().check:
        old = stale(wanted)
        for name in old:
            print(f"docs/reference/{name} is stale; run: make reference", file=sys.stderr)
        return 1 if old else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    found = {"tables.md": tables(), "units.md": the_units(), "settings.md": settings()}
    if find_spec("storregion.cli") is not None:
        found["commands.md"] = commands(importlib.import_module("storregion.cli").parser())
    return found


def stale(wanted: Mapping[str, str]) -> list[str]:
    """The names of pages that do not say what the program says."""
    here = {name: FOLDER / name for name in wanted}
    return [
        name for name, path in here.items() if not path.is_file() or path.read_text("utf-8") != wanted[name]
    ]


def tables() -> str:
    """The page of every table: what it holds, how it is made, its columns."""
    order = every_step()
    lines = [
        "# Tables",
        "",
        WRITTEN_BY,
        "",
        "Every table that is built, in the layers that figures pass through. [Units](units.md) and",
        "other words are explained in the [glossary](../glossary.md), reasons for empty values in",
        "[Absence and basis](../explanation/absence-and-basis.md).",
        "",
    ]
    layers = {layer: [step for step in order.values() if _layer(step) == layer] for layer in LAYERS}
    for layer, about in LAYERS.items():
        links = (f"[`{step.schema.name}`](#{step.schema.name})" for step in layers[layer])
        lines.append(f"- {about}: {', '.join(links)}")
    for layer, about in LAYERS.items():
        lines += ["", f"## {about}"]
        for step in layers[layer]:
            lines += _table(step)
    lines += ["", "## Written by commands, not built"]
    lines += [*_head(CELL_REACH), "- Written by [`storregion access`](commands.md#access)"]
    lines += [f"- Key: {_names(CELL_REACH.key)}", *_columns(CELL_REACH)]
    return _page(lines)


def the_units() -> str:
    """The page of every unit, what it means and the words after its numbers."""
    lines = ["# Units", "", WRITTEN_BY, "", "Every column of a table has one.", ""]
    lines += ["| unit | meaning | words after a number |", "|---|---|---|"]
    for name, unit in units.known().items():
        after = _both(unit.several) if unit.several.sv or unit.several.en else ""
        lines.append(_row(f"`{name}`", _both(unit.about), after))
    return _page(lines)


def _layer(step: Step) -> str:
    return step.module.split(".")[1]


def _table(step: Step) -> Iterator[str]:
    schema = step.schema
    yield from _head(schema)
    yield f"- Made by `{step.name}`"
    if step.raws:
        yield f"- Reads {_names(raw.file for raw in step.raws.values())}"
    if step.tables:
        links = (
            f"[`{one.schema.name}`](#{one.schema.name}){' of the base' if one.of_base else ''}"
            for one in step.wanted.values()
        )
        yield f"- Rests on {', '.join(links)}"
    if step.takes_group:
        yield "- Reads `group.toml`"
    yield f"- Key: {_names(schema.key)}"
    yield from _columns(schema)
    if step.assumptions:
        yield from ("", "| assumption | type | default | meaning |", "|---|---|---|---|")
        for name, default in step.assumptions.items():
            kind = _kind(kinds.type_info(step.hints[name]))
            yield _row(f"`{name}`", kind, f"`{default}`", explained(step)[name])


def _head(schema: Schema) -> Iterator[str]:
    yield from ("", f"### {schema.name}", "", f"**{schema.title.sv}** · **{schema.title.en}**", "")
    yield from (f"{schema.about.sv}  ", schema.about.en, "")


def _columns(schema: Schema) -> Iterator[str]:
    yield from ("", "| column | type | unit | may hold | label | meaning |", "|---|---|---|---|---|---|")
    for column in schema.columns:
        cells = (f"`{column.name}`", TYPES[column.dtype], column.unit, _allowed(column))
        yield _row(*cells, _both(column.label), _both(column.about))


def _allowed(column: Column) -> str:
    said = []
    if column.choices:
        said.append(_names(column.choices))
    if column.pattern is not None:
        said.append(f"`{column.pattern}`")
    if column.least is not None:
        said.append(f"≥ {column.least:g}")
    if column.most is not None:
        said.append(f"≤ {column.most:g}")
    if column.refers is not None:
        said.append(f"a {column.refers[1]} of {column.refers[0]}")
    if column.absent is not None:
        said.append(f"empty where `{column.absent}` says why")
    if column.cumulative:
        said.append("counts from a base year, so no trend")
    if column.optional:
        said.append("may be empty")
    return ", ".join(said)


def explained(step: Step) -> dict[str, str]:
    """What a step's docstring says of each of its assumptions; one that it says nothing of is an error."""
    found: dict[str, str] = {}
    name = ""
    for line in (inspect.getdoc(step.function) or "").splitlines():
        word, colon, text = line.partition(" : ")
        if colon and not line.startswith(" "):
            name, found[word] = word, text.strip()
        elif name and line.startswith("    "):
            found[name] += " " + line.strip()
        else:
            name = ""
    if missing := step.assumptions.keys() - found.keys():
        raise SystemExit(f"the docstring of {step.name} says nothing of its assumptions {sorted(missing)}")
    return found


def settings() -> str:
    """The page of every settings file of a group."""
    columns = [_row(f"`{c.name}`", "yes" if c.optional else "no", _both(c.label)) for c in ORIGINS.columns]
    return SETTINGS.format(
        written_by=WRITTEN_BY,
        group="\n".join(_keys("group.toml", RegionGroup)),
        assumptions="\n".join(_assumptions()),
        accepted="\n".join(_keys("accepted.toml", AcceptedFile)),
        scenario="\n".join(_keys("scenarios/NAME.toml", Scenario)),
        edition="\n".join(_keys("strategy/YEAR.toml", Edition)),
        documents="\n".join(_keys("strategy/documents.toml", Document)),
        statements="\n".join(_keys("strategy/statements.toml", Statement)),
        organisations="\n".join(_keys("strategy/organisations.toml", Register)),
        meeting="\n".join(_keys("strategy/meetings/NAME.toml", Meeting)),
        adoption="\n".join(_keys("strategy/adoptions/YEAR.toml", AdoptionFile)),
        lineage="\n".join(_keys("strategy/lineage.toml", LineageFile)),
        link="\n".join(_keys("strategy/links/NAME.toml", Link)),
        coherence="\n".join(_keys("strategy/coherence.toml", CoherenceFile)),
        subject_words="\n".join(_keys("strategy/subject_words.toml", SubjectWords)),
        project="\n".join(_keys("projects/NAME.toml", Project)),
        indicator="\n".join(_keys("indicators/NAME.toml", Indicator)),
        followup="\n".join(_keys("followup.toml", NotYet)),
        areas="\n".join(_keys("power/areas.toml", Areas)),
        network="\n".join(_keys("power/network.toml", Grid)),
        outward="\n".join(_keys("figures/outward.toml", Outward)),
        sources="\n".join(columns),
    )


OWN_FILE: dict[type, str] = {Document: "strategy/documents.toml", Descent: "strategy/lineage.toml"}
"""Structures that are explained where they have a file of their own, and only there."""


def _keys(file: str, kind: type[msgspec.Struct]) -> Iterator[str]:
    meanings = tomllib.loads(MEANINGS.read_text("utf-8"))[file]
    told: dict[type, str] = {one: place for one, place in OWN_FILE.items() if place != file}
    keys = list(_fields(kinds.type_info(kind), "", told))
    if wrong := {name for name, _, _ in keys} ^ meanings.keys():
        raise SystemExit(f"tools/settings.toml and the keys of {file} differ: {sorted(wrong)}")
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    for name, type_name, default in keys:
        yield _row(f"`{name}`", type_name, default, meanings[name])


def _fields(kind: kinds.Type, where: str, listed: dict[type, str]) -> Iterator[tuple[str, str, str]]:
    """Every key of a structure at any depth, with type and default; what was told is not told again."""
    if not isinstance(kind, kinds.StructType) or kind.cls is Text or kind.cls in listed:
        return
    listed[kind.cls] = where.rstrip(".")
    for field in kind.fields:
        name = where + field.encode_name
        inner, step = _inside(field.type)
        like = listed.get(inner.cls) if isinstance(inner, kinds.StructType) else None
        yield (
            name,
            f"as `{like}`" if like else _kind(field.type),
            "needed" if field.required else _default(field),
        )
        yield from _fields(inner, f"{name}{step}.", listed)


def _inside(kind: kinds.Type) -> tuple[kinds.Type, str]:
    """The structure inside a type, and the step to it in a dotted key."""
    if isinstance(kind, kinds.DictType):
        return kind.value_type, ".*"
    if isinstance(kind, kinds.VarTupleType):
        return kind.item_type, ""
    if isinstance(kind, kinds.UnionType):
        return next(option for option in kind.types if not isinstance(option, kinds.NoneType)), ""
    return kind, ""


def _default(field: kinds.Field) -> str:
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if value is None or value in ((), {}, []):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(kind: kinds.Type) -> str:
    """A type in words."""
    plain = {kinds.IntType: "whole number", kinds.FloatType: "number", kinds.BoolType: "true or false"}
    plain |= {kinds.DateType: "date"}
    if type(kind) in plain:
        return plain[type(kind)]
    if isinstance(kind, kinds.StrType):
        return f"words like `{kind.pattern}`" if kind.pattern else "words"
    if isinstance(kind, kinds.CustomType) and kind.cls is object:
        return "any value"
    if isinstance(kind, kinds.VarTupleType | kinds.ListType):
        return f"list of {_kind(kind.item_type)}"
    if isinstance(kind, kinds.TupleType):
        return f"list of {len(kind.item_types)}: {', '.join(map(_kind, kind.item_types))}"
    if isinstance(kind, kinds.DictType):
        return f"section of {_kind(kind.value_type)}"
    if isinstance(kind, kinds.LiteralType):
        return _names(map(str, kind.values))
    if isinstance(kind, kinds.StructType):
        return "text in both languages" if kind.cls is Text else "section"
    if isinstance(kind, kinds.UnionType):
        options = [_kind(option) for option in kind.types if not isinstance(option, kinds.NoneType)]
        return " or ".join(options)
    raise SystemExit(f"tools/reference.py has no words for the type {kind}")


def _assumptions() -> Iterator[str]:
    yield from ("| table | assumption | default |", "|---|---|---|")
    for table, step in sorted(every_step().items()):
        for name, default in step.assumptions.items():
            yield _row(f"[`{table}`](tables.md#{table})", f"`{name}`", f"`{default}`")


def commands(parser: argparse.ArgumentParser) -> str:
    """The page of every command and option."""
    lines = ["# Commands", "", WRITTEN_BY, "", *_said(parser.description)]
    lines += _options("storregion", parser)
    for name, verb in verbs(parser).items():
        lines += ["", f"## {name}", "", *_said(verb.description or _helps(parser).get(name))]
        lines += _options(f"storregion {name}", verb)
        for inner, deed in verbs(verb).items():
            lines += ["", f"### {name} {inner}", "", *_said(_helps(verb).get(inner))]
            lines += _options(f"storregion {name} {inner}", deed)
    lines += ["", "## Exit codes", "", "| code | when |", "|---|---|", "| 0 | all is well |"]
    lines += ["| 1 | the data is wrong |", "| 2 | the call is wrong |"]
    return _page(lines)


def verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The verbs of a parser, each with its own parser."""
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return {name: verb for action in inner for name, verb in action.choices.items()}


def _helps(parser: argparse.ArgumentParser) -> dict[str, str]:
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return {choice.dest: choice.help or "" for action in inner for choice in action._choices_actions}


def _options(call: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    listed = [
        a for a in parser._actions if not isinstance(a, argparse._HelpAction | argparse._SubParsersAction)
    ]
    needed = [a.metavar or a.dest.upper() for a in listed if not a.option_strings]
    verb = " VERB …" if verbs(parser) else ""
    yield from (
        f"`{' '.join([call, *map(str, needed)])}{' [OPTIONS]' if len(listed) > len(needed) else ''}{verb}`",
        "",
    )
    if listed:
        yield from ("| argument | default | meaning |", "|---|---|---|")
    for action in listed:
        yield _row(_spelt(action), _fallback(action), action.help or "")


def _spelt(action: argparse.Action) -> str:
    value = action.metavar or action.dest.upper()
    words = " ".join(value) if isinstance(value, tuple) else value
    if not action.option_strings:
        return f"`{words}`"
    takes = "" if action.nargs == 0 else f" {words}{' …' if action.nargs in ('+', '*') else ''}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


def _fallback(action: argparse.Action) -> str:
    if action.nargs == 0 or action.default in (None, argparse.SUPPRESS, [], ()):
        return "needed" if action.required else ""
    return f"`{action.default}`"


def _said(text: str | None) -> list[str]:
    return [" ".join(text.split()), ""] if text else []


def _both(text: Text) -> str:
    return text.sv if text.sv == text.en else f"{text.sv}<br>{text.en}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(*cells: Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
