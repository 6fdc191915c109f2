"""Places compared: what is chosen is what is shown, and what does not exist is named."""

import itertools
import re

import pytest

from storregion.publish.pages import compare
from storregion.publish.pictures import end_labelled
from storregion.publish.pictures.end_labelled import Line
from storregion.publish.site import NoSuchPageError, Site


def text(site: Site, **query: list[str]) -> str:
    return site.filled_in("sv", "compare/", query).body.decode()


def test_the_table_has_the_figures_of_the_latest_common_year(small_site: Site) -> None:
    made = compare.page(small_site, "en", {"place": ["1080", "1060"], "measure": ["growth.persons"]})
    rows = made.context["rows"]
    latest = small_site.workspace.table("growth")["year"].max()
    assert [label.text for label, _ in rows] == ["Karlskrona", "Olofström"]
    for place, (_, (figure,)) in zip(("1080", "1060"), rows, strict=True):
        assert isinstance(latest, int)
        assert figure == small_site.workspace.figure("growth", "persons", place=place, year=latest)


def test_a_measure_of_no_chosen_place_says_so(small_site: Site) -> None:
    html = text(small_site, place=["1080"], measure=["node_roles.jobs", "growth.persons"])
    assert "Folkmängd" in html
    known = compare.measures(small_site)
    assert ("Finns inte: node_roles.jobs" in html) == ("node_roles.jobs" not in known)


def test_what_does_not_exist_is_named_and_harmless(small_site: Site) -> None:
    html = text(small_site, place=["<script>x</script>", "1080"], measure=["growth.nothing"])
    assert "Finns inte: &lt;script&gt;x&lt;/script&gt;, growth.nothing. Välj i listorna." in html
    assert "<script>x" not in html


def test_only_so_many_are_shown_at_once(small_site: Site) -> None:
    codes = small_site.workspace.table("places")["place"].to_list()
    made = compare.page(small_site, "sv", {"place": codes * 3, "measure": list(compare.measures(small_site))})
    assert len(made.context["places"]) <= compare.MOST_PLACES
    assert len(made.views) == compare.MOST_MEASURES
    assert made.context["crowded"]


def test_files_carry_what_is_compared_and_no_other_file_is_there(small_site: Site) -> None:
    query = {"place": ["1080", "1060"], "measure": ["growth.persons"]}
    rows = small_site.filled_in("sv", "compare/", query, "growth-persons.csv").body.decode().splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {"1080", "1060"}
    for file in ("growth-persons.exe", "growth.csv", "../../etc/passwd"):
        with pytest.raises(NoSuchPageError):
            small_site.filled_in("sv", "compare/", query, file)


# The picture


def heights(svg: str) -> list[float]:
    return [float(y) for y in re.findall(r'class="end[^"]*" x="[0-9.]+" y="([0-9.]+)"', svg)]


def test_labels_at_the_ends_never_cover_each_other() -> None:
    lines = [Line(f"P{at}", [(2000, 1.0), (2020, 5.0 + at / 100)]) for at in range(8)]
    found = sorted(heights(end_labelled.drawn(lines, "persons", "en", "People")))
    assert len(found) == 8
    assert all(later - earlier >= 16.9 for earlier, later in itertools.pairwise(found))
    assert all(0 < height < end_labelled.HEIGHT for height in found)


def test_a_gap_breaks_the_line_and_nothing_is_drawn_across_it() -> None:
    svg = end_labelled.drawn([Line("P", [(2000, 1.0), (2001, None), (2002, 3.0)])], "persons", "en", "People")
    # One point on each side of the gap: two tracks of one point, none of two.
    assert [len(track.split()) for track in re.findall(r'points="([^"]+)"', svg)] == [1, 1]


def test_the_words_of_a_picture_are_its_first_and_last_values() -> None:
    lines = [Line("Gävle <b>", [(2000, 90_000.0), (2024, 104_000.0)]), Line("none", [(2000, None)])]
    svg = end_labelled.drawn(lines, "persons", "en", "People")
    assert (
        'aria-label="People. Gävle &lt;b&gt; 2000: 90,000\u00a0residents, 2024: 104,000\u00a0residents."'
        in svg
    )
    assert "<b>" not in svg
    assert end_labelled.drawn([Line("none", [(2000, None)])], "persons", "en", "People") == ""
