"""Shapes from a Web Feature Service (WFS 2.0.0) as GeoJSON: counted first, then fetched page by page.

A service says of a layer neither when it was changed nor what its edition is, so its pages are asked for
at every fetch, and what they hold is compared with what is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from storregion.core.errors import DataError, FetchError
from storregion.core.table import Schema
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.pxweb import document
from storregion.fetch.sources import Made, Seen
from storregion.fetch.transport import BrokenError, Call, Transport, plain

COLUMNS = ("code", "name", "municipality", "population")
MOST_FEATURES = 1_000_000
_REFERENCE = "EPSG:3006"


class _Feature(msgspec.Struct, frozen=True):
    geometry: dict[str, Any]
    properties: dict[str, Any]


class _Features(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="type")
    features: list[_Feature]
    matched: int | None = msgspec.field(name="numberMatched", default=None)


@dataclass
class Features:
    """A client of one WFS; the publisher's base is its address."""

    transport: Transport
    folder: Path

    def look(self, target: Target) -> list[Seen]:
        """How many features the layer has; when it was changed the service does not say.

        Raises
        ------
        DataError
            The target names no layer, or properties that its features do not have.
        """
        if not target.layer or "code" not in target.properties:
            raise DataError(f"the target of {target.file} names no layer, or no property for code")
        found = document(self.transport, self.folder, self._call(target, 0, 1), _Features)
        if not found.matched or not found.features:
            raise FetchError(f"the layer {target.layer} has no features; look it up at the publisher")
        if found.matched > MOST_FEATURES:
            raise FetchError(f"the layer {target.layer} has {found.matched} features; not fetched")
        there = tuple(sorted(found.features[0].properties))
        missing = [name for name in target.properties.values() if name not in there]
        if missing:
            raise DataError(f"{target.layer} has no property {', '.join(missing)}; it has {', '.join(there)}")
        return [Seen(target.layer, "", "", {"properties": there}, {"count": (str(found.matched),)})]

    def calls(self, target: Target, seen: Seen) -> list[Call]:
        """A call for every page."""
        count, page = int(seen.chosen["count"][0]), self.transport.publisher.page
        return [self._call(target, at, min(page, count - at), count) for at in range(0, count, page)]

    def follow(self, call: Call, path: Path) -> None:
        """Nothing: the pages are counted beforehand."""

    def _call(self, target: Target, start: int, count: int, total: int | None = None) -> Call:
        query = {
            "service": "WFS",
            "version": "2.0.0",
            "request": "GetFeature",
            "typeNames": target.layer,
            "outputFormat": "application/json",
            "srsName": _REFERENCE,
            "count": str(count),
        }
        if count > 1 or start:
            # Without an order a service may give a feature on two pages, and another on none.
            query |= {"sortBy": target.properties["code"], "startIndex": str(start)}
        return Call("", query, check=_Page(count, total), features=count if total else 0)


@dataclass(frozen=True)
class _Page:
    """Whether an answer holds as many features as were asked for, of a layer with so many in all."""

    count: int
    total: int | None

    def __call__(self, path: Path) -> None:
        """Raise when it does not."""
        try:
            found = msgspec.json.decode(plain(path.read_bytes()), type=_Features)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise BrokenError(f"the answer is not complete GeoJSON ({error}); nothing was taken") from None
        if found.kind != "FeatureCollection" or len(found.features) != self.count:
            raise BrokenError(
                f"the answer has {len(found.features)} features where {self.count} were asked for; not taken"
            )
        if self.total and found.matched not in (None, self.total):
            raise FetchError(
                f"the layer had {self.total} features, now {found.matched}: it was changed while it was "
                "fetched. Fetch again"
            )


def read(
    target: Target,
    tables: Sequence[tuple[TableLock, Sequence[Path]]],
    schema: Schema | None,
    lookups: Mapping[str, pl.DataFrame],
    draft: Path,
) -> Made:
    """A line of JSON for every feature, in order of code; parameters as for every reader.

    Raises
    ------
    DataError
        A shape is not valid, lies outside Sweden, two features have one code, or the pages are not the layer.
    """
    lines: dict[str, bytes] = {}
    wrong, totals = 0, set()
    for path in tables[0][1]:
        page = msgspec.json.decode(plain(path.read_bytes()), type=_Features)
        totals.add(page.matched)
        for code, line, valid in _lines(target, page):
            if code in lines:
                same = "the same feature" if lines[code] == line else "features that differ"
                raise DataError(
                    f"{target.layer} has the code {code!r} twice, for {same}; does the service pass over "
                    "startIndex, or is the property for code not the areas' own?"
                )
            lines[code] = line
            wrong += not valid
    count = len(lines)
    if totals - {None, count}:
        said = ", ".join(str(total) for total in totals if total is not None)
        raise DataError(f"{target.layer} has {said} features, but {count} came; fetch again")
    return Made(
        b"".join(lines[code] for code in sorted(lines)),
        f"{count} områden; {wrong} former rättades",
        f"{count} areas; {wrong} shapes are made valid",
    )


def _lines(target: Target, page: _Features) -> Iterator[tuple[str, bytes, bool]]:
    """Every feature's code, its line, and whether its shape is valid as published."""
    import shapely

    for feature in page.features:
        words = {name: feature.properties.get(target.properties.get(name, "")) for name in COLUMNS}
        code = str(words["code"] or "")
        try:
            shape = shapely.from_geojson(msgspec.json.encode(feature.geometry).decode())
        except shapely.errors.ShapelyError as error:
            raise DataError(f"{target.layer}: the shape of {code!r} is not valid ({error})") from None
        if not code or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
            raise DataError(f"{target.layer}: {code or 'a feature without a code'} has no area for a shape")
        population = words["population"]
        yield (
            code,
            msgspec.json.encode(
                {
                    "code": code,
                    "name": _text(words["name"]),
                    "municipality": _text(words["municipality"]),
                    "population": int(population) if isinstance(population, int | float) else None,
                    "wkb": shapely.to_wkb(shape, hex=True, byte_order=1),
                }
            )
            + b"\n",
            bool(shapely.is_valid(shape)),
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
