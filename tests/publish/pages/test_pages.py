"""What pages say: sentences, and words and names that would do harm."""

import csv
import io
import re
import shutil
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from storregion.core import group
from storregion.core.errors import SettingError
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.publish.rendering import BareNumberError, filled
from storregion.publish.site import Site

SPACE = "\u00a0"
HEAD = 'title = { sv = "Prov", en = "Trial" }\nabout = { sv = "Prov.", en = "Trial." }\n'
EVIL = '=HYPERLINK("http://x")<script>alert(1)</script>'
LATEST = {"1060": 13000, "1080": 66301, "1081": 28741, "1082": 31751, "1083": 17430}


def lead(html: str) -> str:
    """The text of a place's first paragraphs, as read."""
    found = html[html.index("<h1>") : html.index('<aside class="locator"')]
    text = unescape(re.sub(r"<sup.*?</sup>|<[^>]*>", "", found))
    return re.sub(r"[ \n]+", " ", text)


def reported(small: Path, store: Path, place: str, language: Language, **persons: int | None) -> str:
    """What the page of a place says when municipalities had other populations in 2024; None is missing."""
    edits = ""
    for code, number in persons.items():
        edits += f'[[edits]]\ntable = "population"\nwhere = {{ municipality = "{code[1:]}", year = 2024 }}\n'
        edits += "remove = true\n" if number is None else f"set = {{ persons = {number} }}\n"
        edits += 'because = { sv = "Prov.", en = "Trial." }\n'
    (small / "scenarios").mkdir(exist_ok=True)
    (small / "scenarios" / "trial.toml").write_text(HEAD + edits, "utf-8")
    work = Workspace(small, store, "trial")
    work.build()
    return lead(open_site(work).html(language, f"place/{place}/"))


# Olofström had 13 391 residents in 2005 and 13 000 in 2024; Karlskrona 61 383 and 66 301.
@pytest.mark.parametrize(
    ("place", "language", "said"),
    [
        (
            "1060",
            "sv",
            "Befolkningen i Olofström minskade med 391 invånare, eller 2,9 %, mellan 2005 och 2024.",
        ),
        ("1060", "en", "The population of Olofström fell by 391 residents, or 2.9%, between 2005 and 2024."),
        (
            "1080",
            "sv",
            "Befolkningen i Karlskrona växte med 4 918 invånare, eller 8,0 %, mellan 2005 och 2024.",
        ),
        (
            "1080",
            "en",
            "The population of Karlskrona grew by 4,918 residents, or 8.0%, between 2005 and 2024.",
        ),
    ],
)
def test_a_place_tells_how_it_has_changed(
    small_site: Site, place: str, language: Language, said: str
) -> None:
    text = lead(small_site.html(language, f"place/{place}/"))
    assert said in text.replace(SPACE, " ")
    # No number is ever parted from its unit or its thousands by a line break.
    assert not re.search(r"\d \d{3}\b|\d %|\d invånare|\d residents", text)


@pytest.mark.parametrize(
    ("language", "same", "missing"),
    [
        ("sv", "Befolkningen i Olofström var lika stor 2005 och 2024.", "kan inte anges: saknas."),
        ("en", "The population of Olofström was the same in 2005 and 2024.", "cannot be given: missing."),
    ],
)
def test_a_place_tells_when_nothing_changed_and_when_it_is_not_known(
    small: Path, store: Path, language: Language, same: str, missing: str
) -> None:
    assert same in reported(small, store, "1060", language, _1060=13391)
    for place in ("1060", "blekinge-test"):
        text = reported(small, store, place, language, _1060=None)
        assert missing in text
        assert not re.search(r"växte|minskade|grew|fell", text)


