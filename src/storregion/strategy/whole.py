"""All that a group has decided and follows, read and checked together."""

from dataclasses import dataclass

from storregion.strategy import coherence, editions, followup, links, projects
from storregion.strategy.coherence import Coherence
from storregion.strategy.editions import Strategy
from storregion.strategy.followup import FollowUp
from storregion.strategy.links import Links
from storregion.strategy.projects import Projects
from storregion.workspace import Workspace


@dataclass(frozen=True)
class Whole:
    """Editions and forum, indicators, projects, links, and the coherence matrix where there is one."""

    strategy: Strategy
    followup: FollowUp
    projects: Projects
    links: Links
    coherence: Coherence | None


def read(workspace: Workspace) -> Whole:
    """Read everything of a group's strategy; the first fault is raised with its file and key.

    Parameters
    ----------
    workspace : the group opened; tables that indicators point at are built if need be.
    """
    folder = workspace.folder
    strategy = editions.read(folder)
    found = followup.read(workspace, strategy)
    joint = projects.read(folder, strategy, found.indicators, workspace.schemas)
    joined = links.read(folder, strategy, joint.projects, found)
    return Whole(strategy, found, joint, joined, coherence.read(folder, strategy))
