"""A place, a year and a frame chosen: the sentence, the pyramid and the frames follow."""

import re

import pytest

from storregion.publish.numbers import rounded
from storregion.publish.pages import ahead
from storregion.publish.site import NoSuchPageError, Query, Site


def words(html: str) -> str:
    plain = re.sub(r"<[^>]+>", "", re.sub(r"<sup.*?</sup>", "", html))
    return re.sub(r"\s+", " ", plain).replace("\xa0", " ")


@pytest.mark.parametrize("frame", ahead.FRAMES)
def test_each_frame_is_said_as_the_table_has_it(site: Site, frame: str) -> None:
    query = {"place": ["0330"], "frame": [frame], "year": ["2045"]}
    html = words(site.filled_in("sv", "ahead/", query).body.decode())
    row = site.workspace.table("projection").filter(place="0330", frame=frame, year=2045).row(0, named=True)
    shown = f"{rounded(row['persons']):,}".replace(",", " ")
    name = {"low": "låg", "base": "bas", "high": "hög"}[frame]
    assert f"2045 beräknas Knivsta ha cirka {shown} invånare i ramen {name}" in html
    assert "Åldrar nu och 2045: Knivsta" in html


def test_three_frames_stand_from_low_to_high(site: Site) -> None:
    page = ahead.page(site, "sv", {"place": ["0380"], "year": ["2050"]})
    rows = page.views["frames"].frame
    assert rows["frame"].to_list() == ["low", "base", "high"]
    assert rows["persons"].is_sorted()
    assert rows["year"].unique().to_list() == [2050]


def test_the_pyramid_of_the_chosen_year_is_drawn(site: Site) -> None:
    query: Query = {"place": ["0330"], "year": ["2030"]}
    svg = site.filled_in("sv", "ahead/", query, "pyramid.svg").body.decode()
    assert "2030" in svg
    with pytest.raises(NoSuchPageError):
        site.filled_in("sv", "ahead/", query, "other.svg")


@pytest.mark.parametrize(
    "query", [{}, {"place": ["9999"], "year": ["1800"], "frame": ["<b>"]}, {"place": [], "year": ["2041"]}]
)
def test_what_does_not_exist_leaves_the_group_in_2040(site: Site, query: Query) -> None:
    html = site.filled_in("sv", "ahead/", query).body.decode()
    assert "<b>" not in html
    page = ahead.page(site, "sv", query)
    assert page.context["chosen"] == {"place": site.workspace.group.code, "frame": "base", "year": "2040"}


def test_a_group_without_a_projection_has_no_such_page(small_site: Site) -> None:
    assert ahead.addresses(small_site) == {}
    assert ahead.forms(small_site) == {}
    assert list(ahead.findable(small_site, "sv")) == []
