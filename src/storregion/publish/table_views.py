"""Views of tables with every code in words."""

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

import polars as pl

from storregion.core.comparison import Comparison
from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import column_labels
from storregion.publish.site import Site
from storregion.publish.view import Label, Picture, View


class Shown(TypedDict, total=False):
    """What a view shows beside the usual: columns, those left out, more labels, a picture and a note."""

    columns: Sequence[str]
    without: Sequence[str]
    labels: Mapping[str, Mapping[str, Label]]
    picture: Picture
    note: str


def view_of(
    site: Site,
    language: Language,
    name: str,
    title: str,
    rows: tuple[Workspace | Comparison, str, pl.DataFrame],
    **more: Unpack[Shown],
) -> View:
    """A view of a table with every code in words.

    Parameters
    ----------
    site, language, name, title : as of any view.
    rows : the workspace, or the comparison, that has the table; the table; and the rows shown.
    more : `columns` shown, all but reasons and basis when not given; those to leave out as `without`;
        `labels` beside the usual ones; `picture` and `note`.
    """
    source, table, frame = rows
    comparison = source if isinstance(source, Comparison) else None
    workspace = source.b if isinstance(source, Comparison) else source
    schema = comparison.schema if comparison else workspace.schemas[table]
    out = {"basis", *more.get("without", ())} | {column.absent for column in schema.columns}
    columns = more.get("columns", [column.name for column in schema.columns if column.name not in out])
    labels = column_labels(site, language, frame.columns) | dict(more.get("labels", {}))
    picture, note = more.get("picture"), more.get("note")
    return View(name, title, workspace, schema, frame, columns, language, labels, picture, note, comparison)


def latest_rows(site: Site, table: str) -> pl.DataFrame:
    """The rows of a table's latest year."""
    return site.workspace.table(table).filter(pl.col("year") == pl.col("year").max())


def dated_title(site: Site, language: Language, table: str) -> str:
    """The title of a table with its latest year."""
    return f"{site.workspace.schemas[table].title[language]}, {site.workspace.table(table)['year'].max()!s}"
