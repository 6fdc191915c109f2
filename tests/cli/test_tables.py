"""Looking tables up: `storregion tables`, `show`, `trace` and `diff`."""

import json
import re
import subprocess
from pathlib import Path

import polars as pl
import pytest
from tests.cli.calls import TOTALS, WHOLE, Run, changed, process, rows
from tests.conftest import Built

from storregion.core.workspace import Workspace


@pytest.mark.parametrize(("place", "persons"), [("oms", "4529298"), ("00", "10587710")])
def test_show_prints_the_published_population(
    run: Run, oms: tuple[str, str], place: str, persons: str
) -> None:
    code, out, err = run(*oms, "show", "growth", "--where", f"place={place}", "--where", "year=2024", "--csv")
    assert (code, err) == (0, "")
    assert [row["persons"] for row in rows(out)] == [persons]


def test_show_prints_the_same_rows_as_csv_and_as_json(
    run: Run, oms: tuple[str, str], bundled: Workspace
) -> None:
    frame = bundled.table("age_divergence")
    _, as_csv, _ = run(*oms, "show", "age_divergence", "--csv")
    _, as_json, _ = run(*oms, "show", "age_divergence", "--json")
    assert json.loads(as_json) == {"table": "age_divergence", "scenario": "base", "rows": frame.to_dicts()}
    assert [float(row["deviation"]) for row in rows(as_csv)] == frame["deviation"].to_list()


def test_show_prints_shapes_as_text(run: Run, oms: tuple[str, str], bundled: Workspace) -> None:
    code, out, _ = run(*oms, "show", "boundaries", "--where", "area=0380", "--csv")
    shape = bundled.table("boundaries").filter(area="0380")["geometry"].item()
    assert code == 0
    assert rows(out)[0]["geometry"] == shape.hex()


