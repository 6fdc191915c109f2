"""A survey counted from the command line."""

import json
from pathlib import Path

from tests.cli.calls import Run
from tests.intake.test_surveys import ANSWERS, CODEBOOK


def test_a_survey_is_counted(run: Run, small: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text(ANSWERS, "utf-8")
    (tmp_path / "codebook.toml").write_text(CODEBOOK, "utf-8")
    words = ["survey", str(tmp_path / "answers.csv"), "--codebook", str(tmp_path / "codebook.toml")]
    code, out, err = run("--group", str(small), *words, "--year", "2026")
    assert (code, err) == (0, "")
    assert "Counted 12 respondents" in out
    assert "kept nowhere" in out
    _, as_json, _ = run("--group", str(small), *words, "--year", "2026", "--json")
    assert json.loads(as_json)["replaced"] is True
    code, _, err = run("--group", str(small), *words, "--year", "26")
    assert code == 2
    assert "--year 26 is not a year" in err
