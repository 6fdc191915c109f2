"""The portals that the tests of publishing read."""

from pathlib import Path

import pytest

from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.publish.site import Site

SMALL = Path(__file__).parents[1] / "groups" / "blekinge"


@pytest.fixture(scope="session")
def site(bundled: Workspace) -> Site:
    """The portal of the bundled group."""
    return open_site(bundled)


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The portal of the small group, which has no country, strategy or indicators."""
    work = Workspace(SMALL, tmp_path_factory.mktemp("store"))
    work.build()
    return open_site(work)
