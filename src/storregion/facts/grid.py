"""The grid between counties, as far as it is published: bidding zones, and the capacity of links."""

from typing import Annotated

import msgspec
from msgspec import Meta

from storregion.core.language import Text

LARGEST_MW = 20_000.0
"""No link between counties or bidding zones takes more; a larger number is in another unit."""

Share = Annotated[float, Meta(gt=0.0, le=1.0)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bidding zone: what it is called, and the share of each county's electricity that belongs to it."""

    code: Annotated[str, Meta(pattern=r"^[A-Z]{2}[0-9]{0,2}$")]
    name: Text
    counties: dict[str, Share]
    source: Words


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be transferred between two zones, or between a county and its zone, in both directions."""

    between: tuple[str, str]
    mw: float
    source: Words


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file `power/network.toml`; a county has no limit to its zone where no link says one."""

    losses: Annotated[float, Meta(ge=1.0, le=1.5)]
    losses_source: Words
    zones: Annotated[tuple[Zone, ...], Meta(min_length=1)]
    links: tuple[Link, ...] = ()

    @property
    def parts(self) -> dict[str, tuple[str, str, float]]:
        """Counties, cut where they lie in several zones: by name, each its county, zone and share."""
        return {
            county if share == 1.0 else f"{county}-{zone.code}": (county, zone.code, share)
            for zone in self.zones
            for county, share in zone.counties.items()
        }
