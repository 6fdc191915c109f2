"""REUSE.toml says of every bundled figure file what its row in sources.csv says."""

import csv
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "groups" / "oms" / "figures"
OURS = "storregion contributors"
COMPILED = ("ÖMS", "Flera, en källa per rad")
"""Producers of what the project has put together itself."""
QUOTED = "Citat, "
"""The licence of facts quoted from a work of another; the table of them is the project's."""


def said(path: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """The last annotation whose glob fits a path: later ones win."""

    def fits(glob: str) -> bool:
        parts = re.split(r"(\*\*|\*)", glob)
        pattern = "".join({"**": ".*", "*": "[^/]*"}.get(part) or re.escape(part) for part in parts)
        return re.fullmatch(pattern, path) is not None

    def listed(one: str | list[str]) -> list[str]:
        return [one] if isinstance(one, str) else one

    return [one for one in annotations if any(map(fits, listed(one["path"])))][-1]


@pytest.fixture
def rows() -> list[dict[str, str]]:
    """The rows of files that lie among the figures."""
    with (FIGURES / "sources.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if (FIGURES / row["file"]).is_file()]


def test_publisher_and_licence_are_those_of_sources(rows: list[dict[str, str]]) -> None:
    annotations = tomllib.loads((ROOT / "REUSE.toml").read_text("utf-8"))["annotations"]
    assert len(rows) > 20
    for row in rows:
        found = said(f"groups/oms/figures/{row['file']}", annotations)
        holders = found["SPDX-FileCopyrightText"]
        ours = row["producer"] in COMPILED or row["licence"].startswith(QUOTED)
        producers = [OURS] if ours else row["producer"].split(" / ")
        assert sorted([holders] if isinstance(holders, str) else holders) == sorted(producers), row["file"]
        licence = re.split(r";| \(", row["licence"])[0].replace("CC BY", "CC-BY").replace(" ", "-")
        licence = "CC0-1.0" if row["licence"].startswith(QUOTED) else licence
        assert found["SPDX-License-Identifier"] == licence, row["file"]


def test_another_publishers_file_would_be_noticed() -> None:
    annotations = tomllib.loads((ROOT / "REUSE.toml").read_text("utf-8"))["annotations"]
    found = said("groups/oms/figures/of_another.csv", annotations)
    assert found["SPDX-FileCopyrightText"] == "Statistiska centralbyrån (SCB)"
    assert said("src/storregion/core/store.py", annotations)["SPDX-License-Identifier"] == "EUPL-1.2"
