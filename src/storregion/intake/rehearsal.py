"""A trial: a new file is read by the very step that will read it, before it takes its place in the group."""

from pathlib import Path

from storregion.core.group import RegionGroup
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
            if raw.file == file or (raw.file.endswith("/") and file.startswith(raw.file)):
                return step, raw
    return None, None


def tried(workspace: Workspace, step: Step, raw: Raw, content: bytes | Path, draft: Path) -> None:
    """Run a step on a file that has not taken its place yet.

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
    frames = {name: workspace.table(schema.name) for name, schema in step.tables.items()}
    inputs, known = step.filled(frames), step.columns(frames)
    there = workspace.raws
    raws = {name: there.find(r)[0] if there.has(r) else None for name, r in step.raws.items()}
    place = draft if isinstance(content, bytes) else content
    raws |= {name: place for name, r in step.raws.items() if r.file == raw.file}
    groups = {name: workspace.group for name, hint in step.hints.items() if hint is RegionGroup}
    try:
        if isinstance(content, bytes):
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
        frame = step.function(**inputs, **raws, **groups, **step.assumptions)
        step.schema.check(frame, maker=f"the new {raw.file}", known=known)
    finally:
        draft.unlink(missing_ok=True)
