"""Building and checking: `storregion build` and `check`."""

import json
import os
import pty
import subprocess
import termios
from pathlib import Path

import pytest
from tests.cli.calls import TOTALS, WHOLE, Run, changed, process, rows

from storregion.core.workspace import Workspace
from storregion.facts.relations import RELATIONS


def test_a_second_build_has_nothing_to_do_and_force_makes_all_anew(
    run: Run, small: Path, store: Path
) -> None:
    words = ("--group", small, "--store", store, "build")
    code, out, err = run(*words)
    assert code == 0
    count = len(Workspace(small, store).steps)
    assert f"Built {count} of {count} tables" in out
    # Not a terminal: lines of plain words, ten at most, the last one saying that all is done.
    lines = err.splitlines()
    assert len(lines) <= 11
    assert lines[-1].startswith(f"Building: {count} of {count} (")
    assert "\r" not in err
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert "Nothing to build: all tables are up to date." in out
    assert "Not made: deaths (sources.csv names no deaths_sweden_2011_2015.csv)." in out
    assert f"Built {count} of {count} tables" in run(*words, "--force")[1]


def test_a_build_says_how_long_each_table_took(run: Run, small: Path, store: Path) -> None:
    words = ("--group", small, "--store", store, "build", "--only", "population", "--timings")
    _, out, _ = run(*words)
    first = next(at for at, line in enumerate(out.splitlines()) if line.startswith("table "))
    *lines, last = out.splitlines()[first + 1 :]
    walls = [float(line.split()[1]) for line in lines]
    assert {"counties", "population"} <= {line.split()[0] for line in lines}
    assert walls == sorted(walls, reverse=True)
    assert last.startswith("sum (steps run side by side)")
    assert float(last.split()[-2]) == pytest.approx(sum(walls), abs=0.01 * len(walls))
    found = json.loads(run(*words, "--force", "--json")[1])
    assert {one["table"] for one in found["timings"]} == set(found["made"])


def test_only_makes_a_table_and_what_it_rests_on(run: Run, small: Path, store: Path) -> None:
    code, out, _ = run("--group", small, "--store", store, "build", "--only", "population")
    assert code == 0
    made = next(line for line in out.splitlines() if line.startswith("Built"))
    assert set(made.rstrip(".").partition(": ")[2].split(", ")) == {
        "counties",
        "municipalities",
        "municipality_changes",
        "population",
    }
    assert (store / "tables" / "population").is_dir()
    assert not (store / "tables" / "growth").exists()


def test_a_damaged_table_is_made_anew(run: Run, small: Path, stocked: Path) -> None:
    words = ("--group", small, "--store", stocked)
    run(*words, "build")
    path = next((stocked / "tables" / "population").glob("*.parquet"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] + bytes(40))
    code, _, err = run(*words, "--as-built", "show", "population")
    assert code == 1
    assert f"{path} is not what its record says; run 'storregion build'" in err
    _, out, _ = run(*words, "build")
    assert "Built 1 of" in out
    assert path.read_bytes() == whole
    path.write_bytes(whole[:-40] + bytes(40))
    code, out, _ = run(*words, "check")
    assert code == 0
    assert "Made anew, since they were out of date or damaged: population." in out


def test_all_faults_of_a_figure_file_come_in_one_message_and_the_state_stays(
    run: Run, copy: Path, bundled: Workspace
) -> None:
    store = bundled.store.folder
    words = ("--group", copy, "--store", store)
    assert run(*words, "build")[0] == 0
    state = store / "states" / f"{Workspace(copy, store).state_name}.json"
    before = state.read_bytes()
    path = copy / TOTALS
    lines = path.read_text("utf-8").splitlines()
    faults = {
        2: ("0114,1968,16230", "0114,1968,many", "row 2, column 'persons': 'many' is not a whole number"),
        3: ("0114,1969,17835", "0114,1969,-5", "row 3, column 'persons': -5 is below 0"),
        4: ("0114,1970,19032", "9999,1970,19032", "row 4, column 'municipality': '9999' is unknown"),
        5: ("0114,1971,20621", "0114,13,20621", "row 5, column 'year': 13 is below 1749"),
    }
    for number, (right, wrong, _) in faults.items():
        assert lines[number - 1] == right
        lines[number - 1] = wrong
    lines += [lines[8], "0114,2024"]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    code, _, err = run(*words, "build")
    assert code == 1
    assert err.count("storregion: ") == 1
    assert err.count(str(path)) == 1
    for _, _, fault in faults.values():
        assert fault in err
    assert f"rows 9, {len(lines) - 1}: the key ['municipality', 'year'] is repeated" in err
    assert f"row {len(lines)}: 2 cells, but the header has 3" in err
    assert state.read_bytes() == before
    code, out, _ = run(*words, "--as-built", "show", "growth", "--where", "place=oms", "--csv")
    assert code == 0
    assert rows(out)[-1]["persons"] == "4529298"


