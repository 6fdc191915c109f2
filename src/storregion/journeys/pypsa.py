"""A balance of power as a netCDF file that PyPSA reads: counties and zones, never lines or stations."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np

from storregion.core.errors import CallError
from storregion.journeys.power import Balance

UNLIMITED = 1e6
"""MW of what has no limit: PyPSA divides by the power of a part."""


class _Parts(NamedTuple):
    """Parts of one kind: their names, an attribute's value for each, and series by attribute and name."""

    kind: str
    names: Sequence[str]
    static: Mapping[str, Sequence[Any]]
    series: Mapping[str, Any] = {}


def write(path: Path, found: Balance) -> None:
    """Write a balance for PyPSA.

    Parameters
    ----------
    path : the file to write; one that is there is replaced.
    found : the network and what runs and flows there.

    Raises
    ------
    CallError
        The file cannot be written there.
    """
    about = {"network_name": "storregion", "network_pypsa_version": "1.0.0", "network_srid": 4326}
    try:
        with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
            file.setncatts(about)
            _snapshots(file, found)
            for parts in (_carriers(found), _buses(found), _loads(found), _generators(found), _links(found)):
                _write(file, parts)
    except OSError as error:
        raise CallError(f"{path} cannot be written ({error}); name a file in a folder of yours") from None


def _snapshots(file: netCDF4.Dataset, found: Balance) -> None:
    file.createDimension("snapshots", len(found.span.begins))
    file.createVariable("snapshots", "i8", ("snapshots",))[:] = np.arange(len(found.span.begins))
    first = found.span.begins[0]
    moment = file.createVariable("snapshots_snapshot", "i8", ("snapshots",))
    moment.setncatts({"units": f"hours since {first:%Y-%m-%d %H:%M:%S}", "calendar": "proleptic_gregorian"})
    moment[:] = np.arange(len(found.span.begins)) * found.span.hours
    for weighting in ("objective", "stores", "generators"):
        variable = file.createVariable(f"snapshots_{weighting}", "f8", ("snapshots",))
        variable[:] = np.full(len(found.span.begins), float(found.span.hours))


def _write(file: netCDF4.Dataset, parts: _Parts) -> None:
    """One kind of part: its index, its attributes, and its series."""
    index = f"{parts.kind}_i"
    _words(file, index, index, parts.names)
    for attribute, values in parts.static.items():
        name = f"{parts.kind}_{attribute}"
        if isinstance(values[0], str):
            _words(file, name, index, values)
        elif isinstance(values[0], bool):
            # xarray's sign of truth values, of which netCDF has none.
            variable = file.createVariable(name, "i1", (index,))
            variable.setncattr("dtype", "bool")
            variable[:] = np.array(values, np.int8)
        else:
            file.createVariable(name, "f8", (index,))[:] = np.array(values, float)
    for attribute, series in parts.series.items():
        own = f"{parts.kind}_t_{attribute}_i"
        _words(file, own, own, parts.names)
        variable = file.createVariable(f"{parts.kind}_t_{attribute}", "f8", ("snapshots", own))
        variable[:] = np.asarray(series).T


def _words(file: netCDF4.Dataset, name: str, dimension: str, words: Sequence[str]) -> None:
    if dimension not in file.dimensions:
        file.createDimension(dimension, len(words))
    file.createVariable(name, str, (dimension,))[:] = np.array(words, object)


def _carriers(found: Balance) -> _Parts:
    kinds = sorted({one.kind for one in found.supplies})
    return _Parts("carriers", ["AC", *kinds, "import", "export", "unserved", "spilled"], {})


def _buses(found: Balance) -> _Parts:
    static = {"carrier": ["AC"] * len(found.nodes)}
    price = found.dispatch.price / found.span.hours
    return _Parts("buses", found.nodes, static, {"marginal_price": price})


def _loads(found: Balance) -> _Parts:
    names = [f"use {node}" for node in found.nodes]
    return _Parts("loads", names, {"bus": found.nodes}, {"p_set": found.use, "p": found.use})


