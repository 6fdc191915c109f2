"""The bundled group with a year of commuting as if it were observed."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from storregion.core import group
from storregion.core.workspace import Workspace

OBSERVED_YEAR = 2023


@pytest.fixture(scope="session")
def observed(bundled: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled group with 2023 as if it were observed: the estimate in whole persons, nobody left out."""
    folder = Path(shutil.copytree(group.bundled(), tmp_path_factory.mktemp("groups") / "oms"))
    year = bundled.table("commuting").filter(pl.col("year") == OBSERVED_YEAR)
    seen = year.with_columns(pl.col("persons").round().cast(pl.Int64)).filter(pl.col("persons") > 0)
    write_fetched(folder, seen)
    store = Path(shutil.copytree(bundled.store.folder, tmp_path_factory.mktemp("stores") / "store"))
    work = Workspace(folder, store)
    work.build()
    return work


def write_fetched(folder: Path, rows: pl.DataFrame) -> None:
    """Put a commuting file among a group's fetched ones, with its origin."""
    fetched = folder / "fetched"
    fetched.mkdir()
    rows.select("year", "home", "work", "sex", "persons").write_csv(fetched / "commuting.csv")
    origin: Mapping[str, str | None] = {
        "file": "commuting.csv",
        "producer": "Testverket",
        "title_sv": "Pendling",
        "title_en": "Commuting",
        "url": None,
        "licence": "CC0 1.0",
        "checked_sv": None,
        "checked_en": None,
        "defects_sv": None,
        "defects_en": None,
        "replaced_by": None,
    }
    pl.DataFrame([origin]).write_csv(fetched / "sources.csv")
