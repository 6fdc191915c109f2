import re
import xml.etree.ElementTree as ET

import polars as pl
import pytest

from storregion.core.errors import SettingError
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish.pages.indicators import indicator_map
from storregion.publish.pictures.maps import ABOVE, BELOW, Area, choropleth, legend, locator, palette
from storregion.publish.site import Site

LIMITS = (0.0, 0.5, 1.0)


def fills(site: Site, *values: float | None) -> list[str]:
    """The colours that areas of some values are given."""
    codes = [code for code in site.atlas.shapes if len(code) == 4][: len(values)]
    areas = [Area(code, code, f"#{code}", value, "words") for code, value in zip(codes, values, strict=True)]
    drawn = choropleth(site.atlas, areas, LIMITS, "Title")
    return re.findall(r'class="area" d="[^"]*" fill="([^"]*)"', drawn)


def test_a_value_on_a_limit_belongs_to_the_upper_class(site: Site) -> None:
    colours = palette(LIMITS)
    below, low, middle, top = colours
    assert fills(site, -0.0001, 0.0, 0.4999, 0.5, 0.9999, 1.0, 99.0) == [
        below,
        low,
        low,
        middle,
        middle,
        top,
        top,
    ]


def test_an_area_without_a_value_is_hatched_and_zero_is_not(site: Site) -> None:
    assert fills(site, None, 0.0) == ["url(#absent)", palette(LIMITS)[1]]


@pytest.mark.parametrize(
    ("limits", "browns"),
    [
        ((0.0, 0.5), 1),
        ((-1.0, 0.0), 2),
        ((-1.0, -0.5, 0.0, 0.5), 3),
        ((0.5, 1.0), 0),
        ((0.0,), 1),
        ((2.0,), 0),
    ],
)
def test_brown_is_for_what_lies_wholly_below_zero(limits: tuple[float, ...], browns: int) -> None:
    colours = palette(limits)
    assert [colour in BELOW for colour in colours] == [True] * browns + [False] * (len(colours) - browns)


def test_the_farther_from_zero_the_darker() -> None:
    def light(colour: str) -> float:
        """Relative luminance of WCAG 2, which no kind of colour blindness changes much."""
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    shades = [light(colour) for colour in (*BELOW, *ABOVE)]
    assert shades[:3] == sorted(shades[:3])
    assert shades[3:] == sorted(shades[3:], reverse=True)


@pytest.mark.parametrize("below", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("above", [1, 2, 3, 4, 5, 6])
def test_every_class_has_a_colour_of_its_own(below: int, above: int) -> None:
    # The upper limit of the last class below is zero; without one the lowest limit lies above.
    limits = [float(1 - below + step) for step in range(below + above - 1)]
    if not limits:
        return
    if below > len(BELOW) or above > len(ABOVE):
        with pytest.raises(SettingError, match="zero apart"):
            palette(limits)
    else:
        colours = palette(limits)
        assert len(set(colours)) == len(colours) == below + above


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", ["< 0,00", "0,00 – 0,50", "0,50 – 1,00", "≥ 1,00", "inget"]),
        ("en", ["< 0.00", "0.00 – 0.50", "0.50 – 1.00", "≥ 1.00", "inget"]),
    ],
)
def test_the_legend_says_every_class_and_the_hatching(language: Language, words: list[str]) -> None:
    keys = legend(LIMITS, "percent_a_year", language, "inget")
    assert [key.words for key in keys] == words
    assert [key.colour for key in keys] == [*palette(LIMITS), None]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_municipality_is_on_the_map_once_with_its_value(site: Site, language: Language) -> None:
    work = site.workspace
    places = work.table("places").filter(kind="municipality")
    assert places.height == 88
    view = site.page(language, "indicator/population_growth/").views["map"]
    html = site.html(language, "indicator/population_growth/")
    links = re.findall(
        r'<a href="../../place/(\d+)/"><path class="area" d="(M[^"]+Z)" fill="([^"]+)"><title>([^<]+)', html
    )
    assert sorted(code for code, *_ in links) == sorted(places["place"])
    limits = site.followup.indicators["population_growth"].classes
    values = dict(zip(view.frame["place"], view.frame["annual_percent"], strict=True))
    for code, _, colour, title in links:
        assert f"{language}/place/{code}/" in site.addresses()
        name = places.filter(place=code)[f"name_{language}"].item()
        number = f"{values[code]:.2f}".replace("-0.00", "0.00").replace("-", "\u2212")
        text = number.replace(".", ",") if language == "sv" else number
        assert title.startswith(f"{name}: {text}")
        # The colour again, reckoned another way.
        lower = [limit for limit in limits if limit <= values[code]]
        assert colour == palette(limits)[len(lower)]


def test_a_map_file_stands_alone(site: Site) -> None:
    data = site.answer("sv/indicator/population_growth/map.svg").body
    root = ET.fromstring(data)  # noqa: S314 - our own file
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert names.count("path") >= 88
    assert not {"a", "script", "image", "foreignObject"} & set(names)
    assert set(re.findall(rb"url\(([^)]*)\)", data)) <= {b"#absent"}
    assert re.findall(rb'(?:href|src)="', data) == []
    text = "".join(root.itertext())
    keys = legend(site.followup.indicators["population_growth"].classes, "percent_a_year", "sv", "")
    assert all(key.words in text for key in keys)


def test_a_place_is_shown_where_it_lies(site: Site) -> None:
    drawn = locator(site.atlas, ["0380"], "Läge: <Uppsala>")
    assert f'class="here" d="{site.atlas.shapes["0380"]}"' in drawn
    assert 'aria-label="Läge: &lt;Uppsala&gt;"' in drawn


def test_the_shapes_keep_their_sizes(site: Site) -> None:
    """The page keeps the proportions of the land: a place twice as far is drawn twice as far."""
    west, south = site.atlas.place(500_000, 6_500_000)
    east, north = site.atlas.place(600_000, 6_600_000)
    assert east - west == pytest.approx(south - north, abs=0.2)
    assert (east, south) > (west, north)
    # Stockholm lies east of Örebro, Gävle north of both.
    nodes = {code: (x, y) for code, _, x, y in site.atlas.nodes}
    assert nodes["stockholm"][0] > nodes["orebro"][0]
    assert nodes["gavle"][1] < min(nodes["stockholm"][1], nodes["orebro"][1])


def test_what_cannot_be_given_is_hatched_and_says_why(bundled: Workspace, site: Site) -> None:
    indicator = site.followup.indicators["node_concentration"]
    rows = bundled.table("growth").filter(pl.col("year") == pl.col("year").min())
    municipal = rows.filter(rows["place"].str.len_chars() == 4)
    drawn = indicator_map(site, municipal, indicator, "en", "")
    assert drawn.count('fill="url(#absent)"') == municipal.height == 88
    assert drawn.count(": not applicable</title>") > 80
