"""The bundled group's strategy: what is quoted stands in what was read, what is not known is said."""

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from storregion.core.workspace import Workspace
from storregion.strategy import followup, whole
from storregion.strategy.documents import fingerprint, stands

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")


@pytest.fixture(scope="module")
def found(bundled: Workspace) -> whole.Whole:
    return whole.read(bundled)


def test_seven_of_seven_have_adopted_without_dates(found: whole.Whole) -> None:
    adopted = found.strategy.adoptions[2025]
    assert adopted.said.en == "Adopted by 7 of 7"
    assert [adoption.date for adoption in adopted.adoptions] == [None] * 7
    assert all(adoption.why for adoption in adopted.adoptions)
    assert found.strategy.forum.meetings == {}
    assert found.strategy.forum.unknown


def test_every_element_of_the_latest_has_a_recorded_origin(found: whole.Whole) -> None:
    latest = [element for element in found.strategy.elements() if element.startswith("2025/")]
    assert len(latest) == 6
    assert [element for element in latest if not found.strategy.ancestors(element)] == []
    earlier = [element for element in found.strategy.elements() if element.startswith("2018/")]
    assert [element for element in earlier if not found.strategy.descendants(element)] == []


def test_nothing_is_decided_that_nobody_decided(found: whole.Whole) -> None:
    assert {held.state for held in found.links.links.values()} == {"proposed"}
    assert found.coherence is not None
    assert found.coherence.state == "proposed"
    regions = {found.strategy.documents[name].organisation for name in found.coherence.documents}
    assert len(regions) == 7
    assert found.coherence.agreement()["alpha"].absent == "not_applicable"
    assert {d.state for d in found.strategy.lineage} == {"proposed"}
    assert len(found.followup.sets["oms-2050"].slots) == 9
    assert {slot.indicator for slot in found.followup.sets["oms-2050"].slots.values()} == {None}


def test_no_indicator_is_judged_without_a_decided_direction(found: whole.Whole, bundled: Workspace) -> None:
    statuses = followup.statuses(found.followup, bundled)
    assert {status.verdict for status in statuses.values()} == {"undecided"}
    figures = followup.status_figures(found.followup, bundled, "population_growth")
    points = followup.points(found.followup.indicators["population_growth"], bundled)
    # Every year from the baseline on.
    assert [point.year for point in points if point.year >= 2002] == list(range(2002, 2025))
    assert figures["points"].value == 23


def read_texts() -> dict[str, str]:
    """What was read, by address or by file."""
    place = SHARED / "data" / "strategy" / "excerpts.jsonl"
    if not place.is_file():
        pytest.skip("the excerpts that were read are not here")
    texts: dict[str, str] = {}
    for line in place.read_text("utf-8").splitlines():
        item = json.loads(line)
        texts[item["url"]] = texts.get(item["url"], "") + "\n" + item["text"]
    editions = (SHARED / "data" / "strategy" / "editions.json").read_text("utf-8")
    for name, file in (("presentation-2025", "presentation_2025-09-23"), ("webbsida", "webpage")):
        texts[name] = (SHARED / "mission" / f"{file}.txt").read_text("utf-8")
    # The goal as the region of the east words it is told there with its address, not as an excerpt.
    texts["editions"] = editions
    return texts


def test_every_quote_stands_in_what_was_read(found: whole.Whole) -> None:
    texts = read_texts()
    strategy = found.strategy
    cited = [strategy.words(element) for element in strategy.elements()]
    quotes = [(q.text, q.document) for words in cited for q in (words, *words.variants)]
    quotes += [(q.text, q.document) for e in strategy.editions.values() for q in (*e.context, *e.titles)]
    # The title is that of the document published, not a line of a presentation.
    quotes.append((strategy.editions[2025].title.sv, strategy.editions[2025].document))
    quotes += [
        (q.text, q.document) for p in found.projects.projects.values() for q in (*p.sources, *p.results)
    ]
    quotes += [(s.text, d) for d, held in strategy.library.statements.items() for s in held.values()]

    def there(quote: str, document: str) -> bool:
        url = strategy.documents[document].url
        read = texts.get(document) or texts.get(url or "") or ""
        # A bullet or a closing full stop is the page's, not the statement's.
        plain = re.sub(r"[•\-] ", "", read)
        return any(stands(quote.rstrip("."), text) for text in (read, plain, texts["editions"]))

    assert [pair for pair in quotes if not there(*pair)] == []
    assert len(quotes) > 40


def test_the_form_of_a_fingerprint_is_fixed() -> None:
    """It is the SHA-256 of JSON; another form would call every edition and link changed."""
    wanted = hashlib.sha256(b'["a",["b","c d"]]').hexdigest()
    assert fingerprint("a", ("b", "c d")) == wanted
    assert fingerprint(" a", ("b\n", "c\n  d")) == wanted
    assert fingerprint("a", "b") != fingerprint("ab")
