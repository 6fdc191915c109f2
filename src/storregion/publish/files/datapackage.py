"""The portal's tables as a Frictionless data package: fields, types, units, missing values, checksums."""

import csv
import hashlib
import io
import json
from typing import Any

import polars as pl

from storregion.core.table import Column
from storregion.publish.files.dcat import CC0, CC_BY, licence
from storregion.publish.files.downloads import ABOUT, WRITERS, endings
from storregion.publish.site import Site
from storregion.publish.view import View

LICENCES = {
    CC0: {"name": "CC0-1.0", "path": CC0, "title": "Creative Commons Zero 1.0"},
    CC_BY: {"name": "CC-BY-4.0", "path": CC_BY, "title": "Creative Commons Attribution 4.0"},
}


_TYPES: dict[Any, str] = {
    pl.String: "string",
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.Boolean: "boolean",
    pl.Binary: "any",
}


def package(site: Site) -> bytes:
    """The package's description as JSON; its paths begin where the file lies."""
    group, portal = site.workspace.group, site.workspace.group.portal
    document: dict[str, Any] = {
        "profile": "data-package",
        "name": group.code,
        "title": group.name.sv,
        "description": group.about.sv,
        "contributors": [{"title": portal.publisher or group.name.sv, "role": "publisher"}],
        "resources": [
            _resource(site.page("sv", f"data/{table}/").views[table]) for table in site.workspace.schemas
        ],
    }
    if portal.address:
        document["homepage"] = portal.address
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _resource(view: View) -> dict[str, Any]:
    """One table: as CSV, or as Parquet where it has too many rows for text."""
    ending = "csv" if "csv" in endings(view) else "parquet"
    media_type, write = WRITERS[ending]
    content = write(view)
    terms = licence(view.licences)
    found: dict[str, Any] = {
        "name": view.schema.name,
        "path": f"sv/data/{view.schema.name}/{view.schema.name}.{ending}",
        "title": view.schema.title.sv,
        "description": f"{view.schema.about.sv} Licens: {', '.join(view.licences)}.",
        "format": ending,
        "mediatype": media_type.partition(";")[0],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "version": view.record.key,
        "sources": [_source(origin.producer, origin.url) for origin in view.origins],
    }
    if terms is not None:
        found["licenses"] = [LICENCES[terms]]
    if ending == "csv":
        found |= {"profile": "tabular-data-resource", "encoding": "utf-8", "dialect": {"delimiter": ","}}
        names = next(csv.reader(io.StringIO(content.decode())))
    else:
        names = view.frame.columns
    return found | {"schema": _schema(view, names)}


def _source(producer: str, url: str) -> dict[str, str]:
    return {"title": producer} | ({"path": url} if url.startswith(("http://", "https://")) else {})


def _schema(view: View, names: list[str]) -> dict[str, Any]:
    columns = {column.name: column for column in view.schema.columns}
    fields = [_field(columns[name]) if name in columns else _said(name) for name in names]
    keys = [name for name in view.schema.key if name in names]
    return {"fields": fields, "missingValues": [""]} | ({"primaryKey": keys} if keys else {})


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES[column.dtype],
        "title": column.label.sv,
        "description": column.about.sv,
        "unit": column.unit,
    }
    if column.absent:
        found["reasonWhenMissing"] = column.absent
    limits = {"minimum": column.least, "maximum": column.most} if column.numeric else {}
    rules: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
    if column.key:
        rules["required"] = True
    return found | ({"constraints": rules} if rules else {})


def _said(name: str) -> dict[str, Any]:
    """A column that repeats on every row what a reader of the file must know."""
    plain = name.removeprefix("table_")
    title = ABOUT[plain].sv if plain in ABOUT else name
    return {"name": name, "type": "string", "title": title}
