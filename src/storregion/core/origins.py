"""The raw files of a group: where each lies, who published it, and its hash.

A group keeps bundled figures in `figures/` and may keep newer ones in `fetched/`. Both folders hold CSV
files in our columns and a `sources.csv` that names every file's origin. A file in `fetched/` takes the
place of the bundled file with the same name; its record says so. A name that ends in a slash is a folder,
such as `lines/` in the group's folder or `timetables/` among the fetched files; every file in it counts.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import polars as pl
from msgspec import structs

from storregion.core import columns, figurefile, settings
from storregion.core.errors import DataError, SettingError, nearest
from storregion.core.hashes import Hashes
from storregion.core.landing import settle
from storregion.core.language import Text
from storregion.core.lineage import Origin, Raw

SOURCES = "sources.csv"


ORIGINS = columns.schema(
    "sources",
    __name__,
    columns.text("file", key=True),
    columns.text("producer"),
    columns.text("title_sv"),
    columns.text("title_en"),
    columns.text("url", pattern=r"https?://[^\s<>\"]+", optional=True),
    columns.text("licence"),
    columns.text("checked_sv", optional=True),
    columns.text("checked_en", optional=True),
    columns.text("defects_sv", optional=True),
    columns.text("defects_en", optional=True),
    columns.text("replaced_by", optional=True),
    columns.text("producer_en", optional=True),
    columns.text("licence_en", optional=True),
    with_basis=False,
)


def lines(path: Path) -> pl.DataFrame:
    """The lines of a `sources.csv`; it may do without the columns of what differs in English.

    Parameters
    ----------
    path : the file.
    """
    return figurefile.read(path, ORIGINS, leave_out=(), optional=("producer_en", "licence_en"))


def lines_with(path: Path, line: Mapping[str, str | None]) -> bytes:
    """The lines of a `sources.csv`, with one of them new or replaced.

    Parameters
    ----------
    path : the file; it need not be there.
    line : the new one, by column.
    """
    names = {column.name: column.dtype for column in ORIGINS.columns}
    others = pl.DataFrame(schema=names)
    if path.is_file():
        others = lines(path).filter(pl.col("file") != line["file"])
    found = pl.concat([others, pl.DataFrame([line], schema=names)]).sort("file")
    return ORIGINS.check(found, maker=f"the origin of {line['file']}").write_csv().encode()


class RawFiles:
    """The raw files of one group."""

    def __init__(self, group: Path, figures: Path, hashes: Hashes | None = None) -> None:
        """Take the group's folder, and the folder of its bundled figures; finish what was to land there.

        Parameters
        ----------
        group, figures : the folders.
        hashes : of the files, as far as they are known.
        """
        self.group = group
        self._hashes = hashes or Hashes()
        settle(group)
        self.folders = {True: group / "fetched", False: figures}

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """The origin of every file by its name, fetched ones before bundled ones; hashes still empty."""
        found: dict[str, Origin] = {}
        for fetched, folder in self.folders.items():
            if fetched and not (folder / SOURCES).is_file():
                continue
            for row in lines(folder / SOURCES).iter_rows(named=True):
                found.setdefault(row["file"], _origin(row, fetched))
        return found

    def each(self, raw: Raw) -> list[Raw]:
        """The files that a step gets: an optional one only when `sources.csv` names it, or all that fit."""
        if raw.several:
            return [replace(raw, file=file) for file in sorted(self.origins) if raw.fits(file)]
        return [raw] if not raw.optional or raw.file in self.origins else []

    def given(self, raw: Raw) -> Path | tuple[Path, ...] | None:
        """What a step gets: where the file lies, None when it is not there, or where all that fit lie."""
        paths = tuple(self.find(one)[0] for one in self.each(raw))
        return paths if raw.several else next(iter(paths), None)

    def find(self, raw: Raw) -> tuple[Path, Origin]:
        """Where a raw file lies and what it is, its hash filled in.

        Raises
        ------
        SettingError
            No `sources.csv` names the file, or it is a link that leads out of its folder.
        DataError
            The file is not there.
        """
        if raw.file not in self.origins:
            place = self.folders[False] / SOURCES
            raise SettingError(f"{place} names no origin of {raw.file!r}; {nearest(raw.file, self.origins)}")
        origin = self.origins[raw.file]
        folder = raw.file.endswith("/")
        base = self.group if folder and not origin.fetched else self.folders[origin.fetched]
        path = _path(raw.file, base)
        if not (path.is_dir() if folder else path.is_file()):
            raise DataError(
                f"{path} does not exist, but {SOURCES} names it; put it back or take the line out"
            )
        settings.refuse_leading_out(path)
        return path, structs.replace(
            origin, sha256=self._folder_hash(path) if folder else self._hashes.of(path)
        )

    def _folder_hash(self, folder: Path) -> str:
        """The hash of every file's name and content; hidden files do not count."""
        whole = hashlib.sha256()
        for path in sorted(folder.iterdir()):
            if not path.name.startswith("."):
                if not path.is_file():
                    raise DataError(f"{path} is not a file; {folder} may hold files only")
                settings.refuse_leading_out(path)
                whole.update(f"{len(path.name.encode())} {path.name} {self._hashes.of(path)}\n".encode())
        return whole.hexdigest()

    def unnamed(self, folders: Iterable[str] = ()) -> list[tuple[Path, Path]]:
        """What lies there without an origin, and the `sources.csv` that should name it.

        Parameters
        ----------
        folders : the folders that steps read, each with a slash at its end; CSV files among the figures are
            looked for in any case.
        """
        found = []
        names = sorted(folders)
        for fetched, figures in self.folders.items():
            lies = {path.name: path for path in sorted(figures.glob("*.csv")) if path.name != SOURCES}
            base = figures if fetched else self.group
            lies |= {name: base / name for name in names if _path(name, base).is_dir()}
            found += [
                (path, figures / SOURCES)
                for name, path in lies.items()
                if name not in self.origins or self.origins[name].fetched < fetched
            ]
        return found


def _origin(row: dict[str, str | None], fetched: bool) -> Origin:
    def both(name: str) -> Text:
        return Text(row[f"{name}_sv"] or "", row[f"{name}_en"] or "")

    return Origin(
        file=row["file"] or "",
        producer=row["producer"] or "",
        title=both("title"),
        url=row["url"] or "",
        licence=row["licence"] or "",
        checked=both("checked"),
        defects=both("defects"),
        replaced_by=row["replaced_by"] or "",
        fetched=fetched,
        producer_en=row["producer_en"] or "",
        licence_en=row["licence_en"] or "",
    )


def _path(file: str, folder: Path) -> Path:
    """A file of the group, or `package:path` inside an installed package."""
    package, colon, inside = file.rpartition(":")
    if not colon:
        base, inside = folder, file
    else:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise DataError(f"the package {package!r}, which carries {inside!r}, is not installed")
        base = Path(spec.submodule_search_locations[0])
    if Path(inside).is_absolute() or ".." in Path(inside).parts:
        raise SettingError(f"{file!r} leads out of its folder; name a file inside it")
    return base / inside
