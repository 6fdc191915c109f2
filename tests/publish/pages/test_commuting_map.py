"""The commuting map: what is asked for is what is shown, rounded to what can be known."""

import json
import re

import pytest

from storregion.core.lineage import Figure
from storregion.publish.numbers import roughly
from storregion.publish.pages import commuting_map
from storregion.publish.site import NoSuchPageError, Site

NBSP = "\u00a0"


def text(site: Site, **query: list[str]) -> str:
    return site.filled_in("sv", "commuting/", query).body.decode()


def figure(value: float, basis: str = "estimated") -> Figure:
    return Figure(value, "commuters", "commuting_exchange", "outward", (("year", 2023),), "key", basis)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3.2, "färre än 10"),
        (0.0, "cirka 0"),
        (44.9, "cirka 40"),
        (774.0, "cirka 750"),
        (1985.0, f"cirka 2{NBSP}000"),
        (-1767.3, f"cirka −1{NBSP}800"),
        (23_456.0, f"cirka 23{NBSP}000"),
        (99_999.0, f"cirka 100{NBSP}000"),
        (271_543.0, f"cirka 272{NBSP}000"),
    ],
)
def test_an_estimate_is_rounded_to_what_can_be_known(value: float, said: str) -> None:
    made = roughly(figure(value), "sv")
    assert made.striptags() == said.replace(NBSP, " ") or made.striptags() == said
    # Machines read the exact number.
    assert f'value="{value}"' in made


def test_a_difference_near_nothing_is_about_nothing() -> None:
    assert roughly(figure(3.2), "en", signed=True).striptags() == "about 0"
    assert roughly(figure(-3.2), "en", signed=True).striptags() == "about 0"


def test_what_is_observed_is_not_rounded() -> None:
    assert re.sub(r"\s", " ", roughly(figure(1985.0, "observed"), "sv").striptags()) == "1 985"


def test_the_largest_flows_of_a_municipality_in_order(site: Site) -> None:
    made = commuting_map.page(site, "sv", {"place": ["0381"], "way": ["out"], "top": ["5"], "least": ["1"]})
    table = site.workspace.table("commuting_exchange").filter(municipality="0381", sex="total")
    last = table.filter(year=int(str(table["year"].max())))
    # A plain sort in Python, beside the page's own; of two as large the published one is first.
    largest = sorted(
        last.iter_rows(named=True),
        key=lambda row: (-round(row["outward"], 3), row["cell_out"] != "published_share"),
    )[:5]
    assert made.views["commuting"].frame["other"].to_list() == [row["other"] for row in largest]
    assert "Beräknat, inte uppmätt" in text(site, place=["0381"])
    assert '<sup class="basis"' not in text(site, place=["0381"])


def test_a_flow_at_its_ceiling_comes_after_the_published_and_is_said_as_at_most(site: Site) -> None:
    """Most who commute out of Enköping go to Uppsala, which Statistics Sweden publishes with its share.

    The estimate lifts the flow to Stockholm to the same size: that many at most.
    """
    rows = commuting_map.page(site, "sv", {"place": ["0381"], "year": ["2023"]}).context["rows"]
    assert [row["text"] for row in rows[:2]] == ["Uppsala", "Stockholm"]
    assert [row["people"][0].striptags() for row in rows[:2]] == ["cirka 2 000", "högst 2 000"]
    into = commuting_map.page(site, "en", {"place": ["0180"], "way": ["in"], "top": ["200"]}).context["rows"]
    assert [row["text"] for row in into if "at most" in row["people"][1]] == ["Enköping"]
    flows = json.loads(site.page("sv", "commuting/").extra["flows-2023-total.json"][1]())["rows"]
    assert {(row[0], row[1]): row[5] for row in flows}["0381", "0180"] == 1


