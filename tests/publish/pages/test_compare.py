"""Places compared: what is chosen is what is shown, and what does not exist is named."""

import itertools
import re

import pytest

from storregion.core.workspace import Workspace
from storregion.publish.measures import measures
from storregion.publish.pages import compare
from storregion.publish.pictures import end_labelled
from storregion.publish.pictures.end_labelled import Band, Line
from storregion.publish.portal import open_site
from storregion.publish.site import NoSuchPageError, Site


def text(site: Site, **query: list[str]) -> str:
    return site.filled_in("sv", "compare/", query).body.decode()


def test_the_table_has_the_figures_of_the_latest_common_year(small_site: Site) -> None:
    made = compare.page(small_site, "en", {"place": ["1080", "1060"], "measure": ["growth.persons"]})
    (part,) = made.context["parts"]
    latest = small_site.workspace.table("growth")["year"].max()
    assert [label.text for _, label in made.context["places"]] == ["Karlskrona", "Olofström"]
    assert part.year == latest
    assert part.figures == {
        place: small_site.workspace.figure("growth", "persons", place=place, year=part.year)
        for place in ("1080", "1060")
    }


def test_a_measure_of_no_chosen_place_says_so(small_site: Site) -> None:
    html = text(small_site, place=["1080"], measure=["node_roles.jobs", "growth.persons"])
    assert "Folkmängd" in html
    known = measures(small_site)
    assert ("Finns inte: node_roles.jobs" in html) == ("node_roles.jobs" not in known)


def test_what_does_not_exist_is_named_and_harmless(small_site: Site) -> None:
    html = text(small_site, place=["<script>x</script>", "1080"], measure=["growth.nothing"])
    assert (
        "Finns inte: &lt;script&gt;x&lt;/script&gt;, growth.nothing. Skriv ett namn eller välj i listan."
        in html
    )
    assert "<script>x" not in html


def test_only_so_many_are_shown_at_once(small_site: Site) -> None:
    codes = small_site.workspace.table("places")["place"].to_list()
    made = compare.page(small_site, "sv", {"place": codes * 3, "measure": list(measures(small_site))})
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


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("Karlskrona", "1080", False),
        ("ronneby", "1081", False),
        ("solvesborg", "1083", False),
        ("karlskorna", "1080", True),
        ("Olofstrm", "1060", True),
        ("1080", "1080", False),
    ],
)
def test_places_are_found_by_what_is_typed(small_site: Site, typed: str, code: str, said: bool) -> None:
    html = text(small_site, place=[typed])
    assert f'href="../place/{code}/"' in html
    # What was read otherwise than it stands is said, so that nobody compares the wrong place unawares.
    assert (f"”{typed}” lästes som" in html) == said


def test_several_names_fit_in_one_field(small_site: Site) -> None:
    made = compare.page(small_site, "sv", {"place": ["1080", "Ronneby, karlshamn", ""], "measure": [""]})
    assert [code for code, _ in made.context["places"]] == ["1080", "1081", "1082"]
    assert made.context["address"].startswith("place=1080&place=1081&place=1082&measure=growth.persons")
    assert not made.context["unknown"]


def test_the_group_behind_is_of_the_kind_that_is_compared(site: Site) -> None:
    def behind(*places: str, measure: str = "growth.persons") -> str:
        made = compare.page(site, "sv", {"place": list(places), "measure": [measure]})
        (part,) = made.context["parts"]
        return f"{part.spread.of} {len(part.spread.places)}"

    assert behind("03", "18") == "county 7"
    assert behind("uppsala", "nykoping") == "node 14"
    assert behind("03", "0381") == "municipality 88"
    assert behind("03", measure="labour_market_areas.out_share") == "municipality 88"


def test_a_city_is_compared_by_the_municipality_that_stands_in_for_it(site: Site) -> None:
    query = {"place": ["uppsala", "0380", "stockholm-solna"], "measure": ["labour_market_areas.out_share"]}
    made = compare.page(site, "sv", query)
    (part,) = made.context["parts"]
    assert part.figures["uppsala"] == part.figures["0380"]


def test_what_other_modules_offer_can_be_compared(site: Site) -> None:
    known = measures(site)
    for name in (
        "municipality_traits.hub_minutes",
        "commuting_balance.net.total",
        "projection.persons.base",
        "node_reach.jobs.60.with_wait",
        "mean_times.minutes.morning.depart_at",
    ):
        assert name in known
        html = text(site, place=["0380", "uppsala"], measure=[name])
        assert "Måttet finns inte för platsen.</p>" not in html
    # A measure without years is drawn side by side, before the quartiles of the group.
    made = compare.page(
        site, "en", {"place": ["0380", "0381"], "measure": ["municipality_traits.hub_minutes"]}
    )
    (part,) = made.context["parts"]
    assert part.year is None
    assert part.svg.count("<circle") == 2
    assert 'class="band"' in part.svg


def test_those_alike_are_offered(bundled: Workspace) -> None:
    live = open_site(bundled, live=True)
    html = live.filled_in("sv", "compare/", {"place": ["0381"]}).body.decode()
    assert re.search(r'Liknar Enköping, lägg till: *<a href="\?place=0486&amp;place=0381', html)


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


def test_the_band_is_drawn_behind_the_lines_for_their_years() -> None:
    band = Band("Median", [(1990, 0.0, 1.0, 2.0), (2000, 1.0, 2.0, 3.0), (2020, 2.0, 4.0, 6.0)])
    svg = end_labelled.drawn([Line("P", [(2000, 1.0), (2020, 5.0)])], "persons", "en", "People", band)
    corners = re.findall(r'class="band" points="([^"]+)"', svg)[0].split()
    # Two years, above and below; the year before the line's first is left out.
    assert len(corners) == 4
    assert svg.index('class="band"') < svg.index('class="line')
    assert "Median <tspan>4</tspan>" in svg
