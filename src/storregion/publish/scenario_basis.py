"""What a scenario does and rests on: operations, edits and assumptions, each with its reason and source."""

from collections.abc import Iterator

from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.numbers import with_unit
from storregion.publish.words import WORDS
from storregion.studies.remote_classes import RemoteWork
from storregion.timetable.operation_kinds import KINDS


def settings(other: Workspace) -> list[str]:
    """The assumptions that a scenario sets beside operations, as its file writes them."""
    return [
        f"{table}.{name} = {value}"
        for table, given in other.scenario.assumptions.items()
        for name, value in given.items()
        if name != "made"
    ]


def operations(workspace: Workspace, language: Language) -> list[dict[str, str]]:
    """What a scenario does to the timetable, the population and power, each with its reason and source."""
    lines = workspace.table("timetable_operations").sort("number")
    found = [
        {
            "kind": KINDS[row["kind"]][language],
            "of": row["lines"],
            "because": row[f"because_{language}"],
            "source": row["source"],
        }
        for row in lines.iter_rows(named=True)
    ]
    others = (_of_people, _of_power, _of_remote_work, _edits)
    return [*found, *(done for of in others for done in of(workspace, language))]


def _of_people(workspace: Workspace, language: Language) -> Iterator[dict[str, str]]:
    """What a scenario does to the projection, once for all years."""
    if "projection_operations" not in workspace.steps:
        return
    names = dict(workspace.table("municipalities").select("municipality", "name").iter_rows())
    rows = workspace.table("projection_operations").sort("number", "year")
    for row in rows.unique("number", keep="first", maintain_order=True).iter_rows(named=True):
        yield {
            "kind": WORDS[f"board_operation_{row['kind']}"][language],
            "of": names[row["municipality"]],
            "because": row[f"because_{language}"],
            "source": row["source"],
        }
    frames = workspace.table("region_frames").unique("number", keep="first", maintain_order=True)
    for row in frames.sort("number").iter_rows(named=True):
        yield {
            "kind": WORDS["board_operation_frame"][language],
            "of": row["projection"],
            "because": row[f"because_{language}"],
            "source": "",
        }


def _of_remote_work(workspace: Workspace, language: Language) -> Iterator[dict[str, str]]:
    """How many a scenario has working at home; nothing where it leaves that as the group has it."""
    if not workspace.scenario.assumptions.get("remote_classes"):
        return
    schema = workspace.schemas["remote_classes"]
    for row in workspace.table("remote_classes").sort("number").iter_rows(named=True):
        share, days = (with_unit(row[name], schema[name].unit, language) for name in ("share", "days"))
        yield {
            "kind": RemoteWork.called[language],
            "of": WORDS["board_remote_class"][language].format(share=share, days=days),
            "because": row[f"because_{language}"],
            "source": row["source"],
        }


def _of_power(workspace: Workspace, language: Language) -> Iterator[dict[str, str]]:
    """What a scenario does to plants, feed-ins, requests and charging."""
    if "power_operations" not in workspace.steps:
        return
    for row in workspace.table("power_operations").sort("number").iter_rows(named=True):
        yield {
            "kind": WORDS[f"board_operation_{row['operation']}"][language],
            "of": row["name"] or str(row["from_year"]),
            "because": row[f"because_{language}"],
            "source": row["source"],
        }


def _edits(workspace: Workspace, language: Language) -> Iterator[dict[str, str]]:
    """What a scenario changes in tables of facts."""
    for edit in workspace.scenario.edits:
        where = ", ".join(f"{name} = {value}" for name, value in edit.where.items())
        yield {
            "kind": WORDS["board_edit"][language],
            "of": f"{edit.table} {where}".strip(),
            "because": edit.because[language],
            "source": "",
        }
