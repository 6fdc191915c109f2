"""Surveys of work from home: as published, and faults named."""

from pathlib import Path

import pytest

from storregion.core import group
from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.sources.remote_work import remote_practice


def test_the_published_shares_stand_as_quoted(bundled: Workspace) -> None:
    rows = bundled.table("remote_practice").filter(survey="medlingsinstitutet", measure="majority")
    shares = {
        (area, period): (low, high)
        for area, period, low, high in rows.select(
            "area", "period", "percent_low", "percent_high"
        ).iter_rows()
    }
    # mi.se, 2024: three to four per cent before the pandemic, 13 to 16 after, a fifth in Stockholm.
    assert shares["Sverige", "–2019"] == (3.0, 4.0)
    assert shares["Sverige", "2022–2023"] == (13.0, 16.0)
    assert shares["Stockholm", "2023"] == (20.0, 20.0)
    assert set(rows["basis"]) == {"observed"}


def test_a_share_whose_ends_are_turned_is_named_with_its_row(tmp_path: Path) -> None:
    text = (group.bundled() / "figures" / "remote_practice.csv").read_text("utf-8")
    file = tmp_path / "remote_practice.csv"
    file.write_text(text.replace(",3,4,", ",4,3,", 1), "utf-8")
    with pytest.raises(DataError, match=r"remote_practice.csv: rows \[2\] have percent_low above"):
        remote_practice(file)
