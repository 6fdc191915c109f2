"""Functional geography on pages: the node's story, maps of flows, the matrix, labour markets and the tree."""

import posixpath
import re
import xml.etree.ElementTree as ET
from html import unescape

import polars as pl
import pytest
from tests.publish.addresses import addresses

from storregion.core.language import LANGUAGES, Language
from storregion.publish.pages.flows import THRESHOLDS
from storregion.publish.pages.nodes import node_views
from storregion.publish.pictures.maps import Atlas
from storregion.publish.pictures.place_maps import Flow, flow_map
from storregion.publish.pictures.tree import tree
from storregion.publish.site import Site
from storregion.publish.view import embedded

STUDIES = ("commuting", "labour_markets", "nodes", "interaction", "node_levels")
PICTURE = re.compile(r'<svg xmlns[^>]*class="(?:map|tree)".*?</svg>', re.DOTALL)
PATH = re.compile(r'<g class="(flow|flow guess)"><title>(.*?)</title><path [^>]*stroke-width="([\d.]+)"/>')


def words(html: str) -> str:
    """The words of a page as a reader sees them."""
    text = re.sub("<[^>]*>", "", re.sub(r"<sup.*?</sup>", "", html))
    return " ".join(unescape(text).replace("\u00a0", " ").split())


# ---- a node's story


def test_a_nodes_page_tells_its_story_in_swedish(site: Site) -> None:
    row = site.workspace.table("node_roles").filter(node="uppsala", year=2023).row(0, named=True)
    text = words(site.html("sv", "place/uppsala/"))

    def number(value: float) -> str:
        return f"{value:,.0f}".replace(",", " ")

    # Three digits of what is above 100 000.
    live, work = (number(round(row[name], -3)) for name in ("residents", "jobs"))
    assert f"hade cirka {live} sysselsatta och cirka {work} jobb 2023; " in text
    assert "av de sysselsatta arbetar i den egna kommunen." in text
    # About as many as travel, and the interval, two digits of each.
    out, about, low, high = (
        number(round(row[name], -len(str(int(row[name]))) + 2))
        for name in ("commuters_out", "commuters_in", "commuters_in_low", "commuters_in_high")
    )
    assert f"Det är cirka {out} pendlare som reser ut, och cirka {about} ({low}–{high}) personer som" in text
    assert "De flesta utpendlarna pendlar till Stockholm:" in text
    assert "(publicerad andel)" in text
    assert re.search(r"Roll: självförsörjande stad[^.]*\. Nivå enligt regelfilen: Stor nod\.", text)
    assert "Så säkra är uppgifterna: pendlingen 2023 är uppskattad." in text


def test_a_nodes_page_tells_its_story_in_english(site: Site) -> None:
    row = site.workspace.table("node_roles").filter(node="uppsala", year=2023).row(0, named=True)
    text = words(site.html("en", "place/uppsala/"))
    live, work = (f"{round(row[name], -3):,.0f}" for name in ("residents", "jobs"))
    assert f"had about {live} employed people and about {work} jobs in 2023; " in text
    assert f"There are about {round(row['commuters_out'], -3):,.0f} commuters who travel out" in text
    assert "Most out-commuters commute to Stockholm:" in text
    assert re.search(r"Role: self-contained town[^.]*\. Level by the rule file: Major node\.", text)
    assert "How certain this is: commuting in 2023 is estimated." in text


def test_a_core_that_a_municipality_stands_in_for_has_no_role(site: Site) -> None:
    for node, kind in site.workspace.table("nodes").select("node", "kind").iter_rows():
        text = words(site.html("sv", f"place/{node}/"))
        assert ("Noden får ingen egen roll" in text) == (kind == "regional_core"), node
        assert ("Roll: " in text) == (kind != "regional_core"), node


def test_estimated_commuting_to_the_hub_has_an_interval(site: Site) -> None:
    text = words(site.html("sv", "place/gavle/"))
    assert re.search(
        r"Till Stockholm pendlar cirka \d+ \(\d+–[\d ]+\) personer, \d,\d % av de sysselsatta", text
    )