@pytest.mark.parametrize(
    ("file", "right", "wrong", "words", "hint"),
    [
        ("group.toml", "partners =", "partnres =", ["build"], "'partnres'; did you mean 'partners'?"),
        (
            "group.toml",
            "municipalities =",
            "municipalitys =",
            ["show", "growth"],
            "'country.municipalitys'; did you",
        ),
        (
            "indicators/population_growth.toml",
            "column =",
            "colunm =",
            ["check"],
            "'colunm'; did you mean 'column'?",
        ),
        ("strategy/2025.toml", "title =", "titel =", ["check"], "'titel'; did you mean 'title'?"),
        (
            "strategy/documents.toml",
            "publisher =",
            "publsher =",
            ["check"],
            "publsher'; did you mean 'publisher'?",
        ),
        ("followup.toml", "[reasons.", "[reason.", ["check"], "'reason'; did you mean 'reasons'?"),
        (
            "scenarios/from-2009.toml",
            "[about]",
            "[abuot]",
            ["--scenario", "from-2009", "build"],
            "'abuot'; did you",
        ),
        (
            "scenarios/from-2009.toml",
            "base_year =",
            "base_yaer =",
            ["check"],
            "'base_yaer'; did you mean 'base_year'?",
        ),
        (
            "scenarios/stockholm-still.toml",
            "persons =",
            "person =",
            ["check"],
            "'person'; did you mean 'persons'?",
        ),
        (
            "assumptions.toml",
            "base_year =",
            "base_yaer =",
            ["build"],
            "'base_yaer'; did you mean 'base_year'?",
        ),
        (
            "assumptions.toml",
            "[growth]",
            "[growht]",
            ["build"],
            "'growht' to assume of; did you mean 'growth'?",
        ),
    ],
)
def test_a_misspelt_key_is_reported_with_its_file_and_the_nearest(
    run: Run, copy: Path, bundled: Workspace, file: str, right: str, wrong: str, words: list[str], hint: str
) -> None:
    changed(copy / file, right, wrong)
    code, out, err = run("--group", copy, "--store", bundled.store.folder, *words)
    assert (code, out) == (1, "")
    assert hint in err
    assert Path(file).name in err


def test_check_says_of_a_misspelt_scenario_before_it_builds_anything(
    run: Run, copy: Path, tmp_path: Path
) -> None:
    changed(copy / "scenarios/stockholm-still.toml", "persons =", "person =")
    code, out, err = run("--group", copy, "--store", tmp_path / "store", "check")
    assert (code, out) == (1, "")
    assert "'person'; did you mean 'persons'?" in err
    assert list((tmp_path / "store" / "tables").iterdir()) == []


def test_check_finds_the_bundled_group_as_it_should_be(run: Run, bundled: Workspace) -> None:
    code, out, _ = run("--group", bundled.folder, "--store", bundled.store.folder, "check")
    assert code == 0
    assert f"{len(bundled.steps)} tables, {len(RELATIONS)} relations between them, the strategy" in out


def edited(group: Path, year: int) -> None:
    """Give a group a scenario that adds a thousand people to a municipality in a year."""
    (group / "scenarios").mkdir(exist_ok=True)
    (group / "scenarios" / "more.toml").write_text(
        'title = { sv = "Fler", en = "More" }\nabout = { sv = "Fler.", en = "More." }\n[[edits]]\n'
        f'table = "population"\nwhere = {{ municipality = "1080", year = {year} }}\n'
        'add = { persons = 1000 }\nbecause = { sv = "Prov.", en = "Trial." }\n',
        "utf-8",
    )


