"""The map of the whole group: names that can be read, and the densest part where it hides nothing."""

import re

import pytest
import shapely

from storregion.publish.pictures.maps import Area
from storregion.publish.pictures.overview import Town, densest, emptiest, overview
from storregion.publish.site import Site


def test_the_densest_part_is_where_most_municipalities_lie(site: Site) -> None:
    codes = tuple(code for code in site.atlas.shapes if len(code) == 4)
    box = densest(site.atlas, codes)
    assert box is not None
    left, top, wide, high = box
    inside = {
        code
        for code in codes
        if shapely.box(left, top, left + wide, top + high).contains(
            site.atlas.drawn(code).representative_point()
        )
    }
    # Stockholm and its neighbours, more than within any other square of the size.
    assert {"0180", "0183", "0184"} < inside
    assert len(inside) >= 15


def test_few_areas_need_no_inset(small_site: Site) -> None:
    codes = tuple(code for code in small_site.atlas.shapes if len(code) == 4)
    assert densest(small_site.atlas, codes) is None


def test_the_inset_hides_no_land(site: Site) -> None:
    x, y, side, _ = emptiest(site.atlas, 400.0, 0.0)
    square = shapely.box(x, y, x + side, y + side)
    land = shapely.union_all([site.atlas.drawn(code) for code in site.atlas.shapes if len(code) == 2])
    assert land.intersection(square).area <= 0.01 * square.area
    # One as wide as the page finds no room on it.
    assert emptiest(site.atlas, site.atlas.WIDTH, 0.0)[0] == site.atlas.WIDTH


def walked(path: str) -> list[tuple[float, float]]:
    """The corners of a path of relative steps."""
    found = []
    for ring in re.findall("M([^Z]*)Z", path):
        numbers = [float(it) for it in re.findall(r"-?\d*\.?\d+", ring)]
        x = y = 0.0
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found


def test_a_shape_on_the_page_lies_where_it_is_drawn(site: Site) -> None:
    left, top, right, low = site.atlas.drawn("0380").bounds
    points = walked(site.atlas.shapes["0380"])
    xs, ys = zip(*points, strict=True)
    # Drawn in tenths; the steps add up without drift.
    assert [min(xs), max(xs)] == pytest.approx([left, right], abs=0.06)
    assert [min(ys), max(ys)] == pytest.approx([top, low], abs=0.06)


def test_a_name_that_would_cover_another_is_left_out(site: Site) -> None:
    area = Area("0330", "Knivsta", "#", None, "<words>")
    towns = [Town(name, 300.0, 300.0 + at) for at, name in enumerate("ABCDEF")]
    drawn = overview(site.atlas, [area], [None], towns, "Title")
    # Right, left, above and below the first dot; a fifth finds no room.
    assert re.findall(r"<text [^>]*>(\w)</text>", drawn) == ["A", "B", "C", "D"]
    assert drawn.count("<circle") == 6
    assert "&lt;words&gt;" in drawn
    assert 'tabindex="-1" data-code="0330"' in drawn