def test_the_hub_says_that_it_is_the_hub_and_no_other_does(site: Site) -> None:
    for node in site.workspace.table("nodes")["node"]:
        text = words(site.html("sv", f"place/{node}/"))
        assert ("Noden har flest jobb av alla noder" in text) == (node == "stockholm"), node
        assert "()" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_nodes_tables_hold_its_own_rows_of_the_latest_year(site: Site, language: Language) -> None:
    views = node_views(site, language, "uppsala")
    assert {name: view.frame.height for name, view in views.items()}["flows"] == 2 * 13
    assert views["pairs"].frame.height == 13
    assert set(views["catchment"].frame["node"]) == {"uppsala"}
    for view in views.values():
        # Work over time has every year; the others are of the latest.
        assert set(view.frame["year"]) == ({2020, 2021, 2022, 2023} if view.name == "work" else {2023})


# ---- flows


def nodes_apart() -> list[tuple[str, str, float, float]]:
    return [("a", "A & <b>", 100.0, 100.0), ("b", '"B"', 500.0, 100.0), ("c", "C", 300.0, 500.0)]


def small_atlas(site: Site) -> Atlas:
    """The group's atlas with three other nodes, of hostile names."""
    from copy import copy

    atlas = copy(site.atlas)
    atlas.nodes = nodes_apart()
    return atlas


