"""The portal put together: the pages that the modules of `pages` offer, and the open files."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from storregion.core.workspace import Workspace
from storregion.publish import pages
from storregion.publish.files import open_files
from storregion.publish.site import Parts, Site


def open_site(workspace: Workspace, *, live: bool = False, reports: bool = True) -> Site:
    """The portal of a workspace.

    Parameters
    ----------
    workspace : what is shown.
    live : whether a server answers, so that a change can be tried.
    reports : whether the pages of reports have files to download.
    """
    return Site(workspace, parts(), live=live, reports=reports)


@cache
def parts() -> Parts:
    """What makes the portal's pages and files, gathered from every module of `pages`."""
    modules = page_modules(pages)
    return Parts(
        addresses=tuple(_offered(modules, "addresses").values()),
        studies=_offered(modules, "study"),
        sections=tuple(_offered(modules, "place_sections").values()),
        exports=open_files.files,
        forms=tuple(_offered(modules, "forms").values()),
        calculated=tuple(_offered(modules, "calculated_forms").values()),
        tiles=tuple(_offered(modules, "place_tiles").values()),
        layers=tuple(_offered(modules, "map_layers").values()),
        aliases=tuple(_offered(modules, "aliases").values()),
        measured=tuple(_offered(modules, "measured").values()),
        findable=tuple(_offered(modules, "findable").values()),
    )


def page_modules(package: ModuleType) -> dict[str, ModuleType]:
    """The modules of a package of pages by name, in alphabetical order."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}


def _offered(modules: dict[str, ModuleType], function: str) -> dict[str, Any]:
    """The function of a name in each module that has it as its own, by module."""
    found = {name: getattr(module, function, None) for name, module in modules.items()}
    return {
        name: one for name, one in found.items() if getattr(one, "__module__", None) == modules[name].__name__
    }
