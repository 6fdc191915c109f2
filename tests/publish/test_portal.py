"""The portal put together: pages, studies and sections are found by what modules define."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from storregion import studies
from storregion.core.language import LANGUAGES, Language
from storregion.core.words import study_words
from storregion.publish import pages, portal
from storregion.publish.parts import Section
from storregion.publish.portal import page_modules, parts
from storregion.publish.site import Parts, Site

OFFERED = {"addresses", "study", "place_sections", "place_tiles"}
NEW = """
from storregion.publish.parts import Page, Section, StudyPart

def addresses(site):
    return {"new/": lambda site, language: Page("frozen.html", "New", {})}

def study(site, language):
    return StudyPart()

def place_sections(site, language, row):
    return [Section("new", "New", ())]

def map_layers(site, language):
    return []
"""


def test_every_module_of_pages_offers_something() -> None:
    found = page_modules(pages)
    assert len(found) > 30
    assert [name for name, module in found.items() if not OFFERED & vars(module).keys()] == []


def test_a_page_module_that_offers_a_study_bears_its_name() -> None:
    assert parts().studies.keys() - study_words(studies).keys() == set()


def test_a_new_module_is_found_without_an_edit_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new_pages").mkdir()
    (tmp_path / "new_pages" / "__init__.py").write_text("", "utf-8")
    (tmp_path / "new_pages" / "energy.py").write_text(NEW, "utf-8")
    (tmp_path / "new_pages" / "without.py").write_text("from new_pages.energy import study\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = ModuleType("new_pages")
    package.__path__ = [str(tmp_path / "new_pages")]
    monkeypatch.setattr(portal, "pages", package)
    parts.cache_clear()
    try:
        found = parts()
    finally:
        parts.cache_clear()
        for name in [name for name in sys.modules if name.startswith("new_pages")]:
            del sys.modules[name]
    # What a module only imports is not its own.
    assert list(found.studies) == ["energy"]
    assert (len(found.addresses), len(found.sections), len(found.layers)) == (1, 1, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_without_a_module_has_its_tables_shown(site: Site, language: Language) -> None:
    assert "mean_times" not in site.parts.studies
    page = site.page(language, "study/mean_times/")
    view = page.views["mean_times"]
    assert view.frame.height == 20
    assert view.title.startswith(site.workspace.schemas["mean_times"].title[language])
    assert view.note is not None
    html = site.html(language, "study/mean_times/")
    # Codes are in words, and lead to their places.
    assert html.count(f'place/{view.frame["node"][0]}/"') > 0
    assert {"morning": {"sv": "morgon", "en": "morning"}}["morning"][language] in html


def test_a_section_of_another_module_stands_on_a_place(site: Site) -> None:
    def sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
        return [Section("energy", "El & värme", context={"lead": "Ett nytt ämne."})]

    more = Parts(site.parts.addresses, {}, (sections,), site.parts.exports)
    html = Site(site.workspace, more).html("sv", "place/0380/")
    assert '<h2 id="energy">El &amp; värme</h2>' in html
    assert "<p>Ett nytt ämne.</p>" in html
