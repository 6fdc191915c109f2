"""What a study says of itself: the docstring of its module, in both languages."""

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from storregion import studies
from storregion.core.errors import PipelineError
from storregion.core.language import Text
from storregion.core.workspace import Workspace

PARTS = {
    "question": ("Fråga", "Question"),
    "method": ("Metod", "Method"),
    "reads": ("Läser", "Reads"),
    "limits": ("Gränser", "Limits"),
}


@dataclass(frozen=True)
class StudyText:
    """A study's question, method, inputs and limits, and its module's first line."""

    title: Text
    question: Text
    method: Text
    reads: Text
    limits: Text


@cache
def study_texts(package: ModuleType) -> dict[str, StudyText]:
    """The texts of every study in a package, by module name.

    Raises
    ------
    PipelineError
        A docstring lacks one of the parts in one of the languages.
    """
    return {
        info.name: _text(importlib.import_module(f"{package.__name__}.{info.name}"))
        for info in pkgutil.iter_modules(package.__path__)
    }


def _text(module: ModuleType) -> StudyText:
    said = inspect.getdoc(module) or ""
    sections = dict(re.findall(r"^(\w+) +(\S(?:.|\n(?= |\n ))*)", said, flags=re.MULTILINE))
    parts: dict[str, Text] = {}
    for name, (sv, en) in PARTS.items():
        if sv not in sections or en not in sections:
            raise PipelineError(
                f"the docstring of {module.__name__} lacks {sv!r} or {en!r}; a study answers both"
            )
        parts[name] = Text(" ".join(sections[sv].split()), " ".join(sections[en].split()))
    return StudyText(title=_title(said, module), **parts)


def _title(said: str, module: ModuleType) -> Text:
    titles = (
        re.search(r"^Titel +(.+)$", said, flags=re.MULTILINE),
        re.search(r"^Title +(.+)$", said, flags=re.MULTILINE),
    )
    if titles[0] is None or titles[1] is None:
        raise PipelineError(f"the docstring of {module.__name__} lacks 'Titel' or 'Title'")
    return Text(titles[0][1].strip(), titles[1][1].strip())


def study_of(workspace: Workspace, table: str) -> str | None:
    """The study that makes a table; None for a table of facts.

    Parameters
    ----------
    workspace : the group.
    table : the table.
    """
    room, _, name = workspace.steps[table].module.removeprefix(f"{studies.__name__}.").rpartition(".")
    return name if not room else None
