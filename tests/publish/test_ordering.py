"""Tables sorted by the address: the right rows in the right order, the same link for all, nothing lost."""

import re
from html import unescape

import pytest

from storregion.core.workspace import Workspace
from storregion.publish.ordering import Ordering, arranged, heading
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.publish.view import Label, View


@pytest.fixture(scope="module")
def live(small_site: Site) -> Site:
    return open_site(small_site.workspace, live=True)


def column(html: str, table: str, at: int) -> list[str]:
    """The cells of a column of a table as they stand."""
    body = re.findall(rf'id="table-{table}".*?<tbody>(.*?)</tbody>', html, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        unescape(re.sub("<[^>]*>", "", re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)[at])) for row in rows
    ]


def view(site: Site) -> View:
    return site.page("sv", "place/1080/").views["population"]


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_absent_comes_last_whichever_way(small_site: Site, descending: bool) -> None:
    # The first year has no change from the year before.
    rows = arranged(view(small_site), Ordering("population", "change", descending))
    values = [row[2].value for row in rows]  # type: ignore[union-attr]
    known = [value for value in values if value is not None]
    assert values[len(known) :] == [None] * (len(values) - len(known)) != []
    assert known == sorted(known, reverse=descending)


def test_words_are_sorted_as_a_register_does(small_site: Site) -> None:
    page = small_site.page("sv", "study/growth/")
    rows = arranged(page.views["municipalities"], Ordering("municipalities", "place", descending=True))
    names = [cell.text for cell in (row[0] for row in rows) if isinstance(cell, Label)]
    assert names == ["Sölvesborg", "Ronneby", "Olofström", "Karlskrona", "Karlshamn"]


def test_another_table_keeps_its_order(small_site: Site) -> None:
    for other in (None, Ordering("ages", "year", True), Ordering("population", "nothing", True)):
        assert arranged(view(small_site), other) == view(small_site).rows


def test_a_header_links_to_the_other_way_and_keeps_the_rest_of_the_address() -> None:
    query = {"place": ["1080", "1060"], "sort": ["t.persons"], "order": ["asc"]}
    mine, other = heading("t", "persons", query), heading("t", "year", query)
    assert (mine.state, other.state) == ("ascending", None)
    assert mine.href == "?place=1080&place=1060&sort=t.persons&order=desc#table-t"
    assert other.href == "?place=1080&place=1060&sort=t.year&order=asc#table-t"


def test_a_page_is_sorted_by_its_address(live: Site) -> None:
    html = live.html("sv", "place/1080/", {"sort": ["population.year"], "order": ["desc"]})
    years = column(html, "population", 0)
    assert years == sorted(years, reverse=True)
    assert len(years) > 5
    # The table is unfolded, its header says how it is sorted, and the page that is kept is as it was.
    assert re.search(r"<details open><summary>Visa som tabell<span[^>]*>: Folkmängd", html)
    assert html.count('aria-sort="descending"') == 1
    assert "aria-sort" not in live.html("sv", "place/1080/")


def test_what_cannot_be_sorted_is_said_and_harmless(live: Site) -> None:
    html = live.html("en", "place/1080/", {"sort": ["<script>.x"]})
    assert "No table on the page can be sorted by &lt;script&gt;.x." in html
    assert "<script>.x" not in html


def test_a_portal_without_a_server_has_plain_headers(small_site: Site, live: Site) -> None:
    assert 'class="sort"' not in small_site.html("sv", "place/1080/")
    assert 'class="sort"' in live.html("sv", "place/1080/")


def test_compared_places_are_sorted_by_a_measure(site: Site, bundled: Workspace) -> None:
    query = {"place": ["0180", "0381", "0380"], "measure": ["growth.persons", "node_roles.jobs"]}
    live = open_site(bundled, live=True)
    html = live.filled_in("sv", "compare/", query | {"sort": ["compared.growth.persons"]}).body.decode()
    assert column(html, "compared", 0) == ["Enköping", "Uppsala", "Stockholm"]
    by_name = live.filled_in("sv", "compare/", query | {"sort": ["compared.place"], "order": ["desc"]})
    assert column(by_name.body.decode(), "compared", 0) == ["Uppsala", "Stockholm", "Enköping"]
    # A measure of none of them changes nothing.
    unsorted = live.filled_in("sv", "compare/", query | {"sort": ["compared.node_roles.jobs"]})
    assert column(unsorted.body.decode(), "compared", 0) == ["Stockholm", "Enköping", "Uppsala"]