def test_show_breaks_no_number_on_a_narrow_terminal(
    run: Run, oms: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run(*oms, "show", "growth", "--where", "place=oms")
    assert code == 0
    for persons in ("3614357", "4529298"):
        assert persons in out


@pytest.mark.parametrize(
    ("condition", "units"),
    [("mw=100", "100.0"), ("mw=100.0", "100.0"), ("unit=1", "100.0"), ("name=Abyverket", "100.0")],
)
def test_a_number_may_be_asked_for_in_any_form(
    run: Run, oms: tuple[str, str], condition: str, units: str
) -> None:
    code, out, _ = run(*oms, "show", "power_plants", "--where", condition, "--csv")
    assert code == 0
    assert {row["mw"] for row in rows(out)} == {units}


def test_empty_cells_can_be_asked_for(run: Run, oms: tuple[str, str], bundled: Workspace) -> None:
    _, out, _ = run(*oms, "show", "growth", "--where", "base_change=", "--csv")
    assert len(rows(out)) == bundled.table("growth")["base_change"].null_count() > 0
    assert all(row["base_absent"] for row in rows(out))


def test_csv_for_spreadsheets_holds_no_formula_but_keeps_negative_numbers(
    run: Run, copy: Path, tmp_path: Path
) -> None:
    changed(copy / "figures" / "municipalities.csv", "0114,Upplands Väsby", "0114,=1+1")
    words = ("--group", copy, "--store", tmp_path / "store")
    _, out, _ = run(*words, "show", "municipalities", "--where", "municipality=0114", "--csv")
    assert rows(out)[0]["name"] == "'=1+1"
    _, out, _ = run(*words, "diff", "from-2009", "base", "growth", "--csv")
    values = [row["base_change_b"] for row in rows(out)]
    assert any(int(value) < 0 for value in values if value)


def test_reading_what_was_never_built_is_a_wrong_call(run: Run, small: Path, store: Path) -> None:
    code, _, err = run("--group", small, "--store", store, "--as-built", "show", "growth")
    assert code == 2
    assert "run 'storregion build' first" in err


def test_diff_shows_both_their_difference_and_their_basis(run: Run, oms: tuple[str, str]) -> None:
    code, out, _ = run(*oms, "diff", "base", "stockholm-still", "population", "--csv")
    assert code == 0
    assert rows(out) == [
        {
            "municipality": "0180",
            "year": "2024",
            "persons_a": "995574",
            "persons_b": "988943",
            "persons_difference": "-6631",
            "present": "both",
            "basis_a": "observed",
            "basis_b": "assumed",
            "basis": "assumed",
        }
    ]


def test_diff_shows_only_what_rests_on_the_edit(run: Run, oms: tuple[str, str], bundled: Workspace) -> None:
    _, out, _ = run(*oms, "diff", "base", "stockholm-still", "growth", "--csv")
    found = rows(out)
    assert {row["year"] for row in found} == {"2024"}
    assert {row["basis_b"] for row in found} == {"assumed"}
    # What a place itself holds only changes where Stockholm is a part of it.
    holding = bundled.table("membership").filter(municipality="0180")["place"].to_list()
    levels = {row["place"]: row for row in found if row["persons_difference"] not in ("", "0")}
    assert set(levels) == set(holding)
    for row in levels.values():
        assert int(row["persons_b"]) - int(row["persons_a"]) == int(row["persons_difference"]) == -6631
    # The others are only changed by being compared with the group.
    against = {"group_share", "growth_share", "concentration", "rest_annual_percent"}
    against |= {"period_share", "period_concentration"}
    elsewhere = [row for row in found if row["place"] not in holding]
    moved = {
        name for row in elsewhere for name in row if name.endswith("_a") and row[name] != row[name[:-1] + "b"]
    }
    assert moved - {"basis_a"} == {f"{name}_a" for name in against}
    # Shares by age end before the year that is edited.
    assert "age_structure is the same" in run(*oms, "diff", "base", "stockholm-still", "age_structure")[1]


def test_diff_says_first_how_much_differs_and_shows_where_most(
    run: Run, oms: tuple[str, str], built: Built
) -> None:
    code, out, _ = run(*oms, "diff", "base", "bostadsprogram", "projection")
    assert code == 0
    before, after = (built(name).table("projection") for name in ("base", "bostadsprogram"))
    both = before.join(after, on=["frame", "place", "year"], suffix="_b")
    persons = (pl.col("persons_b") - pl.col("persons")).alias("by")
    moved = both.select("place", persons).filter(pl.col("by") != 0)
    first, second, *_ = out.splitlines()
    assert re.fullmatch(rf"projection differs in [\d,]+ of {both.height:,} rows\.", first)
    assert second == f"persons: Population, {moved.height:,} rows; where it differs most"
    # The first table: each place once, from the largest difference of any year and frame to smaller ones.
    shown = out.split("at_least:")[0]
    cells = [line.split("┆") for line in shown.splitlines() if line.startswith("│") and "persons" not in line]
    found = [(row[1].strip(), abs(int(row[5]))) for row in cells]
    largest = moved.group_by("place").agg(pl.col("by").abs().max()).sort("by", descending=True)
    assert [by for _, by in found] == largest["by"].head(12).to_list()
    assert len({place for place, _ in found}) == 12
    assert out.endswith("Every row: the same command with --csv.\n")


def test_diff_of_a_table_that_does_not_rest_on_the_edit_is_empty(run: Run, oms: tuple[str, str]) -> None:
    code, out, _ = run(*oms, "diff", "base", "stockholm-still", "electricity_use")
    assert (code, out) == (0, "electricity_use is the same in base and stockholm-still.\n")


def test_trace_leads_to_the_publishers_files(run: Run, oms: tuple[str, str], bundled: Workspace) -> None:
    code, out, _ = run(*oms, "trace", "growth")
    assert code == 0
    assert out.startswith(f"growth  key {bundled.key('growth')}  made by storregion.studies.growth.growth\n")
    assert "assumes base_year = 2001 (assumptions.toml)" in out
    for origin in bundled.origins("growth"):
        assert f"from {origin.file} (bundled)  sha256 {origin.sha256}\n" in out
    assert "Statistics Sweden (SCB)" in out


def test_trace_tells_what_a_scenario_edited(run: Run, oms: tuple[str, str]) -> None:
    _, out, _ = run(*oms, "--scenario", "stockholm-still", "trace", "growth")
    assert "edited by the scenario: The published population in 2023." in out


@pytest.mark.parametrize("damage", ["broken", "gone"])
def test_the_last_build_can_be_read_while_the_inputs_are_broken(
    run: Run, small: Path, stocked: Path, damage: str
) -> None:
    words = ("--group", small, "--store", stocked)
    run(*words, "build")
    if damage == "broken":
        changed(small / TOTALS, "1080,2024,66301", "1080,2024,sixty")
    else:
        (small / TOTALS).unlink()
    assert run(*words, *WHOLE)[0] == 1
    code, out, _ = run(*words, "--as-built", *WHOLE)
    assert code == 0
    assert rows(out)[0]["persons"] == "157223"
    code, out, _ = run(*words, "--as-built", "trace", "growth")
    assert code == 0
    assert "sha256" in out


def test_a_reader_that_has_seen_enough_is_no_error(oms: tuple[str, str]) -> None:
    # More than a pipe holds, and less than a buffer holds: the fault shows at different moments.
    for table in ("localities", "counties"):
        shown = process(*oms, "show", table, "--csv", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert shown.stdout is not None
        if table == "localities":
            assert shown.stdout.readline().startswith(b"locality,name,")
        shown.stdout.close()
        assert shown.stderr is not None
        assert shown.stderr.read() == b""
        shown.stderr.close()
        assert shown.wait() == 0


@pytest.mark.parametrize(
    ("table", "name", "code"),
    [
        ("municipalities", "municipality=enköping", "municipality=0381"),
        ("population", "municipality=Enköping", "municipality=0381"),
        ("growth", "place=Enköping", "place=0381"),
        ("node_roles", "node=Uppsala", "node=uppsala"),
    ],
)
def test_a_name_is_as_good_as_a_code(
    run: Run, oms: tuple[str, str], table: str, name: str, code: str
) -> None:
    by_name = run(*oms, "show", table, "--where", name, "--csv")
    assert by_name == run(*oms, "show", table, "--where", code, "--csv")
    assert by_name[0] == 0


def test_a_name_of_several_is_refused_with_their_codes(run: Run, copy: Path, store: Path) -> None:
    changed(copy / "figures" / "municipalities.csv", "0115,Vallentuna", "0115,Upplands Väsby")
    words = ("--group", copy, "--store", store, "show", "municipality_changes", "--where")
    code, out, err = run(*words, "municipality=Upplands Väsby")
    assert (code, out) == (2, "")
    assert "'Upplands Väsby' is the name of 0114, 0115 in 'municipalities'" in err


def test_tables_are_listed_with_rows_and_when_they_were_built(
    run: Run, oms: tuple[str, str], bundled: Workspace
) -> None:
    found = json.loads(run(*oms, "tables", "--json")[1])["tables"]
    assert [one["table"] for one in found] == list(bundled.steps)
    growth = next(one for one in found if one["table"] == "growth")
    assert growth["rows"] == bundled.table("growth").height
    assert growth["built"]
    assert growth["maker"] == "studies.growth.growth"
    assert {row["table"] for row in rows(run(*oms, "tables", "diverge", "--csv")[1])} == {"age_divergence"}
    assert "no table is named like 'grwth'; did you mean 'growth'?" in run(*oms, "tables", "grwth")[2]


def test_tables_that_were_never_built_are_listed_without_rows(run: Run, small: Path, store: Path) -> None:
    _, out, _ = run("--group", small, "--store", store, "tables", "growth", "--json")
    assert {(one["rows"], one["built"]) for one in json.loads(out)["tables"]} == {(None, None)}
