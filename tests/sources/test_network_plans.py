"""Network plans: read in by a map, added up by county, and each fault with its file, row and remedy."""

from pathlib import Path

import pytest

from storregion.core.errors import DataError, StorregionError, TableError
from storregion.core.pipeline import every_step
from storregion.core.workspace import Workspace
from storregion.intake.importing import import_file
from storregion.publish.portal import open_site
from storregion.sources.network_plans import network_plans

MAP = """
decimal = ","

[columns]
company = { constant = "sydnat" }
edition = { constant = 2024 }
sub_area = { column = "Delområde" }
county = { column = "Län", take = '^(\\d{2})' }
year = { column = "År" }
need_mw = { column = "Behov MW" }
planned_mw = { column = "Åtgärder MW" }

[origin]
producer = "Sydnät"
title_sv = "Nätutvecklingsplan 2024"
title_en = "Network plan 2024"
licence = "CC0 1.0"
"""
HEADER = "Delområde;Län;År;Behov MW;Åtgärder MW"
ROWS = ("Hemlig hamn;10 Blekinge;2030;120,5;40", "Dold station;10 Blekinge;2030;80;10")
SECRET = (b"Hemlig", b"Dold", b"hemlig", b"dold")


def imported(folder: Path, store: Path, *rows: str, header: str = HEADER) -> Workspace:
    work = Workspace(folder, store, "base")
    (file := folder.parent / "plan.csv").write_text("\n".join((header, *rows)) + "\n", "utf-8")
    (chosen := folder.parent / "map.toml").write_text(MAP, "utf-8")
    import_file(work, file, "network_plan_areas", chosen)
    return Workspace(folder, store, "base")


def test_a_plan_is_added_up_by_county(small: Path, store: Path) -> None:
    """120.5 + 80 MW are needed; measures of 40 + 10 MW in 2030, and in 2035 of one sub-area only."""
    later = ("Hemlig hamn;10 Blekinge;2035;150;60", "Dold station;10 Blekinge;2035;90;")
    work = imported(small, store, *ROWS, *later)
    work.build("network_plans")
    assert work.table("network_plans").rows() == [
        ("sydnat", 2024, "10", 2030, 2, 200.5, 50.0, None, "estimated"),
        ("sydnat", 2024, "10", 2035, 2, 240.0, None, "missing", "estimated"),
    ]


def test_nothing_that_is_exported_names_a_sub_area(small: Path, store: Path) -> None:
    """Every file of plans and power, their pages, and the catalogue: the names stay in the group's file."""
    work = imported(small, store, *ROWS)
    work.build()
    assert "Hemlig hamn" in (small / "fetched" / "network_plan_sydnat.csv").read_text("utf-8")
    site = open_site(work)
    paths = [
        path
        for path in site.exports
        if any(word in path for word in ("network", "power", "datapackage", "dcat", "catalog"))
    ]
    assert any("network_plans" in path and path.endswith(".csv") for path in paths)
    for path in paths:
        body = site.answer(path).body
        assert not any(word in body for word in SECRET), path
    shown = [address for address in site.makers if "network" in address]
    assert shown
    for address in shown:
        assert not any(word.decode() in site.html("sv", address) for word in SECRET), address


def test_no_table_of_power_has_a_column_for_a_position() -> None:
    """Whatever a theme of electricity publishes: counties, municipalities and names, without coordinates."""
    themes = ("power", "energy", "grid", "network_plan", "electricity")
    schemas = [
        step.schema
        for step in every_step().values()
        if any(theme in f"{step.module} {step.schema.name}" for theme in themes)
    ]
    assert {"power", "power_plants", "network_plans", "capacity_parts"} <= {one.name for one in schemas}
    for schema in schemas:
        names = {column.name for column in schema.columns}
        assert not names & {"latitude", "longitude", "x", "y", "wkb", "geometry", "sub_area"}, schema.name


def test_another_companys_columns_are_refused_and_nothing_written(small: Path, store: Path) -> None:
    with pytest.raises(StorregionError) as refused:
        imported(small, store, "Hamn;Blekinge;2030;120500", header="Område;Region;År;Effekt kW")
    said = str(refused.value)
    assert "plan.csv" in said
    assert all(name in said for name in ("Delområde", "Län", "Behov MW", "Åtgärder MW"))
    assert not list(small.glob("fetched/network_plan_*"))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("Hamn;10 Blekinge;2030;120500;", "column 'need_mw': 120500 is not plausible in MW; is it in kW?"),
        ("56,161 15,587;10 Blekinge;2030;120;", "row 2, column 'sub_area'"),
        ("56.1612 15.5869;10 Blekinge;2030;120;", "looks like a position; give the name that the plan has"),
        ("6225123 536123;10 Blekinge;2030;120;", "looks like a position"),
        ("Hamn;99 Okänt;2030;120;", "'99'"),
        ("Hamn;10 Blekinge;2030;;", "'Behov MW'"),
    ],
)
def test_a_row_at_fault_is_named(small: Path, store: Path, row: str, says: str) -> None:
    with pytest.raises(StorregionError) as refused:
        imported(small, store, row)
    assert says in str(refused.value)
    assert "plan.csv" in str(refused.value)


FILE_HEADER = "company,edition,sub_area,county,year,need_mw"


def test_a_file_of_another_company_or_with_other_columns_is_refused(
    bundled: Workspace, tmp_path: Path
) -> None:
    counties = bundled.table("counties")
    file = tmp_path / "network_plan_sydnat.csv"
    file.write_text(f"{FILE_HEADER}\nnordnat,2024,Hamn,01,2030,50\n", "utf-8")
    with pytest.raises(DataError, match=r"holds the plan of nordnat; the file of a plan is network_plan_"):
        network_plans((file,), counties)
    file.write_text(f"{FILE_HEADER},latitude\nsydnat,2024,Hamn,01,2030,50,59.1\n", "utf-8")
    with pytest.raises(TableError, match="row 1: column 'latitude' is not expected"):
        network_plans((file,), counties)


def test_plans_of_several_companies_stand_beside_each_other(bundled: Workspace, tmp_path: Path) -> None:
    """Editions and companies are never added together."""
    files = []
    for company, edition in (("sydnat", 2024), ("nordnat", 2026)):
        files.append(tmp_path / f"network_plan_{company}.csv")
        files[-1].write_text(f"{FILE_HEADER}\n{company},{edition},Hamn,01,2030,50\n", "utf-8")
    found = network_plans(tuple(files), bundled.table("counties"))
    assert found.select("company", "edition", "sub_areas", "need_mw").rows() == [
        ("nordnat", 2026, 1, 50.0),
        ("sydnat", 2024, 1, 50.0),
    ]
