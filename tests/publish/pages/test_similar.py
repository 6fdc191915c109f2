"""Similar municipalities on pages: the reason by measure, and a way to compare them with a server."""

import re
from html import unescape

from tests.publish.addresses import addresses

from storregion.core.workspace import Workspace
from storregion.publish.measures import measures
from storregion.publish.pages import similar
from storregion.publish.portal import open_site
from storregion.publish.site import Site


def section(site: Site) -> str:
    html = site.html("sv", "place/0381/")
    return unescape(re.findall(r'<section aria-labelledby="similar">.*?</section>', html, re.DOTALL)[0])


def test_the_page_names_them_with_each_measure(site: Site) -> None:
    found = section(site)
    codes = site.workspace.table(similar.TABLE).filter(municipality="0381").sort("rank")["other"]
    assert re.findall(r'<th scope="row"><a href="../(\d{4})/">', found) == codes.to_list()
    people = site.workspace.figure("growth", "persons", place=codes[0], year=2024)
    assert people.id in addresses(found)
    assert "Minuter till Stockholm" in found
    assert "Vikter: storlek 1, tillväxt 1, pendling 1, restid 1." in found


def test_only_a_server_can_compare_them(site: Site, bundled: Workspace) -> None:
    assert "compare/?place=" not in section(site)
    live = section(open_site(bundled, live=True))
    asked = re.findall(r"compare/\?([^\"]+)", live)[0]
    assert asked.startswith("place=0381&place=")
    # Every measure that the link names is one that can be compared.
    assert set(re.findall(r"measure=([\w.]+)", asked)) <= measures(site).keys()


def test_other_places_and_groups_without_travel_times_have_no_such_section(
    site: Site, small_site: Site
) -> None:
    assert 'id="similar"' not in site.html("sv", "place/uppsala/")
    assert 'id="similar"' not in small_site.html("sv", "place/1080/")
