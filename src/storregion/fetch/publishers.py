"""The publishers a group fetches from, and what it fetches: the folder `fetch` of the group, as data."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.intake import mapping
from storregion.intake.mapping import Filled, Source

PUBLISHERS = "publishers.toml"
MiB = 2**20
Kind = Literal["pxweb2", "pxweb1", "kolada", "gtfs", "wfs"]


class Publisher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One publisher: where it answers, and how politely it is asked.

    `calls` in any `seconds` are the most that are sent, and `monthly` a calendar month; `hosts` are the
    only ones a redirect may lead to besides that of `base`; `key` names the environment variable (or the
    entry of the keyring) that holds the key. `private` allows addresses of an inner network, `plain`
    allows HTTP without encryption. `name_en` and `licence_en` are empty where English has the same words.
    """

    kind: Kind
    name: Filled
    base: Filled
    licence: Filled
    calls: Annotated[int, Meta(ge=1)]
    seconds: Annotated[float, Meta(gt=0)]
    monthly: Annotated[int, Meta(ge=0)] = 0
    hosts: tuple[str, ...] = ()
    key: str = ""
    private: bool = False
    plain: bool = False
    language: str = "sv"
    name_en: str = ""
    licence_en: str = ""
    cells: Annotated[int, Meta(ge=1)] = 100_000
    page: Annotated[int, Meta(ge=1)] = 5_000
    largest: Annotated[int, Meta(ge=1)] = 64 * MiB
    unpacked: Annotated[int, Meta(ge=1)] = 256 * MiB
    silence: Annotated[float, Meta(gt=0)] = 60.0
    deadline: Annotated[float, Meta(gt=0)] = 600.0
    attempts: Annotated[int, Meta(ge=1, le=20)] = 5
    pause: Annotated[float, Meta(gt=0)] = 1.0
    longest_pause: Annotated[float, Meta(gt=0)] = 120.0

    @property
    def door(self) -> str:
        """Whose limit the calls count against."""
        return urlsplit(self.base).netloc


class TableQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of one table: for every variable some codes, or that it is summed away.

    A code may hold `*` and `?`, and `!` before it leaves it out; `label: …` is the code with that label, or
    with the first of several (`label: total | all`); `latest`, `latest(n)`, `latest common`, `from(…)` and
    `to(…)` choose times. A variable with one code need not be named. `succeeded_by` names the table that goes
    on where this one has ended.
    """

    id: Filled
    select: dict[str, tuple[Filled, ...]]
    codelists: dict[str, str] = {}
    eliminate: tuple[str, ...] = ()
    columns: dict[str, Source] = {}
    succeeded_by: str = ""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure file of the group and what it is made of: a file of the folder `fetch`.

    `columns` says where each column comes from, in the words of every map: a dimension, a constant, or the
    cells. `signs` says what the publisher's signs for no value mean: a reason for absence, which needs a file
    `with_reasons`, `zero`, or `leave_out` to leave the row out. `only_by_name` says
    why the target is not fetched with all others, but only when it is named.
    """

    publisher: Filled
    file: Filled
    title_sv: Filled
    title_en: Filled
    columns: dict[str, Source] = {}
    tables: tuple[TableQuery, ...] = ()
    signs: dict[str, str] = {}
    with_reasons: bool = False
    leave_out_zeros: bool = False
    series: str = ""
    feed: str = ""
    kpis: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    layer: str = ""
    properties: dict[str, str] = {}
    stale_after_days: Annotated[int, Meta(ge=1)] = 400
    only_by_name: str = ""


_GONE = {"value": "write persons = { cells = true } under [columns], or what the column is called"}


class Configuration(msgspec.Struct, frozen=True):
    """All publishers by name, and all targets by the stem of their file."""

    publishers: dict[str, Publisher]
    targets: dict[str, Target]


def read(group: Path) -> Configuration:
    """Read the folder `fetch` of a group; without one nothing is fetched.

    Raises
    ------
    SettingError
        A file holds what it may not, or a target names a publisher that is not there.
    """
    folder = group / "fetch"
    if not folder.is_dir():
        return Configuration({}, {})
    publishers = settings.read(folder / PUBLISHERS, dict[str, Publisher])
    for name, publisher in publishers.items():
        _sound(folder / PUBLISHERS, name, publisher)
    targets: dict[str, Target] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name != PUBLISHERS:
            target = mapping.read_keys(path, Target, _GONE)
            if target.publisher not in publishers:
                hint = nearest(target.publisher, publishers)
                raise SettingError(f"{path}: there is no publisher {target.publisher!r}; {hint}")
            if Path(target.file).is_absolute() or ".." in Path(target.file).parts:
                raise SettingError(f"{path}: {target.file!r} leads out of the folder of fetched files")
            if lost := {q.succeeded_by for q in target.tables} - {q.id for q in target.tables} - {""}:
                raise SettingError(
                    f"{path}: no table of the target is {min(lost)!r}, which succeeds one; add it"
                )
            if other := next((name for name, known in targets.items() if known.file == target.file), ""):
                raise SettingError(f"{path} and {other}.toml both make {target.file!r}; remove one")
            targets[path.stem] = target
    return Configuration(publishers, targets)


def _sound(path: Path, name: str, publisher: Publisher) -> None:
    parts = urlsplit(publisher.base)
    allowed = {"https", "http"} if publisher.plain else {"https"}
    if parts.scheme not in allowed or not parts.hostname or parts.username or parts.query:
        raise SettingError(
            f"{path}: the base of {name!r} is not an address that may be called: it begins with "
            f"{' or '.join(sorted(allowed))}:// and has neither a user nor a query"
        )
