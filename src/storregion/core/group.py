"""The region group a run is about. Everything that is true only of it lives in its folder."""

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import CallError, nearest
from storregion.core.language import Text

Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
CountyCode = Annotated[str, Meta(pattern=r"^\d\d$")]


class Country(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The country the group lies in; its totals are only made when every municipality is there."""

    code: CountyCode
    name: Text
    municipalities: int


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A county of the group and the region that plans for it."""

    region: str


class Geography(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A set of counties that others plan for or report on, beside the group's own."""

    name: Text
    counties: Annotated[tuple[CountyCode, ...], Meta(min_length=1)]
    source: Annotated[str, Meta(min_length=1)]


class Portal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What those who harvest the portal need to know and nobody can guess; leave out what is not decided."""

    address: Annotated[str, Meta(pattern=r"^https?://[^\s<>\"{}|\\^`]+/$")] | None = None
    publisher: str | None = None
    publisher_id: Annotated[str, Meta(pattern=r"^https?://[^\s<>\"{}|\\^`]+$")] | None = None
    email: Annotated[str, Meta(pattern=r"^[^\s<>\"@]+@[^\s<>\"@]+$")] | None = None
    security: Annotated[str, Meta(pattern=r"^(https://|mailto:)[^\s<>\"{}|\\^`]+$")] | None = None
    security_until: date | None = None

    def __post_init__(self) -> None:
        """Refuse a contact for weaknesses without the day until which it holds, or the other way round."""
        if (self.security is None) != (self.security_until is None):
            raise ValueError("security and security_until go together: whom to tell, and until which day")


class RegionGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of counties that plan together: `group.toml`."""

    code: Code
    name: Text
    short: Text
    counties: dict[CountyCode, Member]
    about: Text
    contact: Text
    partners: tuple[str, ...] = ()
    country: Country | None = None
    figures: str = "figures"
    portal: Portal = Portal()
    geographies: dict[Code, Geography] = {}

    @classmethod
    def read(cls, folder: Path) -> "RegionGroup":
        """Read `group.toml` of a folder; unknown or misspelt settings are errors."""
        if not folder.is_dir():
            raise CallError(f"{folder} is not a folder; --group takes a folder that holds group.toml")
        return settings.read(folder / "group.toml", cls)


def bundled() -> Path:
    """The folder of the one group that comes with the package."""
    package = Path(__file__).parents[1]
    homes = (package / "groups", package.parents[1] / "groups")
    found = [path.parent for home in homes for path in sorted(home.glob("*/group.toml"))]
    if not found:
        raise CallError("no group is bundled with this installation; name a folder with --group")
    return found[0]


def assumptions(folder: Path) -> dict[str, dict[str, object]]:
    """The group's own values of the steps' assumptions, by table: `assumptions.toml`, if there is one."""
    path = folder / "assumptions.toml"
    return settings.read(path, dict[str, dict[str, object]]) if path.is_file() else {}


def named_file(folder: Path, kind: str, name: str) -> Path:
    """A TOML file of the group by its stem, or an error with the nearest name.

    Parameters
    ----------
    folder : the group's folder.
    kind : the folder inside it, such as `scenarios`.
    name : the file's stem.
    """
    known = {path.stem: path for path in sorted((folder / kind).glob("*.toml"))}
    if name not in known:
        raise CallError(
            f"no {name!r} among {folder / kind}; {nearest(name, known) if known else 'it is empty'}"
        )
    return known[name]