@pytest.mark.parametrize(
    ("language", "shrank", "slower", "faster"),
    [
        ("sv", "Resten av Blekinge på prov minskade, ", "växte långsammare, ", "växte snabbare, "),
        ("en", "The rest of Blekinge on trial shrank, ", "grew more slowly, ", "grew faster, "),
    ],
)
def test_a_place_is_held_against_the_rest_of_its_group(
    small: Path, store: Path, language: Language, shrank: str, slower: str, faster: str
) -> None:
    fewer = {f"_{code}": number - 2000 for code, number in LATEST.items() if code != "1080"}
    text = reported(small, store, "1080", language, _1080=80000, **fewer)
    assert shrank in text
    # The verb says that it fell; a minus would say that it rose.
    assert "\u2212" not in text[text.index(shrank) :]
    assert slower in reported(small, store, "1080", language, _1080=80000)
    assert faster in reported(small, store, "1060", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_that_shrinks_has_no_shares_of_growth(small: Path, store: Path, language: Language) -> None:
    fewer = {f"_{code}": number - 3000 for code, number in LATEST.items()}
    text = reported(small, store, "blekinge-test", language, **fewer)
    assert {"sv": "minskade med", "en": "fell by"}[language] in text
    text = reported(small, store, "1080", language, **fewer)
    assert {"sv": "av tillväxten", "en": "of the growth"}[language] not in text
    site = open_site(Workspace(small, store, "trial"))
    for address in site.makers:
        assert "<h1>" in site.html(language, address)


def test_a_municipality_called_as_its_group_keeps_a_line_of_its_own(small: Path, store: Path) -> None:
    path = small / "figures" / "municipalities.csv"
    path.write_text(path.read_text("utf-8").replace("1080,Karlskrona", "1080,Blekinge"), "utf-8")
    picture = open_site(Workspace(small, store)).page("sv", "place/1080/").views["ages"].picture
    assert picture is not None
    assert picture.spec is not None
    spec: Any = picture.spec(680)
    assert len({row["series"] for row in spec["data"]["values"]}) == 4


# Templates


def shown(site: Site, source: str, **context: object) -> str:
    """A template of our own, through the environment that the portal uses."""
    template = site._environment("en").from_string(source)
    return template.render(path="en/", **context)


@pytest.mark.parametrize("number", [5, 5.5, 0, -1, float("nan")])
def test_a_bare_number_is_never_printed(small_site: Site, number: float) -> None:
    with pytest.raises(BareNumberError, match="bare number; publish it as a figure"):
        shown(small_site, "There are {{ number }}.", number=number)
    with pytest.raises(BareNumberError):
        shown(small_site, "{{ sentence('level', place='x', persons=number, year=number) }}", number=number)


def test_a_figure_is_printed_where_a_bare_number_is_not(small_site: Site) -> None:
    figure = small_site.workspace.figure("growth", "persons", place="1080", year=2024)
    text = shown(small_site, "There are {{ figure }}.", figure=figure)
    assert f">66,301{SPACE}residents</data></a>." in text
    assert 'href="trace/growth/#persons"' in text


def test_a_word_missing_for_a_template_is_an_error(small_site: Site) -> None:
    with pytest.raises(Exception, match="'nothing' is undefined"):
        shown(small_site, "{{ nothing }}")


def test_words_are_escaped_and_braces_are_not_run() -> None:
    words = "<b>{name}</b> {name!r} {name.__class__} {} { name }"
    text = filled(words, {"name": "<i>"}, "en", "en/")
    assert text == "&lt;b&gt;&lt;i&gt;&lt;/b&gt; {name!r} {name.__class__} {} { name }"
    with pytest.raises(SettingError, match=r"names \{nmae\}; did you mean 'name'"):
        filled("{nmae}", {"name": "x"}, "en", "en/")
    with pytest.raises(BareNumberError):
        filled("{name}", {"name": 5}, "en", "en/")


# Harm


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, bundled: Workspace) -> Site:
    """The bundled group with a municipality, an indicator and a publisher that mean harm."""
    folder = Path(shutil.copytree(group.bundled(), tmp_path_factory.mktemp("group") / "oms"))
    quoted = EVIL.replace('"', '""')

    def change(file: str, right: str, wrong: str) -> None:
        content = (folder / file).read_text("utf-8")
        assert right in content
        (folder / file).write_text(content.replace(right, wrong, 1), "utf-8")

    change("figures/municipalities.csv", "0380,Uppsala,", f'0380,"{quoted}",')
    change(
        "figures/sources.csv",
        "municipalities.csv,Statistiska centralbyrån (SCB)",
        f'municipalities.csv,"{quoted}"',
    )
    own = 'lies outside the municipality",,'
    change("figures/sources.csv", f"{own}Statistics Sweden (SCB),", f'{own}"{quoted}",')
    change(
        "indicators/population_growth.toml",
        'en = "Between {previous_year} and {year} the population',
        f"en = '{EVIL} {{value!r}}'\n#",
    )
    # One scenario stands for all: their pages are of one kind.
    for path in (folder / "scenarios").glob("*.toml"):
        if path.stem != "ostlanken":
            path.unlink()
    change("group.toml", 'en = "eastern central Sweden"', f"en = '{EVIL}'")
    return open_site(Workspace(folder, bundled.store.folder))


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_or_text_becomes_markup(hostile: Site, language: Language) -> None:
    reported = 0
    # Of a kind of page, one in five, and those of the place and the table that bear the name.
    kinds: dict[str, list[str]] = {}
    for address in hostile.makers:
        kinds.setdefault(address.partition("/")[0], []).append(address)
    own = [address for address in hostile.makers if "0380" in address or "municipalities" in address]
    for address in {address for kind in kinds.values() for address in kind[::5]}.union(own):
        html = hostile.html(language, address)
        assert html.count("<script") == html.count('<script type="module" src="../')
        assert 'HYPERLINK("' not in html
        reported += "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert reported > 100


def test_a_headline_is_words_and_nothing_else(hostile: Site) -> None:
    html = hostile.html("en", "indicator/population_growth/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {value!r}" in html


def test_no_name_becomes_markup_in_a_picture(hostile: Site) -> None:
    shown = 0
    for path in (
        "place/0380/ages.svg",
        "place/0380/population.narrow.svg",
        "indicator/population_growth/map.svg",
    ):
        root = ET.fromstring(hostile.answer(f"sv/{path}").body)  # noqa: S314 - our own file
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert "script" not in names
        assert "a" not in names
        words = [*root.itertext(), *(value for element in root.iter() for value in element.attrib.values())]
        shown += any("<script>" in text for text in words)
    assert shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "file",
    ["study/growth/municipalities", "indicator/population_growth/map"],
)
def test_no_name_becomes_a_formula(hostile: Site, language: Language, file: str) -> None:
    whole = file.startswith("data/")
    start = "" if whole else f"{language}/"
    for ending, delimiter in [("csv", ","), ("excel.csv", ";")][: 1 if whole else 2]:
        text = hostile.answer(f"{start}{file}.{ending}").body.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "@", "+", "\t", "\r"))] == []
        assert "'" + EVIL in cells
    book = openpyxl.load_workbook(io.BytesIO(hostile.answer(f"{start}{file}.xlsx").body))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in found} <= {"n", "s"}
    assert [cell for cell in found if cell.hyperlink is not None] == []
    assert EVIL in [cell.value for cell in found]
