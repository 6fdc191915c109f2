"""What holds for every verb: wrong calls, exit codes, help, completion and JSON."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.calls import TOTALS, Run, changed

from storregion.cli import parser


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
        (["--group", "/no/such/group", "build"], "/no/such/group is not a folder"),
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


def test_a_process_gives_the_exit_codes(small: Path, stocked: Path) -> None:
    def code(*words: str) -> int:
        command = [sys.executable, "-m", "storregion", "--group", str(small), "--store", str(stocked), *words]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert code("show", "growth") == 0
    assert code("show", "grwth") == 2
    changed(small / TOTALS, "1080,2024,66301", "1080,2024,-1")
    assert code("show", "growth") == 1


VERBS = (
    *("build", "check", "clean", "tables", "show", "trace", "diff", "import", "survey", "commuting"),
    *(
        "routes",
        "fetch",
        "status",
        "gtfs",
        "access",
        "warmup",
        "power",
        "strategy",
        "plan",
        "followup",
        "bake",
        "report",
    ),
    "serve",
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


@pytest.mark.parametrize(
    "words",
    [("build",), ("tables",), ("show", "growth"), ("trace", "growth"), ("status",), ("check",)],
)
def test_json_is_one_object_with_the_keys_that_the_help_names(
    run: Run, small: Path, stocked: Path, words: tuple[str, ...]
) -> None:
    shutil.rmtree(stocked / "tables" / "growth")
    code, out, _ = run("--group", small, "--store", stocked, *words, "--json")
    help_ = " ".join(run(words[0], "--help")[1].split())
    assert code == 0
    assert f"one JSON object with the keys {', '.join(json.loads(out))}" in help_
