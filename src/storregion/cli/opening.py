"""The group that a call is about, opened; and the packages that a verb needs."""

import argparse
from importlib.util import find_spec
from typing import TYPE_CHECKING

from storregion.core.errors import CallError

if TYPE_CHECKING:
    from storregion.core.workspace import Workspace

PORTAL = ("brotli", "jinja2", "starlette", "uvicorn", "vl_convert", "xlsxwriter")
FETCH = ("httpcore2", "stamina")
POWER = ("netCDF4",)


def open_group(chosen: argparse.Namespace, scenario: str | None = None) -> "Workspace":
    """The group opened with a scenario; that of the call when None."""
    from storregion.core.workspace import Workspace

    name = chosen.scenario if scenario is None else scenario
    return Workspace(chosen.group, chosen.store, name, as_built=chosen.as_built)


def open_to_make(chosen: argparse.Namespace, scenario: str | None = None) -> "Workspace":
    """The group opened to make tables, which --as-built would forbid."""
    if chosen.as_built:
        raise CallError(f"{chosen.verb} makes what is out of date; leave --as-built out")
    return open_group(chosen, scenario)


def needs(packages: tuple[str, ...], extra: str) -> None:
    """Raise if packages of an extra are not installed."""
    if missing := [name for name in packages if find_spec(name) is None]:
        doing = {"portal": "the portal", "fetch": "fetching", "power": "a file for PyPSA"}[extra]
        raise CallError(
            f"{doing} needs {', '.join(missing)}; install with: pip install 'storregion[{extra}]'"
        )
