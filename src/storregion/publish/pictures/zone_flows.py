"""A map of flows between municipalities, each municipality a link."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from storregion.publish.pictures.maps import Atlas, Box, border, sheet
from storregion.publish.pictures.place_maps import Flow, curve

_MARGIN = 70.0
"""Room around the flows for the shapes and names of their ends."""


@dataclass(frozen=True)
class Zone:
    """A municipality on the map: where its people are, in metres in SWEREF 99 TM, and where it leads."""

    code: str
    name: str
    target: str
    east: float
    north: float


def zone_flow_map(
    atlas: Atlas, zones: Sequence[Zone], flows: Sequence[Flow], named: Collection[str], title: str
) -> str:
    """Flows between municipalities: width by people, one curve a direction with an arrow at its end.

    Parameters
    ----------
    atlas : the shapes.
    zones : the municipalities that have a shape.
    flows : what is drawn, both ends among the zones; the widest is drawn last.
    named : the codes of the municipalities whose name is written.
    title : what the map shows.
    """
    where = {zone.code: atlas.place(zone.east, zone.north) for zone in zones}
    # Out of the order of tabs: the field above chooses the same with the keyboard in one stop.
    areas = [
        Markup(
            '<a href="{}" tabindex="-1" data-code="{}"><path class="area zone" d="{}">'
            "<title>{}</title></path></a>"
        ).format(zone.target, zone.code, Markup(atlas.shapes[zone.code]), zone.name)
        for zone in zones
    ]
    most = max((flow.persons for flow in flows), default=1.0)
    curves = [curve(flow, where, most) for flow in sorted(flows, key=lambda flow: flow.persons)]
    names = [
        Markup('<g class="place"><circle cx="{}" cy="{}" r="5"/><text x="{}" y="{}">{}</text></g>').format(
            *where[zone.code], where[zone.code][0] + 9, where[zone.code][1] + 6, zone.name
        )
        for zone in zones
        if zone.code in named
    ]
    return sheet(atlas, [*areas, border(atlas), *curves, *names], title, _around(atlas, flows, where))


def _around(atlas: Atlas, flows: Sequence[Flow], where: Mapping[str, tuple[float, float]]) -> Box | None:
    """The part of the page that the flows lie in, no taller than the map; the whole page without flows."""
    points = [where[code] for flow in flows for code in (flow.origin, flow.destination)]
    if not points:
        return None
    (left, top), (right, bottom) = map(min, zip(*points, strict=True)), map(max, zip(*points, strict=True))
    width, height = right - left + 3 * _MARGIN, bottom - top + 2 * _MARGIN
    return (
        max(0.0, left - _MARGIN), max(0.0, top - _MARGIN), min(width, atlas.WIDTH), min(height, atlas.height)
    )  # fmt: skip
