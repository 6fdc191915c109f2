"""Surveys of work from home, as they were published."""

from pathlib import Path
from typing import Annotated

from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts.remote_work import REMOTE_PRACTICE, RemotePractice
from storregion.sources import areas


def remote_practice(raw: Annotated[Path, Raw("remote_practice.csv")]) -> RemotePractice:
    """Published shares who work from home, each with its own question and source.

    Raises
    ------
    DataError
        A row's lower share is above its higher one.
    """
    rows = areas.observed(raw, REMOTE_PRACTICE)
    # Row 1 of the file is its header.
    numbered = rows.with_row_index("row", offset=2)
    turned = numbered.filter(numbered["percent_low"] > numbered["percent_high"])["row"].to_list()
    if turned:
        raise DataError(f"{raw}: rows {turned} have percent_low above percent_high; swap them")
    return rows
