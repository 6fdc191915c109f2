"""How any user's file of commuting says what we call home, work, sex, year and persons: maps and layouts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import polars as pl
from msgspec import Meta

from storregion.core.errors import DataError, nearest
from storregion.intake import cube, grid

COLUMNS = ("year", "home", "work", "sex", "persons")
CUBES = (".json", ".px")
# The keys of a map that mean something for some forms of files only.
_ONLY_FOR = {
    "separator": (".csv", ".tsv", ".txt"),
    "decimal": (".csv", ".tsv", ".txt"),
    "encoding": (".csv", ".tsv", ".txt", ".px"),
    "sheet": (".xlsx",),
}

Words = Annotated[str, Meta(min_length=1)]
Sex = Literal["total", "men", "women"]


class Publisher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file comes from, as its line in `sources.csv` will say."""

    producer: Words
    title_sv: Words
    title_en: Words
    licence: Words
    url: Annotated[str, Meta(pattern=r'^(https?://[^\s<>"]+)?$')] = ""


class Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is true of a whole file and so stands in none of its columns."""

    year: int | None = None
    sex: Sex | None = None


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one user's file says what we call home, work, sex, year and persons.

    `home`, `work`, `persons`, `sex` and `year` name columns of a long table, or dimensions of a cube;
    `constants` gives year and sex where the file has no column for them.
    """

    origin: Publisher
    layout: Literal["long", "matrix"] = "long"
    home: str | None = None
    work: str | None = None
    persons: str | None = None
    sex: str | None = None
    year: str | None = None
    constants: Constants = Constants()
    sexes: dict[str, Sex] = {}
    separator: Literal[",", ";", "\t"] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: Literal["utf-8", "cp1252", "latin-1"] | None = None
    sheet: str | None = None
    code: Literal["whole", "leading", "number"] = "whole"

    def columns(self) -> dict[str, str]:
        """The file's name of every column that the map names, by ours."""
        named = ((name, getattr(self, name)) for name in COLUMNS)
        return {name: column for name, column in named if column is not None}


# ---- the file as cells


@dataclass(frozen=True)
class Cells:
    """A row per cell: the words of home, work, persons, sex and year as the file has them.

    `places` says by column where in the user's file a value stands, as an expression over the frame.
    """

    frame: pl.DataFrame
    places: Mapping[str, pl.Expr]


def cells(path: Path, chosen: Map) -> Cells:
    """Read a file as its map says.

    Parameters
    ----------
    path : the file; its ending says what it is.
    chosen : how it says what we call home, work, sex, year and persons.

    Raises
    ------
    DataError
        The file cannot be read, the map does not fit its form, or it has not what the map names.
    CallError
        A package that the form of the file needs is not installed.
    """
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise DataError(f"a file ending in {ending!r} is not read; {nearest(ending, _READERS)}")
    if found := list(_map_faults(chosen, ending)):
        raise DataError("\n  ".join(found))
    read_in = _READERS[ending](path, chosen)
    if isinstance(read_in, cube.Cube):
        return _of_cube(read_in, chosen)
    return _of_matrix(read_in) if chosen.layout == "matrix" else _of_long(read_in, chosen)


_READERS: dict[str, Callable[[Path, Map], grid.Grid | cube.Cube]] = {
    ".csv": lambda path, chosen: grid.read_csv(path, chosen.separator, chosen.encoding or "utf-8"),
    ".tsv": lambda path, chosen: grid.read_csv(path, chosen.separator, chosen.encoding or "utf-8"),
    ".txt": lambda path, chosen: grid.read_csv(path, chosen.separator, chosen.encoding or "utf-8"),
    ".xlsx": lambda path, chosen: grid.read_xlsx(path, chosen.sheet),
    ".parquet": lambda path, chosen: grid.read_parquet(path),
    ".json": lambda path, chosen: cube.read_jsonstat(path),
    ".px": lambda path, chosen: cube.read_px(path, chosen.encoding),
}


def _map_faults(chosen: Map, ending: str) -> Iterator[str]:
    """What the map leaves out, or says that means nothing, for a file of this form."""
    named = chosen.columns()
    needed = {"home", "work"} if ending in CUBES else {"home", "work", "persons"}
    if chosen.layout == "matrix":
        needed = set()
        if ending in CUBES:
            yield f'layout = "matrix" is for tables; a file ending in {ending!r} is layout = "long"'
        if named:
            yield f"a matrix has no columns to name; leave {', '.join(named)} out of the map, give constants"
    elif ending in CUBES and chosen.persons is not None:
        yield f"leave persons out of the map: the cells of a file ending in {ending!r} are the persons"
    for name in (name for name in COLUMNS if name in needed - named.keys()):
        yield f"the map does not say which column is {name}; write {name} = … there"
    for name in ("year", "sex"):
        constant = getattr(chosen.constants, name) is not None
        if not constant and name not in named:
            yield f"the map does not say the {name}: write {name} = … for a column, or constants.{name} = …"
        if constant and name in named:
            yield f"the map gives {name} both as a column and as a constant; leave one out"
    for key, endings in _ONLY_FOR.items():
        if getattr(chosen, key) is not None and ending not in endings:
            yield f"{key} means nothing for a file ending in {ending!r}; leave it out of the map"


def _of_long(read_in: grid.Grid, chosen: Map) -> Cells:
    """A row of the file per cell."""
    wanted = chosen.columns()
    found = [
        f"row 1: there is no column {name!r} ({ours}); {nearest(name, filter(None, read_in.names))}"
        for ours, name in wanted.items()
        if name not in read_in.names
    ]
    found += [
        f"row 1: column {name!r} stands twice" for name in wanted.values() if read_in.names.count(name) > 1
    ]
    if found:
        raise DataError("\n  ".join(found))
    columns = [pl.col(str(read_in.names.index(name))).alias(ours) for ours, name in wanted.items()]
    frame = read_in.cells.select(columns).with_columns(read_in.rows.alias("row"))
    return Cells(
        frame, {ours: pl.format("row {}, column {}", "row", pl.lit(repr(n))) for ours, n in wanted.items()}
    )


def _of_matrix(read_in: grid.Grid) -> Cells:
    """A row of the file per home, a column per work."""
    if len(read_in.names) < 2:
        raise DataError("row 1: a matrix has a column of homes, then a column for each work")
    numbered = read_in.cells.rename({"0": "home"}).with_columns(read_in.rows.alias("row"))
    header = {str(at): name or None for at, name in enumerate(read_in.names)}
    frame = (
        numbered.unpivot(index=["row", "home"], variable_name="at", value_name="persons")
        .with_columns(work=pl.col("at").replace_strict(header, return_dtype=pl.String))
        .drop("at")
    )
    places = {
        "home": pl.format("row {}, column 1", "row"),
        "work": pl.lit("row 1"),
        "persons": pl.format("row {}, column '{}'", "row", pl.col("work").fill_null("")),
    }
    return Cells(frame, places)


def _of_cube(read_in: cube.Cube, chosen: Map) -> Cells:
    """A cell of the cube per cell."""
    wanted = chosen.columns()
    frame = read_in.long(wanted).rename({"value": "persons"})
    places = {ours: pl.lit(f"dimension {name!r}") for ours, name in wanted.items()}
    where = pl.concat_str([pl.format(f"{ours} '{{}}'", ours) for ours in wanted], separator=", ")
    return Cells(frame, {**places, "persons": where})
