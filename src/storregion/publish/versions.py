"""The version of all that pages read, as it is now: the same version, the same content."""

import hashlib

from storregion.core import reads
from storregion.core.errors import StorregionError
from storregion.core.reads import Read
from storregion.core.workspace import Workspace
from storregion.publish.site import Site, asked_page


class Versions:
    """The versions of what the pages of a site read."""

    def __init__(self, site: Site) -> None:
        """Take the site whose tables, clock and pages count."""
        self.site = site
        # Of the beginning: a page that is made after midnight is then made anew next time, and never kept.
        self._clock = {reads.DAY: reads.today().isoformat(), reads.YEAR: str(reads.this_year())}
        self._of_keys: dict[tuple[str, str], str] = {}

    def __call__(self, read: Read) -> str:
        """The version of something read; empty where it is not there any more."""
        if read in self._clock:
            return self._clock[read]
        if read == reads.EVERYTHING:
            steps = self.site.workspace.steps
            return _digest("".join(self._of(self.site.workspace, table) for table in steps))
        if (address := asked_page(read)) is not None:
            return "there" if address in self.site.makers else "not there"
        own = read.scenario == self.site.workspace.scenario_name
        try:
            return self._of(self.site.workspace if own else self.site.scenario(read.scenario), read.table)
        except StorregionError:
            return ""

    def _of(self, workspace: Workspace, table: str) -> str:
        return self._behind(workspace, table, workspace.key(table))

    def _behind(self, workspace: Workspace, table: str, key: str) -> str:
        """Of a table and all behind it: pages also show sources, which the key alone does not cover."""
        if (table, key) not in self._of_keys:
            record = workspace.store.record(table, key)
            inputs = sorted(record.behind) if record else []
            behind = [self._behind(workspace, *one) for one in inputs]
            self._of_keys[table, key] = _digest(f"{table} {key} {record!r} {behind}")
        return self._of_keys[table, key]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
