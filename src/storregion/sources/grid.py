"""The group's own `power/network.toml`: bidding zones, and the links whose capacity is published."""

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.table import listed
from storregion.facts.grid import LARGEST_MW, Grid

FILE = "power/network.toml"


def grid(path: Path, counties: Collection[str]) -> Grid:
    """Read the grid between counties.

    Parameters
    ----------
    path : the file.
    counties : the codes of the group's counties, each of which must have its place.

    Raises
    ------
    SettingError
        The file cannot be read, or its zones and links do not fit together; every fault with its line.
    """
    found = settings.read(path, Grid)
    lines = settings.lines(path)
    if faults := [*_zone_faults(found, counties, lines), *_link_faults(found, lines)]:
        raise SettingError(f"{path} is not a valid grid:\n  {listed(faults)}")
    return found


def _zone_faults(found: Grid, counties: Collection[str], lines: settings.Lines) -> Iterator[str]:
    """Zones that stand twice, counties that do not exist, and shares that do not add up to 1."""
    codes = Counter(zone.code for zone in found.zones)
    for number, zone in enumerate(found.zones, 1):
        if codes[zone.code] > 1:
            yield f"{lines.at('zones', number)}: {zone.code} stands twice; give each zone once"
        for county in zone.counties:
            if county not in counties:
                hint = nearest(county, sorted(counties))
                yield f"{lines.at('zones', number)}: the county {county!r} is not of the group; {hint}"
    for county in counties:
        share = sum(zone.counties.get(county, 0.0) for zone in found.zones)
        if abs(share - 1) > 1e-9:
            yield f"the shares of county {county} add up to {share:g}; give it shares of zones that make 1"


def _link_faults(found: Grid, lines: settings.Lines) -> Iterator[str]:
    """Ends that do not exist or do not meet, links that stand twice, and numbers that cannot be MW."""
    zones = {zone.code for zone in found.zones}
    zone_of = {node: zone for node, (_, zone, _) in found.parts.items()}
    seen = set[frozenset[str]]()
    for number, link in enumerate(found.links, 1):
        where, ends = lines.at("links", number), frozenset(link.between)
        unknown = [end for end in link.between if end not in zones | zone_of.keys()]
        for end in unknown:
            yield f"{where}: {end!r} does not exist; {nearest(end, sorted(zones | zone_of.keys()))}"
        own = any({node, zone} == ends for node, zone in zone_of.items())
        if not unknown and not own and not (ends <= zones and len(ends) == 2):
            yield f"{where}: {' and '.join(link.between)} are neither two zones nor a county and its zone"
        if ends in seen:
            yield f"{where}: {' and '.join(link.between)} are already joined; give each link once"
        seen.add(ends)
        if not 0 < link.mw <= LARGEST_MW:
            yield f"{where}: mw = {link.mw:g} is not plausible. Is it in kW? Divide by 1000"