def _links(found: Balance) -> _Parts:
    """Each link twice, as power that goes back has a weight of its own."""
    there, back = found.dispatch.there, found.dispatch.back
    ways = [*found.links, *((other, one) for one, other in found.links)]
    flow = np.concatenate([there, back])
    mw = [min(float(one), UNLIMITED) for one in found.network.link_mw] * 2
    static: dict[str, Sequence[Any]] = {
        "bus0": [one for one, _ in ways],
        "bus1": [other for _, other in ways],
        "carrier": ["AC"] * len(ways),
        "p_nom": mw,
        "p_nom_opt": mw,
        "marginal_cost": [found.weights.moved] * len(ways),
    }
    names = [f"{one} to {other}" for one, other in ways]
    return _Parts("links", names, static, {"p0": flow, "p1": -flow})


_COLUMNS = (
    "bus", "carrier", "sign", "p_nom", "p_nom_opt", "p_nom_extendable", "p_min_pu", "p_max_pu", "e_sum_max",
    "capital_cost", "marginal_cost",
)  # fmt: skip


def _generators(found: Balance) -> _Parts:
    """Generation, import and export at the zones, use that is not met, and what has nowhere to go."""
    rows = [*_running(found), *_outside(found), *_unmatched(found)]
    static = {
        column: [fields.get(column, _USUAL.get(column)) for _, fields, _ in rows] for column in _COLUMNS
    }
    return _Parts("generators", [name for name, _, _ in rows], static, {"p": [power for *_, power in rows]})


_Row = tuple[str, dict[str, Any], Any]
_USUAL: dict[str, Any] = {
    "sign": 1.0,
    "p_nom_extendable": False,
    "p_min_pu": 0.0,
    "p_max_pu": 1.0,
    "e_sum_max": np.inf,
    "capital_cost": 0.0,
    "marginal_cost": 0.0,
}


def _running(found: Balance) -> Iterator[_Row]:
    steps = len(found.span.begins)
    for one in found.supplies:
        fields: dict[str, Any] = {"bus": one.node, "carrier": one.kind}
        if one.most_mw is None:
            fields |= _power(one.mean_mw) | {"p_min_pu": 1.0}
            yield f"{one.kind} {one.node}", fields, np.full(steps, one.mean_mw)
        else:
            at = found.nodes.index(one.node)
            fields |= _power(one.most_mw) | {"e_sum_max": float(found.network.movable_mwh[at])}
            yield f"{one.kind} {one.node}", fields, found.dispatch.moved[at]


def _outside(found: Balance) -> Iterator[_Row]:
    for at, source in enumerate(found.network.sources):
        zone = found.nodes[source]
        capacity = float(found.dispatch.least_import[at])
        fields: dict[str, Any] = {
            "bus": zone,
            "carrier": "import",
            "p_nom": 0.0,
            "p_nom_opt": capacity,
            "p_nom_extendable": True,
            "capital_cost": found.weights.least_import * (1 + found.weights.later * at),
            "marginal_cost": found.weights.imported,
        }
        yield f"import {zone}", fields, found.dispatch.imported[at]
        fields = {"bus": zone, "carrier": "export", "sign": -1.0} | _power(UNLIMITED)
        yield f"export {zone}", fields, found.dispatch.exported[at]


def _unmatched(found: Balance) -> Iterator[_Row]:
    both = (
        ("unserved", 1.0, found.weights.unserved, found.dispatch.unserved),
        ("spilled", -1.0, found.weights.spilled, found.dispatch.spilled),
    )
    for carrier, sign, weight, power in both:
        for at, node in enumerate(found.nodes):
            fields = {"bus": node, "carrier": carrier, "sign": sign, "marginal_cost": weight}
            yield f"{carrier} {node}", fields | _power(UNLIMITED), power[at]


def _power(mw: float) -> dict[str, float]:
    return {"p_nom": mw, "p_nom_opt": mw}
