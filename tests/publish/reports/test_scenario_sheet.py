"""A scenario on one page: it fits, holds to PDF/UA, says what the board says, and is linked with slides."""

import re
from pathlib import Path

import page
import pytest
from pypdf import PdfReader

from storregion.cli import main
from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.publish.reports import decks, offered, pdf, scenario_sheet
from storregion.publish.reports.model import Drawing, runs
from storregion.publish.scenario_effects import effects
from storregion.publish.site import Site


def said(site: Site, language: Language, name: str) -> str:
    """All the words of a sheet."""
    data = pdf.data(scenario_sheet.report(site, language, name))
    return re.sub(r"\s+", " ", " ".join(_texts(data)))


def _texts(found: object) -> list[str]:
    if isinstance(found, str):
        return [found]
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
    return [text for part in parts for text in _texts(part)]


def test_every_scenario_fits_one_page_without_breaking_a_rule_of_pdf_ua(site: Site, tmp_path: Path) -> None:
    for name in site.boards:
        content = pdf.written(scenario_sheet.report(site, "sv", name))
        (tmp_path / "sheet.pdf").write_bytes(content)
        assert len(PdfReader(tmp_path / "sheet.pdf").pages) == 1, name
        checked = page.validate_pdf_bytes(content, profile=page.ValidationProfile.PDF_UA_1)
        assert checked.failures == [], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["ostlanken", "bostadsprogram", "stockholm-still"])
def test_the_sheet_says_what_the_board_says(site: Site, language: Language, name: str) -> None:
    text, other = said(site, language, name), site.scenario(name)
    for effect in effects(site, language, other, "").values():
        for large, words in effect.answers:
            assert f"{large.striptags()}: {words}".replace("\u00a0", " ") in text.replace("\u00a0", " ")
    assert other.scenario.about[language] in text
    for caveat in other.scenario.caveats:
        assert caveat[language] in text
    assert {"sv": "Källa: ", "en": "Source: "}[language] in text


def test_a_picture_is_described_for_those_who_cannot_see_it(site: Site) -> None:
    report = scenario_sheet.report(site, "sv", "ostlanken")
    drawn = [block for block in report.blocks if isinstance(block, Drawing)]
    assert len(drawn) == 2
    assert "Stockholm–Linköping: 122" in drawn[0].alt
    assert drawn[1].alt.startswith(
        "Ändrat antal invånare inom 60 minuter med tåg och tunnelbana. Nyköping: cirka "
    )
    assert all(block.svg.startswith("<svg") and "<style>" in block.svg for block in drawn)


def test_a_scenario_that_does_not_exist_is_named(site: Site) -> None:
    with pytest.raises(CallError, match="'ostlank' does not exist; did you mean 'ostlanken'"):
        scenario_sheet.report(site, "sv", "ostlank")


def test_the_board_leads_to_its_files(site: Site) -> None:
    html = site.html("sv", "scenario/ostlanken/")
    for file, start in (
        ("scenario-ostlanken-sv.pdf", b"%PDF"),
        ("slides-scenario-ostlanken-sv.pptx", b"PK"),
    ):
        assert f'href="{file}" download' in html
        assert site.answer(f"sv/scenario/ostlanken/{file}").body.startswith(start)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_leads_to_its_slides_where_reports_are_made_on_it(site: Site, language: Language) -> None:
    for code, there in (("0381", True), ("03", True), ("uppsala", False)):
        links = re.findall(r'href="([^"]+\.pptx)"', site.html(language, f"place/{code}/"))
        assert len(links) == there
        if there:
            assert site.answer(f"{language}/place/{code}/{links[0]}").body.startswith(b"PK")


def test_a_focus_area_leads_to_its_slides_in_the_edition_in_force_alone(site: Site) -> None:
    latest = site.strategy.latest
    assert latest is not None
    for year in site.strategy.editions:
        html = site.html("sv", f"strategy/{year}/")
        files = re.findall(r'href="(slides-focus-[\w-]+-sv\.pptx)"', html)
        assert len(files) == (len(latest.focus) + bool(latest.goal) if year == latest.year else 0)
        for file in files[:1]:
            assert site.answer(f"sv/strategy/{year}/{file}").body.startswith(b"PK")


@pytest.mark.parametrize("job", [("place", "0381"), ("focus", "goal"), ("scenario", "bostadsprogram")])
def test_a_deck_offered_is_named_as_it_is_written(site: Site, job: tuple[str, str]) -> None:
    assert list(offered.slides(site, "en", job)) == [f"{decks.made(site, 'en', job).name}.pptx"]


def test_slides_on_homes_show_people_and_no_times(site: Site) -> None:
    deck = decks.made(site, "sv", ("scenario", "bostadsprogram"))
    charts = [slide.chart for slide in deck.slides if slide.chart]
    assert [chart.unit for chart in charts] == ["persons"]
    assert "Uppsala" in charts[0].categories
    title = "".join(run.text for run in runs(deck.slides[0].title, "sv")).replace("\u00a0", " ")
    assert title.startswith("Cirka 26 000 fler invånare i Uppsala 2050")


def test_the_command_writes_the_sheet_and_the_slides(site: Site, tmp_path: Path) -> None:
    words = ["--store", str(site.workspace.store.folder), "report", "scenario", "oslo-sthlm"]
    assert main([*words, "--to", str(tmp_path)]) == 0
    # This scenario's description is longer than a property of a file may be.
    assert main([*words, "--pptx", "--to", str(tmp_path)]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"scenario-oslo-sthlm-sv.pdf", "scenario-oslo-sthlm-sv.pptx"}
