"""What a verb gives back: exit codes, words or JSON on standard output, tables, and progress."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

FINE, DATA_WRONG, CALL_WRONG = 0, 1, 2
# A table wider than this is printed a line a column when it has but few rows.
_WIDE, _FEW = 9, 5


def answer(chosen: argparse.Namespace, found: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Print what a verb found: one JSON object with --json, else lines.

    Parameters
    ----------
    chosen : the call.
    found : the object; what JSON does not know is written as text.
    lines : the same in words.
    """
    if chosen.json:
        print(json.dumps(found, ensure_ascii=False, default=str), flush=True)
    else:
        for line in lines:
            print(line, flush=True)


def rows(frame: "pl.DataFrame") -> list[dict[str, Any]]:
    """A table as JSON has it, one object a row; shapes as hexadecimal text."""
    import polars as pl

    return frame.with_columns(pl.col(pl.Binary).bin.encode("hex")).to_dicts()


class Progress:
    """A bar on a terminal, plain lines elsewhere."""

    def __init__(self, doing: str) -> None:
        """Name what is being done."""
        self.doing = doing
        self.bar: Any = None

    def __enter__(self) -> "Progress":
        """Nothing is drawn before the first report."""
        return self

    def __exit__(self, *error: object) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: int, total: int, what: str = "") -> None:
        """Report how many are done, how many there are in all, and what was last."""
        from tqdm import tqdm

        if sys.stderr.isatty():
            if self.bar is None:
                # What was done before counts for nothing in the time that is left.
                self.bar = tqdm(total=total, initial=done, desc=self.doing, file=sys.stderr, leave=False)
            self.bar.set_postfix_str(what, refresh=False)
            self.bar.update(done - self.bar.n)
        elif done == total or done * 10 // total > (done - 1) * 10 // total:
            print(f"{self.doing}: {done} of {total}{f' ({what})' if what else ''}", file=sys.stderr)


def _harmless(text: str) -> str:
    """Words that no spreadsheet takes for a formula; a number with its sign is not one."""
    from storregion.core.figurefile import harmless

    return text if re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", text) else harmless(text)


def print_table(frame: "pl.DataFrame", *, csv: bool) -> None:
    """Print a table as CSV, or for the eye."""
    import polars as pl

    frame = frame.with_columns(pl.col(pl.Binary).bin.encode("hex"))
    if csv:
        sys.stdout.write(frame.with_columns(pl.col(pl.String).map_elements(_harmless, pl.String)).write_csv())
    elif frame.width > _WIDE and frame.height <= _FEW:
        for row in frame.iter_rows(named=True):
            sys.stdout.write(
                "".join(f"{name:<28} {value}\n" for name, value in row.items() if value is not None)
            )
            sys.stdout.write("\n")
    else:
        # A column of reasons that gives none says nothing here.
        shown = [
            name
            for name in frame.columns
            if not name.endswith("_absent") or frame[name].null_count() < frame.height
        ]
        # As wide as it needs: made to fit a terminal, numbers would be broken into several.
        with pl.Config(
            tbl_rows=60,
            tbl_cols=-1,
            tbl_hide_column_data_types=True,
            tbl_width_chars=-1,
            fmt_str_lengths=200,
        ):
            sys.stdout.write(f"{frame.select(shown)}\n")
