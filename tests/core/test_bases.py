"""On what every table of the bundled group rests: none is better known than it should be, and none worse."""

import tomllib
from pathlib import Path

from storregion.core.table import BASES
from storregion.core.workspace import Workspace

STATED = tomllib.loads(Path(__file__).with_name("bases.toml").read_text("utf-8"))


def test_every_table_rests_on_what_is_stated_of_it(bundled: Workspace) -> None:
    found: dict[str, set[str]] = {}
    for name in bundled.steps:
        rows = bundled.table(name)
        if "basis" in rows.columns and rows.height:
            parts = sorted(rows["basis"].unique().to_list(), key=BASES.index)
            found.setdefault(" ".join(parts), set()).add(name)
    stated = {known: set(of["tables"].split()) for known, of in STATED.items()}
    for known in found.keys() | stated.keys():
        differ = sorted(found.get(known, set()) ^ stated.get(known, set()))
        assert differ == [], f"{known}: is bases.toml right of these, or a mark lost?"
