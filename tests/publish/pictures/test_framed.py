"""Pictures to put elsewhere: everything inside, nothing that leads out, and as large as said."""

import struct
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from storregion.core.errors import CallError
from storregion.publish.pictures import framed
from storregion.publish.pictures.maps import Key
from storregion.publish.site import Site
from storregion.publish.view import Picture, View

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"wide": (1280, 720), "square": (1080, 1080)}


def words(text: str) -> str:
    """All text of a picture."""
    root = ET.fromstring(text)  # noqa: S314 - our own file
    return " ".join(" ".join(node.itertext()) for node in root.iter(f"{SVG}text"))


@pytest.fixture(scope="module")
def map_view(site: Site) -> View:
    return site.page("sv", "indicator/population_growth/").views["map"]


@pytest.mark.parametrize("form", SIZES)
def test_title_unit_legend_source_and_licence_stand_inside(map_view: View, form: str) -> None:
    said = words(framed.svg(map_view, form))
    assert map_view.title in said
    assert map_view.picture is not None
    assert map_view.picture.subtitle in said
    for key in map_view.picture.keys:
        assert key.words in said
    assert f"Källa: {', '.join(map_view.producers)}." in said
    assert f"Licens: {', '.join(map_view.licences)}." in said


def test_an_estimate_says_so(site: Site) -> None:
    view = site.page("en", "place/0381/").views["projection"]
    assert view.basis == "estimated"
    assert "Calculated, not measured." in words(framed.svg(view, "wide"))


@pytest.mark.parametrize("form", SIZES)
def test_a_png_has_the_size_of_its_form(site: Site, form: str) -> None:
    made = framed.png(site.page("sv", "place/0381/").views["population"], form)
    assert made.startswith(b"\x89PNG")
    assert struct.unpack(">II", made[16:24]) == SIZES[form]


def test_nothing_leads_out_and_no_colour_follows_the_screen(map_view: View, site: Site) -> None:
    for view in (map_view, site.page("sv", "place/0381/").views["population"]):
        text = framed.svg(view, "wide")
        assert "href" not in text
        assert "prefers-color-scheme" not in text


def boxes(root: ET.Element) -> list[tuple[float, float]]:
    """Left and top of each swatch of the legend."""
    found = [node for node in root.findall(f"{SVG}rect") if node.get("width") == "32"]
    return [(float(node.get("x", "")), float(node.get("y", ""))) for node in found]


def drawn(width: int, height: int, site: Site, keys: int) -> ET.Element:
    """A square picture with a drawing of some size and as many keys."""
    view = site.page("sv", "place/0381/").views["population"]
    words = [Key("#123456", f"klass {at} som heter något långt") for at in range(keys)]
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><g/></svg>'
    picture = Picture("", lambda _: svg, keys=words)
    return ET.fromstring(framed.svg(replace(view, picture=picture), "wide"))  # noqa: S314 - our own file


def test_a_tall_map_has_its_legend_at_its_side_and_a_broad_one_below(site: Site) -> None:
    tall, broad = boxes(drawn(100, 200, site, 4)), boxes(drawn(200, 100, site, 4))
    assert len({x for x, _ in tall}) == 1
    assert min(x for x, _ in broad) < min(x for x, _ in tall)


def test_a_long_legend_breaks_into_rows_inside_the_paper(site: Site) -> None:
    found = boxes(drawn(200, 100, site, 12))
    assert len({y for _, y in found}) > 1
    assert all(0 < x < 1280 - 48 and 0 < y < 720 for x, y in found)
    assert len(set(found)) == 12


def test_a_view_without_a_picture_has_no_file_of_one(site: Site) -> None:
    with pytest.raises(CallError, match="has no picture"):
        framed.svg(site.page("sv", "study/growth/").views["municipalities"], "wide")