def test_check_finds_a_scenario_whose_edit_meets_no_row(run: Run, small: Path, stocked: Path) -> None:
    words = ("--group", small, "--store", stocked, "check")
    edited(small, 2024)
    _, _, err = run(*words)
    assert "matches no row" not in err
    edited(small, 1967)
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert "matches no row" in err


def test_check_asks_about_figures_that_break_a_relation(run: Run, copy: Path, bundled: Workspace) -> None:
    # One population ten times as large: above what it was the year before, and other than in other tables.
    changed(copy / TOTALS, "0380,2010,197787", "0380,2010,1977870")
    code, out, err = run("--group", copy, "--store", bundled.store.folder, "check")
    assert (code, out) == (1, "")
    assert "are these figures right?" in err
    assert "municipality 0380, year 2010: 1977870, 194751" in err
    assert '[[accepted]] relation = "population_jump"' in err


def test_check_reads_what_only_a_report_reads(run: Run, copy: Path, bundled: Workspace) -> None:
    changed(copy / "checklist.toml", "[about]", "[abuot]")
    code, _, err = run("--group", copy, "--store", bundled.store.folder, "check")
    assert code == 1
    assert "checklist.toml" in err
    assert "'abuot'; did you mean 'about'?" in err


def test_a_scenario_makes_only_the_tables_that_rest_on_it(run: Run, small: Path, stocked: Path) -> None:
    edited(small, 2024)
    words = ("--group", small, "--store", stocked)
    _, out, _ = run(*words, "--scenario", "more", "build")
    base, more = Workspace(small, stocked), Workspace(small, stocked, "more")
    reached = {"population"}
    for table, step in base.steps.items():
        if reached & {schema.name for schema in step.tables.values()}:
            reached.add(table)
    assert {"growth", "age_structure"} <= reached < set(base.steps)
    made = next(line for line in out.splitlines() if line.startswith(f"Built {len(reached)} of"))
    assert set(made.rstrip(".").partition(": ")[2].split(", ")) == reached
    assert {table for table in base.steps if base.key(table) != more.key(table)} == reached
    _, out, _ = run(*words, "--scenario", "more", *WHOLE)
    assert [(row["persons"], row["basis"]) for row in rows(out)] == [("158223", "assumed")]
    _, out, _ = run(*words, *WHOLE)
    assert [(row["persons"], row["basis"]) for row in rows(out)] == [("157223", "observed")]


def test_a_terminal_gets_a_bar(small: Path, store: Path) -> None:
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    words = ("--group", small, "--store", store, "build")
    build = process(*words, stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    seen = b""
    while True:
        try:
            read = os.read(screen, 4096)
        except OSError:  # how a terminal says that nobody writes any longer
            break
        if not read:
            break
        seen += read
    os.close(screen)
    out, _ = build.communicate(timeout=600)
    assert build.returncode == 0
    assert out.startswith(b"Not made: ")
    text = seen.decode()
    assert "Building: " in text
    assert "%|" in text
    assert "\r" in text
    assert " of " not in text


def test_clean_removes_what_no_recent_build_rests_on(run: Run, small: Path, store: Path) -> None:
    words = ("--group", small, "--store", store)
    run(*words, "build", "--only", "population")
    for path in (store / "tables").glob("*/*"):
        os.utime(path, (0, 0))
    code, out, _ = run(*words, "clean", "--keep", "3")
    assert code == 0
    # A part of a build is not a state, so nothing rests on its tables.
    assert out.startswith("Removed 4 tables of 0 states")
    assert not list((store / "tables").glob("*/*"))
    run(*words, "build")
    code, out, _ = run(*words, "--as-built", "show", "population")
    assert code == 0
    assert run(*words, "clean", "--keep", "1")[1].startswith("Removed 0 tables of 0 states, 0 MB")
    assert run(*words, "--as-built", "show", "population")[1] == out
    assert (
        f"The store in {store} holds {len(Workspace(small, store).steps)} tables" in run(*words, "status")[1]
    )
    assert run(*words, "clean", "--keep", "0")[0] == 2
