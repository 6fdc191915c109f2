"""What pages, files and reports know of follow-ups: frozen ones, earlier ones, targets and latest figures."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from storregion.core.errors import SettingError
from storregion.core.lineage import Figure
from storregion.publish.site import Site
from storregion.strategy import followup, freeze, status
from storregion.strategy.documents import Wording
from storregion.strategy.followup import Earlier, Indicator
from storregion.strategy.projects import Project

STATUS = status.INDICATOR_STATUS.name


def packages(site: Site) -> list[Path]:
    """The folders of frozen follow-ups, by name."""
    found = sorted(path.parent for path in site.workspace.folder.glob(f"followups/*/{freeze.MANIFEST}"))
    for folder in found:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", folder.name):
            raise SettingError(f"{folder}: the name is part of an address; use a–z, 0–9 and - only")
    return found


def latest(cells: Sequence[Figure]) -> Figure:
    """The latest figure with a value; where none has one, the latest."""
    return next((cell for cell in reversed(cells) if cell.value is not None), cells[-1])


def target(site: Site, name: str, indicator: Indicator) -> Figure | None:
    """An indicator's target as a figure of the status table; None where it has none."""
    if indicator.target is None:
        return None
    unit = site.workspace.schemas[indicator.table][indicator.column].unit
    key = followup.status_figures(site.followup, site.workspace, name)["p"].key
    return Figure(indicator.target.value, unit, STATUS, "target", (("indicator", name),), key, "observed")


def earlier(site: Site) -> list[tuple[Earlier, Project, list[Wording]]]:
    """Follow-ups made before and elsewhere: each with its project, and what the project quotes of it."""
    found = []
    for one in site.followup.earlier:
        project = site.whole.projects.projects[one.project]
        found.append((one, project, [said for said in project.results if said.document == one.document]))
    return found


def manifest(folder: Path) -> freeze.Manifest:
    """What a frozen follow-up says of its files."""
    return msgspec.json.decode(freeze.read(folder)[freeze.MANIFEST], type=freeze.Manifest)
