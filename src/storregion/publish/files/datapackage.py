"""The portal's tables as a Frictionless data package: fields, types, units, missing values, checksums."""

import hashlib
import json
from typing import Any

import polars as pl

from storregion.core.table import Column
from storregion.publish.files.downloads import WRITERS
from storregion.publish.files.licences import CC0, CC_BY, licence
from storregion.publish.files.metadata import fields
from storregion.publish.files.whole_tables import Whole, address
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
        "resources": [found for table in site.workspace.schemas for found in _resources(Whole(site, table))],
    }
    if portal.address:
        document["homepage"] = portal.address
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _resources(whole: Whole) -> list[dict[str, Any]]:
    """A table as CSV, and as Parquet too where only that holds everything or a part of it is read sooner."""
    binary = any(column.dtype == pl.Binary for column in whole.schema.columns)
    packed = "csv.gz" in whole.endings
    found = [_resource(whole, "csv.gz" if packed else "csv")]
    return [*found, _resource(whole, "parquet")] if packed or binary else found


def _resource(whole: Whole, ending: str) -> dict[str, Any]:
    view, content = whole.views[0], whole.made(ending)
    terms, text = licence(view.licences), ending != "parquet"
    found: dict[str, Any] = {
        "name": whole.table if text else f"{whole.table}-parquet",
        "path": address(whole.table, ending),
        "title": view.title,
        "description": f"{view.schema.about.sv} Licens: {', '.join(view.licences)}.",
        "format": "csv" if text else ending,
        "mediatype": WRITERS["csv" if text else ending][0].partition(";")[0],
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "version": view.record.key,
        "sources": [_source(origin.published_by(view.language), origin.url) for origin in view.origins],
    }
    if terms is not None:
        found["licenses"] = [LICENCES[terms]]
    if not text:
        return found | {"type": "file"}
    found |= {"profile": "tabular-data-resource", "encoding": "utf-8", "dialect": {"delimiter": ","}}
    if ending == "csv.gz":
        found["compression"] = "gz"
    return found | {"schema": _schema(view)}


def _source(producer: str, url: str) -> dict[str, str]:
    return {"title": producer} | ({"path": url} if url.startswith(("http://", "https://")) else {})


def _schema(view: View) -> dict[str, Any]:
    names = fields(view)
    columns = {column.name: column for column in view.schema.columns}
    keys = [name for name in view.schema.key if name in names]
    found = {"fields": [_field(columns[name]) for name in names], "missingValues": [""]}
    return found | ({"primaryKey": keys} if keys else {})


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