def test_each_direction_is_one_curve_with_an_arrow_as_wide_as_it_is_large(site: Site) -> None:
    flows = [
        Flow("a", "b", 1000, True, "a → b"),
        Flow("b", "a", 500, False, "b → a"),
        Flow("a", "c", 1, True, "<script>"),
    ]
    svg = flow_map(small_atlas(site), flows, "T < U")
    root = ET.fromstring(svg)  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    groups = [group for group in root.iter(f"{space}g") if (group.get("class") or "").startswith("flow")]
    assert len(groups) == 3
    for group in groups:
        assert [part.tag.removeprefix(space) for part in group] == ["title", "path", "polygon"]
    wide = {unescape(title): (kind, float(width)) for kind, title, width in PATH.findall(svg)}
    assert {title: kind for title, (kind, _) in wide.items()} == {
        "a → b": "flow",
        "b → a": "flow guess",
        "<script>": "flow",
    }
    # Half as many are half as wide, and a line never vanishes.
    assert wide["b → a"][1] == pytest.approx(wide["a → b"][1] / 2, abs=0.06)
    assert 1 <= wide["<script>"][1] < wide["b → a"][1]
    # The two directions bend to different sides.
    assert len({path.get("d") for path in root.iter(f"{space}path") if path.get("stroke-width")}) == 3
    assert "<script>" not in svg
    assert "<b>" not in svg
    assert root.get("aria-label") == "T < U"
    assert [text.text for text in root.iter(f"{space}text")] == ["A & <b>", '"B"', "C"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("least", THRESHOLDS)
def test_the_page_of_a_threshold_shows_flows_of_at_least_so_many(
    site: Site, language: Language, least: int
) -> None:
    flows = site.workspace.table("node_flows").filter(year=2023).filter(pl.col("persons") >= least)
    view = site.page(language, f"flows/{least}/").views["flows"]
    assert view.frame.height == flows.height > 0
    kinds = [kind for kind, _, _ in PATH.findall(embedded(view))]
    assert len(kinds) == flows.height
    assert kinds.count("flow guess") == flows.filter(cell="spread").height
    html = site.html(language, f"flows/{least}/")
    assert html.count('aria-current="page"') >= 1
    assert "<style>" not in embedded(view)


# ---- the studies' pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_matrix_has_a_figure_for_every_two_nodes(site: Site, language: Language) -> None:
    html = site.html(language, "study/nodes/")
    matrix = html[html.index('<table class="matrix">') :]
    matrix = matrix[: matrix.index("</table>") + len("</table>")]
    figures = addresses(matrix)
    assert len(figures) == len(set(figures)) == 14 * 13
    assert all("node_flows/persons?" in figure for figure in figures)
    across = re.findall(r'<th scope="col"><span>([^<]*)</span></th>', matrix)
    down = re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a></th>', matrix)
    assert across == down
    assert sorted(across) == sorted(site.workspace.table("nodes")["name"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_labour_markets_have_a_map_a_year_and_a_tree_with_every_name_once(
    site: Site, language: Language
) -> None:
    html = site.html(language, "study/labour_markets/")
    pictures = PICTURE.findall(html)
    maps = [picture for picture in pictures if 'class="map"' in picture]
    assert [picture.count('class="area"') for picture in maps] == [88] * 4
    for year in (2020, 2021, 2022, 2023):
        assert f"<figcaption>{year}</figcaption>" in html
    drawn_tree = next(picture for picture in pictures if 'class="tree"' in picture)
    names = [unescape(name) for name in re.findall(r"<text[^>]*>([^<]*)</text>", drawn_tree)]
    inside = site.workspace.table("places").filter(kind="municipality")["name_sv"]
    assert sorted(names) == sorted(inside)
    assert len(names) == 88


def test_a_tree_escapes_names_and_draws_a_line_a_step() -> None:
    svg = tree({"1": "<b>", "2": "&", "3": "c"}, [("s1", "1", "2"), ("s2", "s1", "3")], "T")
    root = ET.fromstring(svg)  # noqa: S314
    assert [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")] == ["<b>", "&", "c"]
    path = root.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    assert (path.get("d") or "").count("M") == 2


# ---- groups with and without


def test_every_page_is_there_in_both_languages(site: Site) -> None:
    addresses = set(site.addresses())
    for language in LANGUAGES:
        for page in (*(f"study/{name}/" for name in STUDIES), *(f"flows/{n}/" for n in THRESHOLDS)):
            assert f"{language}/{page}" in addresses


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_without_commuting_shows_none_of_it(small_site: Site, language: Language) -> None:
    assert "commuting" not in small_site.workspace.steps
    addresses = set(small_site.addresses())
    assert not any("/flows/" in address for address in addresses)
    for address in small_site.makers:
        html = small_site.html(language, address)
        assert 'aria-labelledby="work"' not in html, address
        assert 'class="flow' not in html, address
        path = f"{language}/{address}"
        for link in re.findall('href="([^"#?]+)', html):
            if not link.startswith("http"):
                target = posixpath.normpath(posixpath.join(path, link)) + ("/" if link.endswith("/") else "")
                assert target in addresses, (address, link)


FUNCTIONAL = (
    "study/commuting/",
    "study/labour_markets/",
    "study/nodes/",
    "study/node_levels/",
    "study/interaction/",
    "flows/1000/",
    "place/eskilstuna/",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", FUNCTIONAL)
def test_every_file_of_a_page_is_written(site: Site, language: Language, address: str) -> None:
    files = site.files(language, address)
    assert len(files) > 3
    for path in files:
        answer = site.answer(path)
        assert answer.body, path
        if path.endswith(".csv") and not path.endswith(".excel.csv"):
            rows = pl.read_csv(answer.body, infer_schema=False)
            assert rows.height > 0, path
            # A code stands beside its words, in a language of its own.
            assert not [
                name
                for name in rows.columns
                if name.endswith("_name") and rows[name].null_count() == rows.height
            ]


def test_the_national_matrix_is_offered_packed_only(site: Site) -> None:
    files = [
        path.removeprefix("data/commuting/") for path in site.exports if path.startswith("data/commuting/")
    ]
    assert files == ["commuting.csv.gz", "commuting.csv.gz-metadata.json", "commuting.parquet"]


def test_a_flow_says_in_words_whether_it_is_estimated(site: Site) -> None:
    text = embedded(node_views(site, "sv", "eskilstuna")["flows"])
    # To Stockholm by a published share; to Västerås the estimate's own spread.
    assert re.search(r"<title>Eskilstuna → Stockholm: [^<]* \(publicerad andel\)</title>", text)
    assert re.search(r"<title>Eskilstuna → Västerås: [^<]* \(uppskattad\)</title>", text)
