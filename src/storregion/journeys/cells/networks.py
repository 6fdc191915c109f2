"""Networks kept in the store: a timetable is read and sorted once, and mapped into memory from then on."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.errors import StoreError
from storregion.core.pipeline import code_behind
from storregion.journeys.cells import arrays
from storregion.journeys.from_tables import travel_network
from storregion.journeys.network import TravelNetwork
from storregion.kernels.groups import Groups
from storregion.kernels.network import Connections, Network
from storregion.kernels.walking import Links

FOLDER = "networks"
KEPT = 4
"""Networks that are kept; those used longest ago go."""

_PER_CALL = 200
"""Bytes of memory that building a network takes for each call, measured; about 60 remain."""

Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]
Affordable = Callable[[int, str, str], None]


def key(said: Mapping[str, str], reader: str = "") -> str:
    """The key of a network, of the timetable and rules it is made of and the code that makes it.

    Parameters
    ----------
    said : what the timetable and the rules are known by.
    reader : the module that reads the timetable, where it is a file.
    """
    code = code_behind("storregion.journeys.from_tables") | (code_behind(reader) if reader else {})
    layout = code_behind(__name__)
    own = {name: layout[name] for name in (__name__, arrays.__name__)}
    return digest({**said, "code": digest(code | own)})[:20]


def digest(said: Mapping[str, Any]) -> str:
    """SHA-256 of what is said."""
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def found(
    store: Path, wanted: str, tables: Callable[[], Tables], affordable: Affordable
) -> tuple[Path, TravelNetwork]:
    """The network of a key, kept or made, and the file it is kept in.

    Parameters
    ----------
    store : the folder of the store.
    wanted : the key.
    tables : gives calls, stops, changes and rules, where it is to be made.
    affordable : refuses bytes of memory that there are not, with what takes them and a remedy.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    path = store / FOLDER / f"{wanted}.arrays"
    if (kept := load(path)) is not None:
        with suppress(OSError):
            path.touch()
        return path, kept
    made = tables()
    affordable(_PER_CALL * made[0].height, f"{made[0].height} calls", "cut the timetable to your region")
    network = travel_network(*made)
    try:
        path.parent.mkdir(exist_ok=True)
        latest = sorted(path.parent.glob("*.arrays"), key=lambda other: other.stat().st_mtime, reverse=True)
        for old in latest[KEPT - 1 :]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}; give another folder with --store") from None
    save(path, network)
    return path, network


def save(path: Path, network: TravelNetwork) -> None:
    """Keep a network in one file."""
    codes = list(network.stations)
    sizes = np.array([len(network.stations[code]) for code in codes], np.int64)
    stops = np.concatenate([np.zeros(0, np.int32), *(network.stations[code] for code in codes)])
    said = {
        "stations": codes,
        "slack": network.slack,
        "longest": network.longest,
        "pace": network.pace,
        "reach": network.reach,
        "basis": network.basis,
    }
    arrays.save(path, said, [network.points, sizes, stops, *_leaves(network.timetable)])


def load(path: Path, *, checked: bool = True) -> TravelNetwork | None:
    """A network that was kept, mapped into memory; None where it is not there whole.

    Parameters
    ----------
    path : the file.
    checked : as of `arrays.load`.
    """
    kept = arrays.load(path, checked=checked)
    if kept is None:
        return None
    said, parts = kept
    points, sizes, stops, *leaves = parts
    ends = np.cumsum(sizes)
    return TravelNetwork(
        timetable=_network(iter(leaves)),
        stations={
            code: stops[end - size : end]
            for code, size, end in zip(said.pop("stations"), sizes, ends, strict=True)
        },
        points=points,
        **said,
    )


def _leaves(part: tuple[Any, ...]) -> Iterator[NDArray[Any]]:
    """The arrays of a tuple of arrays and such tuples, from first to last."""
    for value in part:
        if isinstance(value, tuple):
            yield from _leaves(value)
        else:
            yield value


def _network(leaves: Iterator[NDArray[Any]]) -> Network:
    """The network whose leaves these are."""
    made: list[Any] = [next(leaves) for _ in range(7)]
    made += [_taken(kind, leaves) for kind in (Links, Links, Connections, Connections, Groups)]
    return Network(*made)


def _taken(kind: Any, leaves: Iterator[NDArray[Any]]) -> Any:
    return kind(*(next(leaves) for _ in kind._fields))
