"""The strategy's pages: what they say of editions, links, plans and follow-up, and what is no markup."""

import importlib.util
import math
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import polars as pl
import pytest
from tests.publish.addresses import addresses

from storregion.core.errors import SettingError
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish.followups import packages
from storregion.publish.pages.projects import _time
from storregion.publish.pictures import timelines
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.strategy import documents, evaluation, freeze, plans, status, whole
from storregion.strategy.documents import Document

HERE = Path(__file__)
EVIL = "<script>alert(1)</script>"
MODULE = '<script type="module" src="../'
SAFE = "&lt;script&gt;alert(1)&lt;/script&gt;"
PLAN = "strategy/plans/plan-x/"
SUBJECT_WORDS = 'edition = 2030\n[focus]\nrail = ["spår", "tåg"]\npower = ["el", "ljus"]\n'
LABELLED = (
    "id\tsource\ttext\tlabels\talso\n"
    "1\tx\tNya spår byggs för tåg mellan städerna.\trail\t\n"
    "2\tx\tKraft och ljus ska räcka till alla.\tpower\t\n"
    "3\tx\tSkolan får fler lärare i höst.\t\t\n"
)


def strategy_files() -> object:
    """The files of a whole strategy, as the tests of its data layer write them."""
    spec = importlib.util.spec_from_file_location("strategy_files", HERE.parents[2] / "strategy/conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(html: str) -> str:
    """The words of a page's main part, as read."""
    found = html[html.index('<main id="main"') : html.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", found)))


@pytest.fixture(scope="module", autouse=True)
def later() -> Iterator[None]:
    """The day it is for a strategy whose last edition is of 2030."""
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(documents, "today", lambda: date(2031, 12, 31))
        yield


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small group with a whole strategy, a plan, a measurement and a frozen follow-up; all mean harm."""
    place = tmp_path_factory.mktemp("rich")
    folder = Path(shutil.copytree(HERE.parents[2] / "groups" / "blekinge", place / "blekinge"))
    module = strategy_files()
    for name, words in module.FILES.items():  # type: ignore[attr-defined]
        evil = words
        for right in ("Fler spår", "Junimötet", "Elen ska räcka", "Går för långsamt", "Läs försiktigt"):
            evil = evil.replace(right, f"{right} {EVIL}")
        evil = evil.replace('author = "Gruppen"', f"author = '{EVIL}'").replace(
            'sv = "Studie"', f"sv = '{EVIL}'"
        )
        evil = evil.replace('name = { sv = "Regionen"', f"name = {{ sv = 'Regionen {EVIL}'")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(evil, "utf-8")
    module._filled(folder, place / "store")  # type: ignore[attr-defined]
    (folder / "strategy" / "subject_words.toml").write_text(SUBJECT_WORDS, "utf-8")
    source = place / "plan.txt"
    source.write_text(
        f"Nya spår {EVIL} byggs för tåg mellan städerna.\nSkolan får fler lärare i höst.\n", "utf-8"
    )
    plans.add(folder, source, "plan-x", Document(f"Planen {EVIL}", "Rådet", "2031"))
    labelled = place / "labelled.tsv"
    labelled.write_text(LABELLED, "utf-8")
    evaluation.keep(folder, evaluation.measured(folder, labelled, seen=True, date=date(2031, 1, 2)))
    work = Workspace(folder, place / "store")
    freeze.write(freeze.package(work, whole.read(work), date(2031, 1, 3)), folder / "followups" / "2031")
    return folder


@pytest.fixture(scope="module")
def rich_site(rich: Path) -> Site:
    return open_site(Workspace(rich, rich.parent / "store"))


# What pages say of the bundled group


def test_the_edition_in_force_tells_who_has_adopted_it_and_what_is_not_known(site: Site) -> None:
    said = text(site.html("sv", "strategy/2025/"))
    assert "Antagen av 7 av 7" in said
    assert said.count("Antagen inte angivet inte angivet") == 7
    assert "Beslutsdatum och diarienummer i varje region" in said
    assert "Verka för en infrastruktur med digital uppkoppling" in said  # the other wording
    assert "sida ej angiven" in said
    said = text(site.html("sv", "strategy/2018/"))
    assert "Inget antagande är dokumenterat" in said
    assert "Antagen" not in said


def test_words_are_compared_only_where_people_have_joined_them(site: Site) -> None:
    html = site.html("sv", "strategy/compare/2018-2025/")
    # Six of the eight records have both ends; the other two are new in 2025.
    assert html.count('<p class="words diff"') == 6
    assert html.count(">Ny</p>") == 2
    first = html[html.index('<p class="words diff"') :].partition("</p>")[0]
    assert re.findall("<(del|ins)>", first) == ["del", "ins"]
    # Never colour alone: a sign for the eye, a word for the ear.
    assert "[−" in first
    assert "borttaget: " in first
    assert "[+" in first
    assert "tillagt: " in first
    html = site.html("sv", "strategy/compare/2010-2018/")
    assert "<ins>" not in html
    # Nothing is said to be only in the later one when the words of the earlier are not known.
    assert "Bara i den senare" not in html
    assert "Orden i utgåvan 2010 är inte kända." in html
    assert "Därför jämförs inga ord." in html


def test_the_lineage_is_drawn_and_stands_in_a_table(site: Site) -> None:
    html = site.html("sv", "strategy/lineage/")
    root = ET.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])  # noqa: S314 - our own
    kinds = [
        found.get("class", "").split() for found in root.iter() if found.get("class", "")[:6] == "became"
    ]
    assert sorted(kind for _, kind in kinds) == ["merged"] * 3 + ["reworded"] * 3
    words = ["".join(found.itertext()) for found in root.iter("{http://www.w3.org/2000/svg}g")]
    assert [found for found in words if found.endswith("ny")] == [
        "Digital uppkopplingny",
        "Energiförsörjningny",
    ]
    assert any("Orden är" in found for found in words)
    assert root.get("role") == "img"
    assert len(root.get("aria-label", "")) > 80
    assert html.count('<tr role="row"><td') == 8
    # Nobody is said to have read what nobody has confirmed.
    assert "En första läsning, inte bekräftad." in html
    assert "Människor har" not in html


def test_the_matrix_has_every_region_and_says_what_is_not_coded(site: Site) -> None:
    html = site.html("sv", "strategy/coherence/")
    table = html[html.index('<table class="coherence stacked"') : html.index("</table>")]
    rows = table.split("<tr role")[2:]
    names = [re.search(r'scope="row">(.*?)</th>', row)[1] for row in rows]  # type: ignore[index]
    regions = [member.region for member in site.workspace.group.counties.values()]
    assert sorted(names) == sorted(regions)
    # Swedish order: Ö last.
    assert [name[7] for name in names[-2:]] == ["Ö", "Ö"]
    assert all(row.count("<td ") == 5 for row in rows)
    # 14 codes of nine documents in 12 of 35 cells: two regions have two documents on one area.
    assert table.count('class="code ') == 14
    assert table.count("ej kodad") == 35 - sum('class="code ' in cell for cell in table.split("<td "))
    anchors = re.findall(r'href="#([^"]+)"', table)
    assert len(anchors) == 14
    assert all(f'<li id="{anchor}">' in html for anchor in anchors)
    assert "aldrig vad de leder till" in html
    assert "Ingen cell är kodad av två" in html


def test_links_are_shown_as_the_proposals_they_are(site: Site) -> None:
    html = site.html("sv", "strategy/links/")
    shown = html.partition("<section")[2]
    assert shown.count('<span class="state proposed">Förslag</span>') == len(site.whole.links.links) == 11
    assert "Ingen har bekräftats än." in html
    assert 'class="state covers"' not in shown


def test_the_follow_up_prints_what_the_rule_gives(site: Site) -> None:
    html = site.html("sv", "strategy/followup/")
    assert html.count('<span class="state verdict undecided">Bedöms inte</span>') == 2 * len(
        site.followup.indicators
    )
    assert html.count("namn ej känt") == 9
    assert "Ingen tidigare uppföljning är fryst här" in html
    # The one of 2021 is told of, in the project's quotes from it.
    assert "en uppföljning redovisades 2021" in html
    assert "<q>76 procent av befolkningsökningen" in html
    # The reason why nobody owns an indicator.
    assert html.count("Inte beslutat av samarbetet") == len(site.followup.indicators)
    assert "Ingen önskad riktning är beslutad för någon indikator." in html
    # Growth in 23 years, no two alike: pairs that rise less those that fall. Variance 23·22·51/18 = 1433.67.
    growth = site.workspace.table("growth").filter(pl.col("place") == "oms", pl.col("year") >= 2002)
    values = growth.sort("year")["annual_percent"].to_list()
    s = sum((b > a) - (b < a) for at, a in enumerate(values) for b in values[at + 1 :])
    p = math.erfc((abs(s) - 1) / math.sqrt(1433.67) / math.sqrt(2))
    assert any(it.startswith("indicator_status/s?indicator=population_growth#") for it in addresses(html))
    assert f">{s}</data>".replace("-", "−") in html
    assert f">{p:.4f}</data>".replace(".", ",") in html


def test_how_good_the_suggestions_are_is_reported_with_what_makes_it_doubtful(site: Site) -> None:
    said = text(site.html("sv", "strategy/plans/")).replace("\u00a0", " ")
    assert re.search(r"det första förslaget rätt för 42 av 45 \( 93,3 % ;", said)
    assert "hade läst påståendena" in said
    assert "var och en av 20 källor hölls utanför en gång" in said
    assert re.search(r"\(P@1\): 33 av 45 , 73,3 % \(95 % intervall 59,0 % till 84,0 % \)", said)
    assert re.search(r"\(MAP\): 76,5 % \( 65,0 % till 87,4 % \)", said)
    assert re.search(r"Precision, av alla förslag är rätt: 40 av 70 , 57,1 %", said)
    assert re.search(r"Täckning, av alla märkta områden hittas: 40 av 51 , 78,4 %", said)
    assert "Ingen plan är inläst än." in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_reached_from_the_hub_in_three_steps(site: Site, language: Language) -> None:
    hub = site.html(language, "strategy/")
    for part in (
        "followup",
        "lineage",
        "compare/2018-2025",
        "links",
        "coherence",
        "plans",
        "projects",
        "forum",
    ):
        assert f'href="{part}/"' in hub
    for name in ("strategy.json", "strategy.schema.json", "strategy-2025.xml"):
        assert f'href="../../{name}"' in hub


# What pages say of a strategy with everything in it


def test_links_tell_their_states_and_coders_their_differences(rich_site: Site) -> None:
    html = rich_site.html("sv", "strategy/links/")
    shown = html.partition("<section")[2]
    states = re.findall(r'<span class="state (\w+)">', shown)
    assert sorted(states) == ["covers", "proposed", "proposed", "proposed", "rejected"]
    assert "Planchefen" in shown
    html = rich_site.html("sv", "strategy/coherence/")
    assert ">oense<" in html
    # Two cells are coded twice, one of them alike: 50 per cent.
    said = text(html).replace("\u00a0", " ")
    assert re.search(r"Av 3 celler är 2 kodade av fler än en. Lika koder: 50,0 %", said)


def test_a_changed_text_makes_its_links_suspect_on_the_page(rich: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(rich, tmp_path / "blekinge"))
    path = copy / "strategy" / "texts" / "op.txt"
    path.write_text(path.read_text("utf-8") + "Mer.\n", "utf-8")
    html = open_site(Workspace(copy, rich.parent / "store")).html("sv", "strategy/links/")
    assert html.partition("<section")[2].count('class="state suspect"') == 1
    assert "Den andra texten har ändrats eller är borta." in html


def test_a_changed_text_marks_its_codes_in_the_matrix(rich: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(rich, tmp_path / "blekinge"))
    path = copy / "strategy" / "statements.toml"
    path.write_text(path.read_text("utf-8").replace("mellan städerna", "mellan orterna"), "utf-8")
    html = open_site(Workspace(copy, rich.parent / "store")).html("sv", "strategy/coherence/")
    # Two coders coded the text; both codes stay as they were, marked in the matrix and below it.
    assert html.count('aria-hidden="true">3?</span>') == html.count('aria-hidden="true">2?</span>') == 1
    assert html.count('<span class="state suspect">') == 2
    assert "exten har ändrats sedan den kodades; läs om" in html


def test_projects_done_stand_apart_from_what_goes_on(site: Site) -> None:
    html = site.html("sv", "strategy/projects/")
    assert "Projekt per fokusområde" in html
    part = html[html.index('<dl class="facts long">') : html.index("</dl>")]
    assert part.count("Genomförda") == part.count("Inget projekt är registrerat som pågående.") == 3
    assert "Pågår, återkommer" not in part


def test_a_person_stands_beside_the_rule(rich_site: Site) -> None:
    html = rich_site.html("sv", "strategy/followup/")
    row = html[html.index("<tbody>") : html.index("</tbody>")]
    judged = next(iter(rich_site.followup.indicators))
    assert status.WORDS["limited"].sv in row  # the person's verdict
    assert "Analytikern" in row
    assert any(it.startswith(f"indicator_status/target?indicator={judged}#") for it in addresses(html))
    assert "till 2050" in text(html).replace("\u00a0", " ")


def test_what_has_changed_since_the_last_follow_up_is_reported(
    rich: Path, rich_site: Site, tmp_path: Path
) -> None:
    assert "Inget har ändrats sedan dess." in rich_site.html("sv", "strategy/followup/")
    copy = Path(shutil.copytree(rich, tmp_path / "blekinge"))
    path = copy / "indicators" / "rate.toml"
    path.write_text(path.read_text("utf-8").replace("Takten.", "Takten <b>nu</b>."), "utf-8")
    links = copy / "strategy" / "links" / "all.toml"
    kept = re.sub(r"\[measure\].*?(?=\[study\])", "", links.read_text("utf-8"), flags=re.DOTALL)
    links.write_text(kept, "utf-8")
    html = open_site(Workspace(copy, rich.parent / "store")).html("sv", "strategy/followup/")
    assert "followup / indicators / rate / indicator / about / sv" in html
    assert "Takten &lt;b&gt;nu&lt;/b&gt;." in html
    assert "finns inte längre" in html  # the link that was taken out


def test_a_frozen_follow_up_lies_at_its_own_address(rich: Path, rich_site: Site) -> None:
    files = sorted(path.name for path in (rich / "followups" / "2031").iterdir())
    for name in files:
        kept = (rich / "followups" / "2031" / name).read_bytes()
        assert rich_site.answer(f"followups/2031/{name}").body == kept
    html = rich_site.html("sv", "strategy/followup/2031/")
    assert all(f"followups/2031/{name}" in html for name in files)
    assert "2031-01-03" in html


def test_a_follow_up_whose_name_is_no_address_is_refused(rich: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(rich, tmp_path / "blekinge"))
    (copy / "followups" / "2031").rename(copy / "followups" / "2031 höst")
    with pytest.raises(SettingError, match="part of an address"):
        packages(open_site(Workspace(copy, rich.parent / "store")))


def test_suggestions_are_marked_as_such_and_measured_where_they_are_shown(rich_site: Site) -> None:
    html = rich_site.html("sv", PLAN)
    said = text(html).replace("\u00a0", " ")
    assert said.count("Datorns förslag, inte bekräftat") == 2  # the notice, and the one suggestion
    assert re.search(r"rätt för 2 av 2", said)
    assert "hade läst påståendena" in said
    assert "Bekräftad" not in said
    rows = rich_site.answer("plans/plan-x.csv").body.decode().splitlines()
    assert rows[0].startswith("document,page,number,statement,quote,area_1,")
    assert len(rows) == 3
    assert "2030/rail" in rows[1]
    assert rows[1].endswith(",suggested; not confirmed")
    assert rows[2].endswith(",,")  # of the school no word tells


def test_a_measurement_that_no_longer_applies_is_not_printed(rich: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(rich, tmp_path / "blekinge"))
    path = copy / "strategy" / "subject_words.toml"
    path.write_text(SUBJECT_WORDS.replace('"tåg"', '"tåg", "bana"'), "utf-8")
    said = text(open_site(Workspace(copy, rich.parent / "store")).html("sv", PLAN))
    assert "Hur bra förslagen är nu är inte känt." in said
    assert "rätt för" not in said


# Harm


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_strategy_becomes_markup(rich_site: Site, language: Language) -> None:
    reported = 0
    for address in rich_site.makers:
        if address.startswith(("strategy/", "trace/", "indicator/")):
            html = rich_site.html(language, address)
            assert EVIL not in html, address
            assert html.count("<script") == html.count(MODULE), address
            reported += SAFE in html
    assert reported >= 7
    assert SAFE in rich_site.html("sv", PLAN)


def test_no_word_becomes_markup_in_a_drawing() -> None:
    columns = [
        timelines.Column(EVIL, [timelines.Box("1/a", EVIL, EVIL)], EVIL),
        timelines.Column("2", [], EVIL),
    ]
    drawn = timelines.lineage(columns, [timelines.Line("1/a", "1/a", "kept", EVIL)], f'{EVIL}"')
    drawn += timelines.timeline([timelines.Span(EVIL, 2020.0, None, [2021.5])], EVIL, EVIL)
    root = ET.fromstring(f"<x>{drawn}</x>")  # noqa: S314 - our own
    assert {found.tag.rpartition("}")[2] for found in root.iter()} <= {
        "x", "svg", "g", "rect", "text", "path", "polygon",
    }  # fmt: skip
    assert "script" in "".join(root.itertext())


def test_a_timeline_puts_what_is_known_where_it_belongs() -> None:
    # From 2020 to 2030, the years lie 50 apart from 24: 2025 is at 274. The first row is 34 + 70 down.
    spans = [timelines.Span("A", 2020.0, 2025.0), timelines.Span("B", None, 2029.999, [2022.5])]
    drawn = str(timelines.timeline(spans, "alt", "untimed"))
    assert '<polygon class="span" points="24,97 274,97 274,111 24,111"/>' in drawn
    assert 'class="named" points="149,' in drawn
    assert "untimed" not in drawn
    assert timelines.timeline([timelines.Span("A", None, None)], "alt", "untimed") == ""


@pytest.mark.parametrize(
    ("written", "late", "time"),
    [("2020", False, 2020.0), ("2020", True, 2021.0), ("2020-07", False, 2020.5), ("2020-06", True, 2020.5)],
)
def test_a_date_is_as_exact_as_its_source(written: str, late: bool, time: float) -> None:
    assert _time(written, late=late) == pytest.approx(time)


def test_the_follow_up_begins_with_what_there_is_to_do(site: Site) -> None:
    items = site.page("sv", "strategy/followup/").context["to_do"]
    found = site.followup.indicators
    texts = [item.text for item in items]
    assert texts[0] == f"{len(found)} indikatorer följs"
    ownerless = sum(indicator.owner is None for indicator in found.values())
    assert ownerless > 0
    # All of them, so it is said in words.
    assert ownerless == len(found)
    assert "Ingen ägare är utsedd" in texts
    # Every focus area has an indicator, if only a proposed one.
    assert not any(text.startswith("Fokusområden utan indikator") for text in texts)
    assert "9 namn saknas bland de beslutade indikatorerna" in texts
    # Each but what is done says how it is mended.
    assert all(item.how for item in items[1:])
    html = site.html("sv", "strategy/followup/")
    assert all(f'id="{item.target[1:]}"' in html for item in items)
