import csv
import io
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import termios
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from storregion.cli import main, parser
from storregion.core import group
from storregion.core.workspace import Workspace

Run = Callable[..., tuple[int, str, str]]
TOTALS = "figures/population_totals.csv"
WHOLE = ("show", "growth", "--where", "place=blekinge-test", "--where", "year=2024", "--csv")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process; give its exit code, what it printed and what it complained of."""

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def oms(bundled: Workspace) -> tuple[str, str]:
    """The words that name a store in which the bundled group is built."""
    return ("--store", str(bundled.store.folder))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the bundled group that a test may spoil."""
    return Path(shutil.copytree(group.bundled(), tmp_path / "copy"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def changed(path: Path, right: str, wrong: str) -> None:
    content = path.read_text("utf-8")
    assert content.count(right) >= 1
    path.write_text(content.replace(right, wrong, 1), "utf-8")


def process(*words: object, **options: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-W", "error", "-m", "storregion", *map(str, words)]
    return subprocess.Popen(command, **options)  # type: ignore[call-overload,no-any-return]


# show


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
    values = [row["b"] for row in rows(out) if row["column"] == "base_change"]
    assert any(int(value) < 0 for value in values if value)


# What is not there


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["show", "grwth"], "there is no table 'grwth'; did you mean 'growth'?"),
        (["trace", "popluation"], "there is no table 'popluation'; did you mean 'population'?"),
        (["build", "--only", "nodse"], "there is no table 'nodse'; did you mean 'nodes'?"),
        (["diff", "base", "base", "grwth"], "did you mean 'growth'?"),
        (["show", "growth", "--where", "plcae=oms"], "no column 'plcae'; did you mean 'place'?"),
        (["show", "growth", "--where", "place=stokholm"], "'stokholm'; did you mean 'stockholm'?"),
        (["show", "growth", "--where", "place"], "has no '='; write it as column=value"),
        (["show", "growth", "--where", "year=latest"], "holds numbers, so it is never 'latest'"),
        (
            ["show", "growth", "--where", "place=oms", "--where", "year=1950"],
            "no row of 'growth' has place=oms and",
        ),
        (["show", "boundaries", "--where", "geometry=x"], "holds shapes"),
        (["--scenario", "stokholm-still", "show", "growth"], "did you mean 'stockholm-still'?"),
        (["diff", "base", "from-2008", "growth"], "did you mean 'from-2009'?"),
        (["diff", "", "base", "growth"], "no '' among"),
        (["--scenario", "from-2009", "diff", "base", "base", "growth"], "leave --scenario out"),
        (["--as-built", "build"], "leave --as-built out"),
        (["--as-built", "check"], "leave --as-built out"),
        (["--group", "/no/such/group", "build"], "/no/such/group is no folder"),
        (["serve", "--port", "http"], "'http' is not a valid port"),
        (["serve", "--port", "0"], "'0' is not a valid port"),
        (["serve", "--port", "65536"], "'65536' is not a valid port"),
        (["serve", "--host", "nowhere.invalid"], "choose another with --port or --host"),
        (["shwo", "growth"], "invalid choice: 'shwo'"),
        ([], "required: VERB"),
    ],
)
def test_a_wrong_call_says_what_and_what_is_nearest(
    run: Run, oms: tuple[str, str], words: list[str], hint: str
) -> None:
    code, out, err = run(*oms, *words)
    assert (code, out) == (2, "")
    assert hint in err


def test_a_store_that_cannot_be_made_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, err = run("--store", tmp_path / "file" / "store", "show", "growth")
    assert (code, out) == (1, "")
    assert f"cannot make the store in {tmp_path / 'file' / 'store'}" in err
    assert "--store" in err


def test_reading_what_was_never_built_is_a_wrong_call(run: Run, small: Path, store: Path) -> None:
    code, _, err = run("--group", small, "--store", store, "--as-built", "show", "growth")
    assert code == 2
    assert "run 'storregion build' first" in err


# build


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


def test_a_damaged_table_is_made_anew(run: Run, small: Path, store: Path) -> None:
    words = ("--group", small, "--store", store)
    run(*words, "build")
    path = next((store / "tables" / "population").glob("*.parquet"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] + bytes(40))
    code, _, err = run(*words, "--as-built", "show", "population")
    assert code == 1
    assert f"{path} is not what its record says; run 'storregion build'" in err
    _, out, _ = run(*words, "build")
    assert "Built 1 of" in out
    assert path.read_bytes() == whole


