"""Routes in a network of the user's own: counted and printed, never written."""

import json
from pathlib import Path

import pytest

from storregion.cli import CALL_WRONG, DATA_WRONG, FINE, main

RING = "one,two,latitude,longitude\nA,B,59.1,17.1\nB,C,59.2,17.2\nC,A,59.3,17.3\nC,D,59.4,17.4\n"


def network(folder: Path, words: str) -> str:
    path = folder / "network.csv"
    path.write_text(words, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        # A–C and A–B–C; only C–D leads to D.
        ("C", "A–C: 2 routes that share no link; the loss of 1 parts nothing."),
        ("D", "A–D: 1 route; the loss of a single link can part them."),
    ],
)
def test_routes_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str, said: str) -> None:
    assert main(["routes", network(tmp_path, RING), "A", end]) == FINE
    assert capsys.readouterr().out.strip() == said


def test_routes_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", network(tmp_path, RING), "A", "C", "--json"]) == FINE
    assert json.loads(capsys.readouterr().out) == {"from": "A", "to": "C", "routes": 2}


def test_nodes_without_a_route(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", network(tmp_path, "one,two\nA,B\nC,D\n"), "A", "D"]) == FINE
    assert capsys.readouterr().out.strip() == "No route leads from A to D."


def test_an_export_is_refused_with_the_columns_that_are_positions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = network(tmp_path, RING), tmp_path / "out.csv"
    assert main(["routes", path, "A", "C", "--export", str(out)]) == CALL_WRONG
    said = capsys.readouterr().err
    assert (
        f"{path} is a network that stays where it lies; row 1 names the positions latitude, longitude" in said
    )
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("one,too\nA,B\n", DATA_WRONG, "row 1: column 'two' is missing; did you mean 'too'"),
        ("one,two\nA,\n", DATA_WRONG, "row 2: an end of the edge is empty"),
        ("one,two\nA,B\nB,B\n", DATA_WRONG, "row 3: the edge leads from 'B' to itself"),
        ("one,two\nA,B\n", CALL_WRONG, "has no node 'C'"),
    ],
)
def test_what_is_not_a_network_is_refused_with_its_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, said: str
) -> None:
    assert main(["routes", network(tmp_path, words), "A", "C"]) == code
    assert said in capsys.readouterr().err


def test_the_same_node_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", network(tmp_path, RING), "A", "A"]) == CALL_WRONG
    assert "name two nodes" in capsys.readouterr().err
