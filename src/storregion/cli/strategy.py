"""The strategy: shown, plans read and suggested from, follow-ups frozen and compared."""

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from storregion.cli.arguments import Verbs, add_json, day
from storregion.cli.opening import open_group, open_to_make
from storregion.cli.output import FINE, answer, print_table, rows
from storregion.core.errors import CallError, nearest

if TYPE_CHECKING:
    from storregion.core.workspace import Workspace
    from storregion.strategy.whole import Whole


def add(verbs: Verbs) -> None:
    """Add the verbs strategy, plan and followup."""
    _add_strategy(verbs)
    _add_plan(verbs)
    _add_follow_up(verbs)


def _add_strategy(verbs: Verbs) -> None:
    strategy = verbs.add_parser(
        "strategy", help="print goals and focus areas, and what follows and serves them"
    )
    strategy.add_argument(
        "word", nargs="?", default="", metavar="WORD", help="only rows with this in element or name"
    )
    form = strategy.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print as CSV")
    add_json(form, "rows")
    strategy.set_defaults(run=_strategy)


def _add_plan(verbs: Verbs) -> None:
    plan = verbs.add_parser("plan", help="read a plan, and suggest what in it concerns the strategy")
    deeds = plan.add_subparsers(dest="deed", required=True, metavar="VERB")

    add = deeds.add_parser("add", help="read a plan's text into the group, cut into statements")
    add.add_argument("file", type=Path, metavar="FILE", help="the plan: PDF, DOCX or UTF-8 text")
    add.add_argument("--title", metavar="TEXT", help="its title, if documents.toml does not have it")
    add.add_argument("--publisher", metavar="TEXT", help="its publisher, if documents.toml does not have it")
    add.add_argument("--date", metavar="DATE", help="its date, as year, month or day: 2024-06-12")
    add.add_argument("--replace", action="store_true", help="replace an earlier reading")
    add_json(add, "file", "title", "pages", "statements", "noticed")
    add.set_defaults(run=_plan_add)

    confirm = deeds.add_parser("confirm", help="record that its statements have been gone through")
    confirm.add_argument(
        "--by", required=True, metavar="WHO", help="the organisation or role that has done so"
    )
    add_json(confirm, "title", "statements")
    confirm.set_defaults(run=_plan_confirm)

    suggest = deeds.add_parser("suggest", help="print which focus areas its statements may be about")
    form = suggest.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print as CSV")
    add_json(form, "rows", "confirmed", "measured")
    suggest.set_defaults(run=_plan_suggest)
    for deed in (add, confirm, suggest):
        deed.add_argument("--document", required=True, metavar="KEY", help="the document's key")

    evaluate = deeds.add_parser("evaluate", help="measure the suggestions on labelled statements")
    evaluate.add_argument("file", type=Path, metavar="FILE", help="tab-separated labelled statements")
    evaluate.add_argument(
        "--unseen", action="store_true", help="say that who chose the subject words had not read them"
    )
    add_json(evaluate, "measured", "evaluation")
    evaluate.set_defaults(run=_plan_evaluate)


def _add_follow_up(verbs: Verbs) -> None:
    follow_up = verbs.add_parser("followup", help="freeze a follow-up, or compare two frozen ones")
    doing = follow_up.add_subparsers(dest="doing", required=True, metavar="VERB")
    freeze = doing.add_parser(
        "freeze", help="write figures, statuses and words as they stand to a new folder"
    )
    freeze.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write")
    freeze.add_argument(
        "--date", type=day, metavar="DAY", help="the day it is made, as 2026-01-31 (default: today)"
    )
    add_json(freeze, "folder", "files")
    freeze.set_defaults(run=_freeze)
    differ = doing.add_parser("diff", help="print what differs between two frozen follow-ups")
    differ.add_argument("a", type=Path, metavar="A", help="the folder of the former")
    differ.add_argument("b", type=Path, metavar="B", help="the folder of the latter")
    add_json(differ, "changes")
    differ.set_defaults(run=_frozen_diff)


def _strategy(chosen: argparse.Namespace) -> int:
    import polars as pl

    from storregion.strategy import whole

    workspace, word = open_group(chosen), chosen.word.casefold()
    all_rows = list(_elements(workspace, whole.read(workspace)))
    found = [row for row in all_rows if word in f"{row[0]}\n{row[2]}".casefold()]
    if not found:
        known = (
            nearest(chosen.word, {row[0] for row in all_rows}) if all_rows else "the group has no strategy"
        )
        raise CallError(
            f"no element of the strategy, and nothing joined to one, is named like {chosen.word!r}; {known}"
        )
    frame = pl.DataFrame(
        found, dict.fromkeys(("element", "kind", "name", "what", "state"), pl.String), orient="row"
    )
    if chosen.json:
        answer(chosen, {"rows": rows(frame)}, ())
    else:
        print_table(frame, csv=chosen.csv)
    return FINE


