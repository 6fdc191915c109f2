"""A user's own file as a table that is read from several figure files, or from shapes."""

import json
from pathlib import Path

import pytest

from storregion.core.errors import CallError, DataError
from storregion.core.workspace import Workspace
from storregion.intake.importing import import_file

ORIGIN = """
[origin]
producer = "Region Blekinge"
title_sv = "Egen statistik"
title_en = "Own statistics"
licence = "CC0 1.0"
"""
STATISTICS = (
    """
[columns]
statistic = { column = "serie" }
area = { column = "kommun" }
period = { column = "period" }
sex = { constant = "total" }
age = { constant = "total" }
category = { constant = "total" }
measure = { column = "mått" }
value = { column = "värde" }
"""
    + ORIGIN
)
HEADER = "serie,kommun,period,mått,värde\n"
KEY_FIGURES = (
    """
[columns]
kpi = { column = "nyckeltal" }
area = { column = "kommun" }
year = { column = "år" }
sex = { constant = "total" }
title = { constant = "Inpendling, antal" }
value = { column = "värde" }
"""
    + ORIGIN
)
AREAS = (
    """
[columns]
kind = { constant = "regso" }
code = { column = "regsokod" }
municipality = { column = "kommunkod", take = '^(\\d{4})' }
geometry = { column = "geometry" }
"""
    + ORIGIN
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("series", ["migration", "migration_origin", "school_places", "regional_projection"])
def test_a_series_goes_into_its_own_file(tmp_path: Path, small: Path, store: Path, series: str) -> None:
    rows = f"{HEADER}{series},1080,2024,Inflyttningar,1200\n{series},10,2024,Inflyttningar,5000.5\n"
    # A projection is no observation, and its map says so.
    basis = "estimated" if series == "regional_projection" else "observed"
    said = STATISTICS.replace("[columns]", '[columns]\nbasis = { constant = "estimated" }')
    mapped = said if basis == "estimated" else STATISTICS
    path, chosen = write(tmp_path / "own.csv", rows), write(tmp_path / "map.toml", mapped)
    taken = import_file(Workspace(small, store), path, "regional_statistics", chosen)
    assert (taken.path.name, taken.rows, taken.replaced) == (f"statistics_{series}.csv", 2, False)
    work = Workspace(small, store)
    frame = work.table("regional_statistics").select("statistic", "area", "value", "value_absent", "basis")
    assert frame.rows() == [(series, "10", 5000.5, None, basis), (series, "1080", 1200.0, None, basis)]
    (origin,) = (origin for origin in work.record("regional_statistics").origins if origin.fetched)
    assert (origin.file, origin.producer) == (f"statistics_{series}.csv", "Region Blekinge")


def test_two_series_come_in_beside_each_other(tmp_path: Path, small: Path, store: Path) -> None:
    chosen = write(tmp_path / "map.toml", STATISTICS)
    for series in ("income", "dwellings"):
        path = write(tmp_path / f"{series}.csv", f"{HEADER}{series},1080,2024,Antal,1\n")
        import_file(Workspace(small, store), path, "regional_statistics", chosen)
    assert set(Workspace(small, store).table("regional_statistics")["statistic"]) == {"income", "dwellings"}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            "migration,1080,2024,a,1\nincome,1080,2024,a,1\n",
            "own.csv holds income, migration; of regional_st",
        ),
        ("Flyttning,1080,2024,a,1\n", r"row 2, column 'serie': 'Flyttning' does not look like"),
        ("migration,1480,2024,a,1\n", r"own.csv, as statistics_migration.csv, has the areas \['1480'\]"),
        (
            "migration,1080,2024Q1,a,1\n",
            r"row 2, column 'period': '2024Q1' does not look like",
        ),
    ],
)
def test_what_is_wrong_is_reported_of_the_users_file(
    tmp_path: Path, small: Path, store: Path, rows: str, found: str
) -> None:
    path, chosen = write(tmp_path / "own.csv", HEADER + rows), write(tmp_path / "map.toml", STATISTICS)
    with pytest.raises(DataError, match=found) as error:
        import_file(Workspace(small, store), path, "regional_statistics", chosen)
    assert ".tmp" not in str(error.value)
    assert not list((small / "fetched").glob("*")) if (small / "fetched").exists() else True


def test_key_figures_need_no_column_of_reasons(tmp_path: Path, small: Path, store: Path) -> None:
    path = write(tmp_path / "own.csv", "nyckeltal,kommun,år,värde\nN02277,1080,2024,4100\n")
    import_file(Workspace(small, store), path, "key_figures", write(tmp_path / "map.toml", KEY_FIGURES))
    row = Workspace(small, store).table("key_figures").row(0, named=True)
    assert (row["kpi"], row["area"], row["value"], row["value_absent"]) == ("N02277", "1080", 4100.0, None)


def feature(code: str, x: int, kind: str = "Polygon") -> dict[str, object]:
    """A square of one kilometre, or something else."""
    ring = [[x, 6_230_000], [x + 1000, 6_230_000], [x + 1000, 6_231_000], [x, 6_231_000], [x, 6_230_000]]
    coordinates = [ring] if kind == "Polygon" else ring
    properties = {"regsokod": code, "kommunkod": f"{code[:4]} Karlskrona", "year": 2025}
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def collection(path: Path, *features: dict[str, object]) -> Path:
    return write(path, json.dumps({"type": "FeatureCollection", "features": features}))


def test_shapes_come_in_as_areas(tmp_path: Path, small: Path, store: Path) -> None:
    path = collection(tmp_path / "own.geojson", feature("1080R002", 532_000), feature("1080R001", 530_000))
    taken = import_file(Workspace(small, store), path, "small_areas", write(tmp_path / "map.toml", AREAS))
    assert taken.path.name == "small_areas_regso.jsonl"
    frame = Workspace(small, store).table("small_areas")
    assert frame.select("kind", "code", "name", "municipality", "population", "area_km2").rows() == [
        ("regso", "1080R001", None, "1080", None, 1.0),
        ("regso", "1080R002", None, "1080", None, 1.0),
    ]


def test_shapes_that_are_none_or_lie_elsewhere_are_reported(tmp_path: Path, small: Path, store: Path) -> None:
    chosen, work = write(tmp_path / "map.toml", AREAS), Workspace(small, store)
    line = collection(tmp_path / "line.geojson", feature("1080R001", 530_000, "LineString"))
    with pytest.raises(DataError, match="feature 1 has no area for a shape"):
        import_file(work, line, "small_areas", chosen)
    far = collection(tmp_path / "far.geojson", feature("1080R001", 15))
    with pytest.raises(DataError, match=r"far.geojson, .* lie outside Sweden; they must be in SWEREF 99 TM"):
        import_file(work, far, "small_areas", chosen)
    with pytest.raises(DataError, match="is not GeoJSON of features with shapes"):
        import_file(work, write(tmp_path / "no.geojson", "[1]"), "small_areas", chosen)
    with pytest.raises(CallError, match="nothing is read in as 'small_area'; did you mean 'small_areas'"):
        import_file(work, far, "small_area", chosen)