def test_the_page_begins_with_the_largest_flows_in_a_sentence(site: Site) -> None:
    def said(**query: list[str]) -> str:
        found = re.search('(?s)<p class="lead told">(.*?)</p>', text(site, **query))
        assert found is not None
        return re.sub(r"\s", " ", re.sub("<[^>]*>", "", found[1]))

    assert said(place=["0381"]).endswith(
        "Flest pendlar till Uppsala, cirka 2 000, och Stockholm, högst 2 000."
    )
    assert "Flest kommer från" in said(place=["0381"], way=["in"])
    assert "Flest" not in said(place=["0381"], way=["net"])
    rows = site.workspace.table("commuting_exchange").filter(year=2023, sex="total").sort("outward")
    assert rows.select("municipality", "other").row(-1) == ("0180", "0184")
    assert said().startswith("Störst är flödet från Stockholm till Solna: cirka ")
    assert said(least=["999999"]) == "Välj en kommun i listan eller på kartan."


def test_net_of_all_shows_each_pair_once(site: Site) -> None:
    made = commuting_map.page(site, "en", {"way": ["net"], "top": ["200"], "least": ["1"]})
    pairs = [frozenset(pair) for pair in made.views["commuting"].frame.select("municipality", "other").rows()]
    assert len(pairs) == len(set(pairs)) == 200
    assert made.views["commuting"].frame["net"].min() >= 1  # type: ignore[operator]


@pytest.mark.parametrize("field", ["place", "way", "year", "sex", "least", "top"])
def test_what_does_not_exist_is_named_and_harmless(site: Site, field: str) -> None:
    hostile = '"><script>x</script>'
    html = text(site, **{field: [hostile]})
    assert "Finns inte: &#34;&gt;&lt;script&gt;x&lt;/script&gt;" in html
    assert "<script>x" not in html


@pytest.mark.parametrize("number", ["-1", "1e9", "٣", "99999999999999999999", "NaN"])
def test_a_number_that_is_none_is_named(site: Site, number: str) -> None:
    assert f"Finns inte: {number}." in text(site, least=[number])


def test_no_flow_so_large_is_said(site: Site) -> None:
    html = text(site, place=["0381"], least=["999999"])
    assert '<p class="none">Inga flöden är så stora.' in html


def test_files_carry_exact_numbers_of_what_is_chosen(site: Site) -> None:
    query = {"place": ["0381"], "least": ["100"]}
    rows = site.filled_in("sv", "commuting/", query, "commuting.csv").body.decode().splitlines()
    assert all(",0381," in f",{row}," for row in rows[1:])
    with pytest.raises(NoSuchPageError):
        site.filled_in("sv", "commuting/", query, "commuting.exe")


def test_the_baked_page_has_what_its_script_reads(site: Site) -> None:
    page = site.page("sv", "commuting/")
    areas = json.loads(site.answer("sv/areas.geojson").body)
    assert 'data-areas="../areas.geojson"' in site.html("sv", "commuting/")
    codes = {feature["properties"]["code"] for feature in areas["features"]}
    assert codes == set(site.workspace.table("places").filter(kind="municipality")["place"])
    # WGS 84: longitude before latitude, in Sweden.
    assert all(10 < x < 25 and 55 < y < 70 for x, y in (f["properties"]["point"] for f in areas["features"]))
    years = [name for name in page.extra if name.startswith("flows-")]
    flows = json.loads(page.extra[max(years)][1]())
    assert flows["estimated"] is True
    assert flows["totals"].keys() == codes
    assert {row[0] for row in flows["rows"]} <= codes
    assert "assets/vendor/maplibre-gl.mjs" in site.addresses_outside_pages()
    assert site.answer("assets/vendor/maplibre-gl-worker.mjs").media_type.startswith("text/javascript")


def test_a_municipalitys_page_says_where_people_commute(site: Site) -> None:
    html = site.html("sv", "place/0381/")
    assert "Pendling till andra kommuner" in html
    assert 'commuting/?place=0381"' in html
    assert "Pendling till andra kommuner" not in site.html("sv", "place/01/")
