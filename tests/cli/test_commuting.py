"""The estimate tried on a file: `storregion commuting check`."""

import json
from pathlib import Path

from tests.cli.calls import Run


def matrix(folder: Path) -> list[str]:
    """Five places on a line, 10 km apart, in two counties; most work where they live."""
    codes = ["0101", "0102", "0103", "0201", "0202"]
    rows = ["home,work,persons"]
    for i, home in enumerate(codes):
        rows += [f"{home},{work},{800 if i == j else 60 // abs(i - j)}" for j, work in enumerate(codes)]
    (folder / "flows.csv").write_text("\n".join(rows), "utf-8")
    points = ["code,x,y", *(f"{code},{10_000 * at},0" for at, code in enumerate(codes))]
    (folder / "points.csv").write_text("\n".join(points), "utf-8")
    return [str(folder / "flows.csv"), "--points", str(folder / "points.csv")]


def test_the_errors_are_shown_by_distance(run: Run, tmp_path: Path) -> None:
    words = matrix(tmp_path)
    code, out, err = run("commuting", "check", *words)
    assert (code, err) == (0, "")
    assert "Nearness falls to a third over" in out
    assert [line.split()[0] for line in out.splitlines()[2:8]] == [
        *("0–20", "20–40", "40–80", "80–150", "150–", "all"),
    ]
    _, as_json, _ = run("commuting", "check", *words, "--json")
    bands = json.loads(as_json)["bands"]
    # Four pairs of neighbours, both ways, 60 people each; at 20 and 30 km 30 and 20 people; at 40 km 15.
    assert bands["0–20"]["observed"] == 4 * 2 * 60
    assert bands["20–40"]["observed"] == 3 * 2 * 30 + 2 * 2 * 20
    assert bands["40–80"]["observed"] == 2 * 15
    assert bands["150–"] == {"observed": 0, "estimated": 0, "common": None, "cells": 0, "covered": None}
    assert bands["all"]["estimated"] == bands["all"]["observed"]
    assert 0.8 < bands["all"]["common"] <= 1


def test_a_file_without_points_is_refused(run: Run, tmp_path: Path) -> None:
    words = matrix(tmp_path)
    (tmp_path / "points.csv").write_text("code,x,y\n0101,0,0\n", "utf-8")
    code, _, err = run("commuting", "check", *words)
    assert code == 1
    assert "have no point; give them with --points" in err
