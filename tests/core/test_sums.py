"""Sums of groups do not depend on how the work was shared out: a table is the same to the byte."""

import os
import subprocess
import sys

# As many rows and groups as commuting has: below, Polars does not share the work out.
SUMS = """
import hashlib, random, storregion, polars as pl
draw, n = random.Random(1), 336_400
rows = pl.DataFrame({"year": [i // 84_100 for i in range(n)], "work": [f"{i % 290:04}" for i in range(n)],
                     "persons": [draw.lognormvariate(0, 3) for _ in range(n)]})
sums = [rows.group_by("year", "work", maintain_order=True).agg(pl.col("persons").sum()) for _ in range(12)]
print(len({hashlib.sha256(one.write_csv().encode()).hexdigest() for one in sums}))
"""


def different(program: str) -> int:
    """How many different results a program finds in a process of its own."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("POLARS")}
    call = [sys.executable, "-c", program]
    return int(subprocess.run(call, env=bare, capture_output=True, text=True, check=True).stdout)


def test_sums_of_many_rows_are_the_same_to_the_last_digit() -> None:
    assert different(SUMS) == 1


def test_without_the_setting_of_the_package_they_are_not() -> None:
    assert max(different(SUMS.replace("storregion, ", "")) for _ in range(3)) > 1
