"""The balance of power as a job: `storregion power dispatch`."""

import json
from pathlib import Path

from tests.cli.calls import Run


def test_the_least_import_is_given_with_what_is_assumed(
    run: Run, oms: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "balance.nc"
    code, out, err = run(*oms, "power", "dispatch", "--netcdf", file)
    assert code == 0
    assert file.is_file()
    assert "Power: 3 of 3 (answer)" in err
    assert "336 steps of 1 h from 2020-01-06" in out
    assert "No capacity is published, and none is set, between SE3–01" in out
    assert "att det är till hälften är antaget, utan källa" in out
    # Of the register's hydropower plants, seven are without a first year.
    assert "Of 14 hydropower plants, 7 have no first year in the register" in out
    _, as_json, _ = run(*oms, "power", "dispatch", "--json")
    shown = json.loads(as_json)
    assert (shown["steps"], shown["hours"]) == (336, 1)
    assert (shown["plants"], shown["undated_plants"]) == (14, 7)
    assert list(shown["least_import_mw"]) == ["SE3", "SE2"]
    # At most 7 588 MW are used and 3 916 generated on average; hydropower takes some of the peak.
    assert 3300 < sum(shown["least_import_mw"].values()) < 7588 - 3916


def test_a_file_that_cannot_be_written_is_refused(run: Run, oms: tuple[str, str], tmp_path: Path) -> None:
    code, _, err = run(*oms, "power", "dispatch", "--netcdf", tmp_path / "nowhere" / "balance.nc")
    assert code == 2
    assert "balance.nc cannot be written" in err


def test_days_that_are_not_known_are_refused(run: Run, oms: tuple[str, str]) -> None:
    code, _, err = run(*oms, "power", "dispatch", "--days", "55")
    assert code == 2
    assert "no percentile 55; give one of [0, 10," in err