def test_all_faults_of_a_figure_file_come_in_one_message_and_the_state_stays(
    run: Run, copy: Path, tmp_path: Path
) -> None:
    words = ("--group", copy, "--store", tmp_path / "store")
    assert run(*words, "build")[0] == 0
    state = next((tmp_path / "store" / "states").iterdir())
    before = state.read_bytes()
    path = copy / TOTALS
    lines = path.read_text("utf-8").splitlines()
    faults = {
        2: ("0114,2001,37524", "0114,2001,many", "row 2, column 'persons': 'many' is not a whole number"),
        3: ("0114,2005,37624", "0114,2005,-5", "row 3, column 'persons': -5 is below 0"),
        4: ("0114,2009,38641", "9999,2009,38641", "row 4, column 'municipality': '9999' is unknown"),
        5: ("0114,2013,41449", "0114,13,41449", "row 5, column 'year': 13 is below 1749"),
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
    # An edit knows its table, not its file; all else names the file.
    assert Path(file).name in err or file == "scenarios/stockholm-still.toml"


def test_check_finds_a_scenario_whose_edit_meets_no_row(run: Run, copy: Path, bundled: Workspace) -> None:
    words = ("--group", copy, "--store", bundled.store.folder, "check")
    code, out, _ = run(*words)
    assert code == 0
    assert f"{len(bundled.steps)} tables, the strategy, the plans, the indicators and the scenarios" in out
    changed(copy / "scenarios/stockholm-still.toml", "year = 2024", "year = 2023")
    code, out, err = run(*words)
    assert (code, out) == (1, "")
    assert "matches no row" in err


# Scenarios


def test_diff_shows_both_their_difference_and_their_basis(run: Run, oms: tuple[str, str]) -> None:
    code, out, _ = run(*oms, "diff", "base", "stockholm-still", "population", "--csv")
    assert code == 0
    assert rows(out) == [
        {
            "municipality": "0180",
            "year": "2024",
            "persons_a": "995574",
            "persons_b": "978770",
            "persons_difference": "-16804",
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
        assert int(row["persons_b"]) - int(row["persons_a"]) == int(row["persons_difference"]) == -16804
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


def test_diff_of_a_table_that_does_not_rest_on_the_edit_is_empty(run: Run, oms: tuple[str, str]) -> None:
    code, out, _ = run(*oms, "diff", "base", "stockholm-still", "electricity_use")
    assert (code, out) == (0, "electricity_use is the same in base and stockholm-still.\n")


def test_a_scenario_makes_only_the_tables_that_rest_on_it(run: Run, small: Path, store: Path) -> None:
    (small / "scenarios").mkdir(exist_ok=True)
    (small / "scenarios" / "more.toml").write_text(
        'title = { sv = "Fler", en = "More" }\nabout = { sv = "Fler.", en = "More." }\n[[edits]]\n'
        'table = "population"\nwhere = { municipality = "1080", year = 2024 }\nadd = { persons = 1000 }\n'
        'because = { sv = "Prov.", en = "Trial." }\n',
        "utf-8",
    )
    words = ("--group", small, "--store", store)
    run(*words, "build")
    _, out, _ = run(*words, "--scenario", "more", "build")
    base, more = Workspace(small, store), Workspace(small, store, "more")
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


# trace


def test_trace_leads_to_the_publishers_files(run: Run, oms: tuple[str, str], bundled: Workspace) -> None:
    code, out, _ = run(*oms, "trace", "growth")
    assert code == 0
    assert out.startswith(f"growth  key {bundled.key('growth')}  made by storregion.studies.growth.growth\n")
    assert "assumes base_year = 2001 (assumptions.toml)" in out
    for origin in bundled.origins("growth"):
        assert f"from {origin.file} (bundled)  sha256 {origin.sha256}\n" in out
    assert "Statistiska centralbyrån (SCB)" in out


def test_trace_tells_what_a_scenario_edited(run: Run, oms: tuple[str, str]) -> None:
    _, out, _ = run(*oms, "--scenario", "stockholm-still", "trace", "growth")
    assert "edited by the scenario: The published population in 2021." in out


# As built


@pytest.mark.parametrize("damage", ["broken", "gone"])
def test_the_last_build_can_be_read_while_the_inputs_are_broken(
    run: Run, small: Path, store: Path, damage: str
) -> None:
    words = ("--group", small, "--store", store)
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


# Portal


def test_a_portal_is_not_written_over_something_else(run: Run, oms: tuple[str, str], tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    code, _, err = run(*oms, "bake", "--to", foreign)
    assert code == 2
    assert "choose an empty folder" in err
    code, _, err = run(*oms, "bake", "--to", foreign / "thesis.txt")
    assert code == 2
    assert "is a file; --to takes a folder" in err
    code, _, err = run(*oms, "bake", "--to", foreign / "thesis.txt" / "portal")
    assert code == 1
    assert "cannot write" in err
    assert "--to" in err
    assert {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {
        "thesis.txt": "mine"
    }


def test_a_port_in_use_is_said_plainly_and_before_anything_is_claimed(run: Run, oms: tuple[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run(*oms, "serve", "--port", port)
    assert (code, out) == (2, "")
    assert f"port {port} on 127.0.0.1 is in use; choose another with --port" in err


def test_the_portal_is_served_until_it_is_stopped(small: Path, store: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("--group", small, "--store", store, "serve", "--port", port)
    server = process(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert server.stdout is not None
    said = server.stdout.readline().decode()
    assert said == f"The portal is at http://127.0.0.1:{port}/ (stop with Ctrl-C)\n"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=600) as answer:
            assert answer.url == f"http://127.0.0.1:{port}/sv/"
            assert "Blekinge på prov" in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="404") as error:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/en/nothing/", timeout=600)
        error.value.close()
    finally:
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=600)
    assert server.returncode == 130
    assert err.decode().strip() == "storregion: stopped"


# As a process


def test_a_process_gives_the_exit_codes(small: Path, store: Path) -> None:
    def code(*words: str) -> int:
        command = [sys.executable, "-m", "storregion", "--group", str(small), "--store", str(store), *words]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert code("show", "growth") == 0
    assert code("show", "grwth") == 2
    changed(small / TOTALS, "1080,2024,66301", "1080,2024,-1")
    assert code("show", "growth") == 1


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


# The strategy


def test_the_strategy_lists_what_is_joined_to_each_element(run: Run, oms: tuple[str, str]) -> None:
    code, out, err = run(*oms, "strategy", "2025/energy", "--csv")
    assert (code, err) == (0, "")
    kinds = [(row["kind"], row["name"], row["state"]) for row in rows(out)]
    assert kinds[:3] == [
        ("words", "Energy supply", "Adopted by 7 of 7"),
        ("comes from", "nothing", "proposed"),
        ("project", "power-supply", "done"),
    ]
    assert kinds[-1] == ("not followed", "", "")
    assert {state for kind, _, state in kinds if kind == "link"} == {"proposed"}
    # 4 529 298 residents of 2024 against 4 455 196 of 2021: 1.016633^(1/3) = 1.005514.
    _, out, _ = run(*oms, "strategy", "population_growth", "--json")
    assert {row["state"] for row in json.loads(out)["rows"]} == {"2024: 0.55% a year"}


def test_a_word_that_no_element_has_is_refused(run: Run, oms: tuple[str, str]) -> None:
    code, _, err = run(*oms, "strategy", "2025/enrgy")
    assert code == 2
    assert "is named like '2025/enrgy'; did you mean '2025/energy'?" in err


# Help


VERBS = (
    *("build", "check", "tables", "show", "trace", "diff", "import", "fetch", "status", "gtfs", "access"),
    *("warmup", "strategy", "plan", "followup", "bake", "report", "serve"),
)


def test_help_names_every_verb_and_the_exit_codes(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "0 fine, 1 the data is wrong, 2 the call is wrong" in " ".join(out.split())
    assert all(f"\n    {verb}" in out for verb in VERBS)
    actions = [action.choices for action in parser()._actions if action.dest == "verb"]
    assert tuple(actions[0] or ()) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(run: Run, verb: str) -> None:
    code, out, err = run(verb, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: storregion {verb}")


def test_the_version_is_printed(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("storregion 0.")


def test_help_loads_neither_polars_nor_numba() -> None:
    code = (
        "import sys\nfrom storregion.cli import parser\nparser().format_help()\n"
        "sys.exit(bool({'polars', 'numba', 'numpy', 'argcomplete'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_shell_completes_verbs_options_tables_and_scenarios(tmp_path: Path) -> None:
    def completed(line: str) -> set[str]:
        found = tmp_path / "found"
        found.write_text("")
        words = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
        words |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(found), "_ARGCOMPLETE_IFS": "\n"}
        subprocess.run([sys.executable, "-m", "storregion"], env=os.environ | words, check=False)
        return {word.strip() for word in found.read_text("utf-8").splitlines()}

    assert completed("storregion wa") == {"warmup"}
    assert "--where" in completed("storregion show growth --w")
    assert {"growth"} <= completed("storregion show grow")
    assert completed("storregion --scenario from-") == {"from-2009"}


# Names, lists and JSON


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


@pytest.mark.parametrize(
    "words",
    [("build",), ("tables",), ("show", "growth"), ("trace", "growth"), ("status",), ("check",)],
)
def test_json_is_one_object_with_the_keys_that_the_help_names(
    run: Run, small: Path, store: Path, words: tuple[str, ...]
) -> None:
    code, out, _ = run("--group", small, "--store", store, *words, "--json")
    help_ = " ".join(run(words[0], "--help")[1].split())
    assert code == 0
    assert f"one JSON object with the keys {', '.join(json.loads(out))}" in help_
