"""What the tests of several verbs call."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]
TOTALS = "figures/population_totals.csv"
WHOLE = ("show", "growth", "--where", "place=blekinge-test", "--where", "year=2024", "--csv")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def changed(path: Path, right: str, wrong: str) -> None:
    content = path.read_text("utf-8")
    assert content.count(right) >= 1
    path.write_text(content.replace(right, wrong, 1), "utf-8")


def process(*words: object, **options: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-W", "error", "-m", "storregion", *map(str, words)]
    return subprocess.Popen(command, **options)  # type: ignore[call-overload,no-any-return]
