"""What every table of a feed must keep to: keys that stand once, cells that are filled, names that exist."""

import polars as pl

from storregion.sources.gtfs.report import Faults, shown

_LEFT_OUT = ("raderna används inte", "the rows are left out")


def unique(file: str, frame: pl.DataFrame, key: list[str], faults: Faults) -> pl.DataFrame:
    """The rows, each key once; a row that stands twice word for word is kept once, others are errors.

    Parameters
    ----------
    file : the file they are from.
    frame : its rows.
    key : the columns that make a row unique.
    faults : what is wrong is added to these.
    """
    twice = frame.select(key).is_duplicated()
    if not twice.any():
        return frame
    repeated = frame.filter(twice)
    same = repeated.select(pl.exclude("row")).is_duplicated()
    once = repeated.unique(pl.exclude("row"), keep="first", maintain_order=True)
    names = ", ".join(key)
    what = (f"samma {names} på flera rader", f"the same {names} in several rows")
    clash = once.select(key).is_duplicated()
    faults.add("error", "duplicate_key", file, once.filter(clash)["row"], what, ("behåll en", "keep one"))
    extra = repeated.filter(same).join(once, on="row", how="anti")["row"]
    faults.add("warning", "duplicate_key", file, extra, what, ("lika rader räknas en gång", "kept once"))
    return frame.unique(key, keep="first", maintain_order=True)


def filled(file: str, frame: pl.DataFrame, columns: list[str], faults: Faults) -> pl.DataFrame:
    """The rows with a value in all the columns; each row without is an error.

    Parameters
    ----------
    file : the file they are from.
    frame : its rows.
    columns : those that may not be empty.
    faults : what is wrong is added to these.
    """
    for column in columns:
        empty = frame.filter(pl.col(column).is_null())["row"]
        what = (f"{column} är tomt", f"{column} is empty")
        faults.add("error", "missing_required_field", file, empty, what, ("fyll i det", "give a value"))
    return frame.drop_nulls(columns)


def known(
    file: str,
    frame: pl.DataFrame,
    column: str,
    names: pl.Series,
    where: str,
    faults: Faults,
    done: tuple[str, str] = _LEFT_OUT,
) -> pl.Series:
    """Which rows name something that exists, or nothing; each other row is a warning.

    Parameters
    ----------
    file : the file the rows are from.
    frame : its rows.
    column : the one that names something.
    names : all that exist.
    where : the file they are in.
    faults : what is wrong is added to these.
    done : what is done about the rows.
    """
    good = frame[column].is_null() | frame[column].is_in(names.implode())
    wrong = frame.filter(~good)
    if wrong.height:
        first = shown(wrong[column][0])
        # What a spreadsheet or data frame took for a number comes back with decimals.
        number = wrong[column][0].endswith(".0")
        what = (
            f"{column} {first} finns inte i {where}{' (en kod som sparats som tal?)' if number else ''}",
            f"{column} {first} is not in {where}{' (a code saved as a number?)' if number else ''}",
        )
        faults.add("warning", "foreign_key_violation", file, wrong["row"], what, done)
    return good
