"""A rehearsal: a new file is read by the very step that will read it, before it takes its place."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from storregion.core.lineage import Raw
from storregion.core.pipeline import every_step
from storregion.core.step import Step
from storregion.core.workspace import Workspace


def reading(file: str) -> tuple[Step | None, Raw | None]:
    """The step that reads a file of the group, and the file as the step names it.

    Parameters
    ----------
    file : the file's place among the fetched or bundled ones; a step may name the folder it lies in.
    """
    for step in every_step().values():
        for raw in step.raws.values():
            if raw.file.endswith("/") and file.startswith(raw.file):
                return step, raw
            if raw.fits(file):
                return step, replace(raw, file=file)
    return None, None


def inputs(workspace: Workspace, step: Step) -> dict[str, pl.DataFrame]:
    """The tables that a step takes, by parameter, built first where they are out of date."""
    return {name: workspace.table(schema.name) for name, schema in step.tables.items()}


def rehearse(workspace: Workspace, step: Step, raw: Raw, content: bytes | Path, draft: Path) -> None:
    """Run a step on a file that has not taken its place yet, with the group's own assumptions.

    Parameters
    ----------
    workspace : the group, for the tables that the step takes besides.
    step, raw : the step, and which of its raw files this is.
    content : the file, or where it lies.
    draft : where it may lie meanwhile; it is gone afterwards.

    Raises
    ------
    DataError
        The step finds faults in the file.
    """
    there = workspace.raws
    place = draft if isinstance(content, bytes) else content
    files: dict[str, Path | tuple[Path, ...] | None] = {}
    for name, one in step.raws.items():
        if one.several and one.fits(raw.file):
            others = (there.find(other)[0] for other in there.each(one) if other.file != raw.file)
            files[name] = (*others, place)
        else:
            files[name] = place if one.file == raw.file else there.given(one)
    # A step whose files are not there yet is not planned; nobody has chosen its assumptions then.
    planned = workspace.planned.get(step.schema.name)
    assumptions = planned.assumptions if planned else step.assumptions
    tables = inputs(workspace, step)
    try:
        if isinstance(content, bytes):
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
        frame = step.run(tables, files, workspace.group, assumptions)
        step.schema.check(frame, maker=f"the new {raw.file}", known=step.columns(tables))
    finally:
        draft.unlink(missing_ok=True)
