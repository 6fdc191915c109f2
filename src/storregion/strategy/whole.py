"""All that a group has decided and follows, read and checked together."""

from dataclasses import dataclass, replace
from pathlib import Path

from storregion.core.workspace import Workspace
from storregion.strategy import coherence, editions, followup, links, plans, projects
from storregion.strategy.coherence import Coherence
from storregion.strategy.documents import Document, Library, known_name
from storregion.strategy.editions import Strategy
from storregion.strategy.followup import FollowUp
from storregion.strategy.links import Links
from storregion.strategy.projects import Projects


@dataclass(frozen=True)
class Whole:
    """Editions and forum, indicators, projects, links, and the coherence matrix where there is one."""

    strategy: Strategy
    followup: FollowUp
    projects: Projects
    links: Links
    coherence: Coherence | None

    def suspects(self) -> list[str]:
        """The links and codings that rest on a text that has changed since, by name."""
        links = [f"link {name}" for name, held in self.links.links.items() if held.state == "suspect"]
        codings = self.coherence.suspects() if self.coherence else []
        return links + [f"coding of {one.document} on {one.element} by {one.coder}" for one in codings]


def read(workspace: Workspace) -> Whole:
    """Read everything of a group's strategy; the first fault is raised with its file and key.

    Parameters
    ----------
    workspace : the group opened; tables that indicators point at are built if need be.
    """
    folder = workspace.folder
    strategy = editions.read(folder)
    strategy = replace(strategy, library=_with_plans(strategy.library, folder))
    found = followup.read(workspace, strategy)
    joint = projects.read(folder, strategy, found.indicators, workspace.schemas)
    for earlier in found.earlier:
        known_name(earlier.project, joint.projects, "project", f"{folder / 'followup.toml'}: earlier")
    joined = links.read(folder, strategy, joint.projects, found)
    return Whole(strategy, found, joint, joined, coherence.read(folder, strategy))


def _with_plans(library: Library, folder: Path) -> Library:
    """The library with the plans that were read into the group, whose statements can be quoted by id."""
    read = plans.read(folder)
    described = {name: Document(p.head.title, p.head.publisher, p.head.date) for name, p in read.items()}
    texts = {name: "\n".join(plan.pages) for name, plan in read.items()}
    cut = {name: {one.id: one.text for one in plan.statements} for name, plan in read.items()}
    return replace(
        library, documents=described | {**library.documents}, texts=texts | {**library.texts}, cut=cut
    )
