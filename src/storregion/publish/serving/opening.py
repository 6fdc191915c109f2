"""The site that is served: opened when its tables are there, and anew when a newer build is read."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.content import content_key
from storregion.publish.rendering import ANYWHERE
from storregion.publish.site import Site

_LOOK = 1.0
"""Seconds between looks for a newer build."""


@dataclass
class Opened:
    """A site and the key of all that it shows.

    Attributes
    ----------
    site : what is served.
    key : of its content.
    """

    site: Site
    key: str
    _missing: dict[Language, str] = field(default_factory=dict)

    def tag(self, address: str) -> str:
        """What tells one content of an address from another, known before it is made."""
        return f"{self.key}-{hashlib.sha256(address.encode()).hexdigest()[:12]}"

    def missing(self, language: Language) -> str:
        """The page that says that there is none."""
        if language not in self._missing:
            self._missing[language] = self.site.render("missing.html", language, ANYWHERE)
        return self._missing[language]


class Opening:
    """Opens a site once for all who ask."""

    def __init__(self, workspace: Workspace, opens: Callable[[], Site]) -> None:
        """Open nothing yet.

        Parameters
        ----------
        workspace : whose site it is; large answers lie on the disk of its store.
        opens : opens the site; may raise NotBuiltError.
        """
        self.group, self.folder = workspace.group, workspace.store.folder
        self._opens = opens
        self._alone = threading.Lock()
        self._opened: Opened | None = None
        self._state: object = None
        self._looked = 0.0

    @classmethod
    def of(cls, site: Site) -> "Opening":
        """A site that is open already."""
        return cls(site.workspace, lambda: site)

    def opened(self) -> Opened:
        """The site, opened first if need be; other threads wait.

        Raises
        ------
        NotBuiltError
            What it rests on is not built yet.
        """
        with self._alone:
            if self._opened is None:
                site = self._opens()
                state = _state(site.workspace)
                # The pages there are and the forms: found here, not where requests are answered.
                len(site.makers), len(site.forms), len(site.aliases), len(site.calculated)
                self._opened, self._state = Opened(site, content_key(site.workspace)), state
            return self._opened

    def now(self, changed: Callable[[], None]) -> Opened | None:
        """The site if it is open.

        Parameters
        ----------
        changed : called where a newer build has been made, so that what was made of the older is let go.
        """
        opened = self._opened
        if opened and opened.site.workspace.as_built and time.monotonic() > self._looked + _LOOK:
            self._looked = time.monotonic()
            if _state(opened.site.workspace) != self._state:
                self._opened = None
                changed()
        return self._opened


def _state(workspace: Workspace) -> object:
    """What changes when a newer build is there to be read."""
    return workspace.store.state(workspace.state_name) if workspace.as_built else None
