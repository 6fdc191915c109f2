"""A picture alone, for frames on other sites, and its files: the same addresses, and nothing more let in."""

import re

import pytest

from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.publish.site import EMBED_POLICY, POLICY, NoSuchPageError, Site, embedded_page

ALONE = "sv/embed/place/1080/population/"


@pytest.fixture(scope="module")
def live(small_site: Site) -> Site:
    return open_site(small_site.workspace, live=True)


def test_it_shows_the_picture_its_source_and_the_way_back(small_site: Site) -> None:
    html = small_site.answer(ALONE).body.decode()
    view = small_site.page("sv", "place/1080/").views["population"]
    assert f"<h1>{view.title}</h1>" in html
    assert 'src="../../../../place/1080/population.svg"' in html
    assert f"Källa: {', '.join(view.producers)}." in html
    assert 'href="../../../../place/1080/" target="_blank" rel="noopener"' in html
    # Neither menu nor script.
    assert "<nav" not in html
    assert "<script" not in html


def test_only_these_pages_may_stand_in_a_frame() -> None:
    assert POLICY.endswith("frame-ancestors 'none'")
    assert POLICY.replace("frame-ancestors 'none'", "frame-ancestors *") == EMBED_POLICY


@pytest.mark.parametrize(
    "path",
    [
        "sv/embed/",
        "sv/embed/place/1080/",
        "sv/embed/place/1080/nothing/",
        "sv/embed/place/1080/population",
        "sv/embed/nowhere/population/",
        "sv/embed/study/growth/municipalities/",
        "sv/embed/embed/place/1080/population/",
        "sv/embed/../place/1080/population/",
    ],
)
def test_nothing_else_lies_there(small_site: Site, path: str) -> None:
    with pytest.raises(NoSuchPageError):
        small_site.answer(path)


def test_the_address_of_the_page_is_read_from_it() -> None:
    assert embedded_page("embed/place/0380/population/") == ("place/0380/", "population")
    assert embedded_page("embed/map/") == ("", "map")


def test_every_picture_of_a_page_can_be_embedded_also_when_baked(small_site: Site) -> None:
    files = small_site.files("sv", "place/1080/")
    assert ALONE in files
    assert "sv/embed/place/1080/ages/" in files
    pictures = [view for view in small_site.page("sv", "place/1080/").views.values() if view.picture]
    assert len([path for path in files if path.startswith("sv/embed/")]) == len(pictures)


def test_only_a_server_makes_the_files_to_put_elsewhere(small_site: Site, live: Site) -> None:
    for ending, media_type in (("wide.png", "image/png"), ("square.svg", "image/svg+xml")):
        assert live.answer(f"sv/place/1080/population.{ending}").media_type == media_type
        with pytest.raises(NoSuchPageError):
            small_site.answer(f"sv/place/1080/population.{ending}")
    # What a page links to is there.
    html = live.html("sv", "place/1080/")
    for name in re.findall(r'href="(population\.(?:wide|square)\.\w+)"', html):
        assert live.answer(f"sv/place/1080/{name}").body
    assert "population.wide.png" in html
    assert "population.wide.png" not in small_site.html("sv", "place/1080/")


def test_what_a_form_shows_can_be_embedded_with_its_query(site: Site, bundled: Workspace) -> None:
    live = open_site(bundled, live=True)
    query = {"place": ["0381", "0486"], "measure": ["growth.persons"]}
    html = live.embedded("sv", "embed/compare/growth-persons/", query).body.decode()
    asked = "?place=0381&amp;place=0486&amp;measure=growth.persons"
    assert f'src="../../../compare/growth-persons.svg{asked}"' in html
    assert f'href="../../../compare/{asked}"' in html
    svg = live.filled_in("sv", "compare/", query, "growth-persons.wide.svg").body.decode()
    assert "Strängnäs" in svg
    with pytest.raises(NoSuchPageError):
        live.embedded("sv", "embed/compare/labour_markets-x/", query)