def _elements(workspace: "Workspace", group: "Whole") -> Iterator[tuple[str, str, str, str, str]]:
    """A row for every element with its words, and one for each thing that is joined to it."""
    from storregion.publish.numbers import with_unit
    from storregion.strategy import followup

    for element, label in group.strategy.elements().items():
        adopted = group.strategy.adoptions[int(element.partition("/")[0])]
        yield element, "words", label.en, group.strategy.words(element).text, adopted.said.en
        for descent in group.strategy.ancestors(element):
            yield element, "comes from", descent.of or "nothing", descent.kind, descent.state
        for name, indicator in group.followup.of(element).items():
            column = workspace.schemas[indicator.table][indicator.column]
            last = followup.points(indicator, workspace)[-1:]
            value = next(
                (f"{one.year}: {with_unit(one.value, column.unit, 'en')}" for one in last), "no value"
            )
            yield element, "indicator", name, indicator.title.en, value
        for name, project in group.projects.of(element).items():
            yield element, "project", name, project.title.en, project.state or "not known"
        for name, held in group.links.of(element).items():
            yield element, "link", name, f"{held.link.role} {held.link.other}", held.state
        if element in group.followup.not_yet:
            yield element, "not followed", "", group.followup.not_yet[element].en, ""


def _plan_add(chosen: argparse.Namespace) -> int:
    from storregion.strategy import plans
    from storregion.strategy.documents import Document

    said = None
    if chosen.title or chosen.publisher or chosen.date:
        if not (chosen.title and chosen.publisher):
            raise CallError("--title and --publisher go together; give both, or neither and no --date")
        said = Document(chosen.title, chosen.publisher, chosen.date)
    folder = open_to_make(chosen).folder
    plan = plans.add(folder, chosen.file, chosen.document, said, replace=chosen.replace)
    file, title, noticed = plans.place(folder, plan.document), plan.head.title, plans.noticed(plan.head)
    lines = [f"Read {title}: pages {len(plan.pages)}, statements {len(plan.statements)}."]
    lines += [f"  {line}" for line in noticed]
    lines.append(f"Wrote {file}. Go through its statements, then run 'plan confirm'.")
    found = {"file": file, "title": title, "pages": len(plan.pages), "statements": len(plan.statements)}
    answer(chosen, {**found, "noticed": noticed}, lines)
    return FINE


def _plan_confirm(chosen: argparse.Namespace) -> int:
    from storregion.strategy import plans

    plan = plans.confirm(open_to_make(chosen).folder, chosen.document, chosen.by)
    count, title = len(plan.statements), plan.head.title
    answer(chosen, {"title": title, "statements": count}, [f"{count} statements of {title} are confirmed."])
    return FINE


def _plan_suggest(chosen: argparse.Namespace) -> int:
    from storregion.strategy import evaluation, plans, suggestions

    folder = open_group(chosen).folder
    plan = plans.one(folder, chosen.document)
    ready = suggestions.index(folder)
    found = suggestions.suggested(folder, plan, ready)
    measured = evaluation.summary(evaluation.read(folder), ready)
    if chosen.csv:
        print_table(suggestions.table(plan, found), csv=True)
        print(measured, file=sys.stderr)
        return FINE
    lines = []
    for one in found:
        lines.append(f"p. {one.statement.page}  {one.statement.text}")
        lines += [f"    {h.element}  {h.score:.2f}  ({', '.join(h.because)})" for h in one.suggestions]
    if not plan.confirmed:
        lines.append("How the plan was cut into statements has not been confirmed.")
    table = rows(suggestions.table(plan, found))
    answer(chosen, {"rows": table, "confirmed": plan.confirmed, "measured": measured}, [*lines, measured])
    return FINE


def _plan_evaluate(chosen: argparse.Namespace) -> int:
    import msgspec

    from storregion.strategy import evaluation, suggestions

    folder = open_to_make(chosen).folder
    found = evaluation.measured(folder, chosen.file, seen=not chosen.unseen)
    evaluation.keep(folder, found)
    measured = evaluation.summary(found, suggestions.index(folder))
    answer(chosen, {"measured": measured, "evaluation": msgspec.to_builtins(found)}, [measured])
    return FINE


def _freeze(chosen: argparse.Namespace) -> int:
    from storregion.strategy import freeze, whole

    workspace = open_group(chosen)
    files = freeze.package(workspace, whole.read(workspace), chosen.date or date.today())
    freeze.write(files, chosen.to)
    line = f"Froze the follow-up in {chosen.to}: {', '.join(files)}."
    answer(chosen, {"folder": chosen.to, "files": list(files)}, [line])
    return FINE


def _frozen_diff(chosen: argparse.Namespace) -> int:
    from storregion.strategy import freeze

    changes = freeze.difference(freeze.read(chosen.a), freeze.read(chosen.b))
    lines = []
    for change in changes:
        line = f"{change.kind:<8} {'/'.join(change.where)}: {change.before or '–'} → {change.after or '–'}"
        # A package comes from elsewhere: what a terminal would obey is shown, not sent.
        lines.append("".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in line))
    found = [
        {"kind": one.kind, "where": one.where, "before": one.before, "after": one.after} for one in changes
    ]
    answer(chosen, {"changes": found}, lines or [f"{chosen.a} and {chosen.b} say the same."])
    return FINE
