import csv
import io
import math
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion import cli
from storregion.core import group
from storregion.core.errors import CallError, SettingError
from storregion.strategy import editions, plans, stems, suggestions
from storregion.strategy.documents import Document
from storregion.strategy.suggestions import LENGTH, SATURATION, Index

WORDS = """\
edition = 2030
ignored = ["utveckla"]
[focus]
rail = ["tåg", "järnväg", "knyta samman"]
power = ["el", "elnät", "vindkraft"]
"""
EDITION = """
year = 2030
title = { sv = "Utgåva", en = "Edition" }
document = "plan"
[goal]
text = "Mål"
translation = "Goal"
document = "plan"
[focus.rail]
label = { sv = "Spår", en = "Rail" }
words = { text = "Utveckla spåren", translation = "Rail", document = "plan" }
[focus.power]
label = { sv = "Kraft", en = "Power" }
words = { text = "Utveckla kraften", translation = "Power", document = "plan" }
"""


@pytest.fixture
def folder(small: Path) -> Path:
    place = small / "strategy"
    place.mkdir(exist_ok=True)
    (place / "documents.toml").write_text('[plan]\ntitle = "Plan"\npublisher = "Regionen"\n', "utf-8")
    (place / "2030.toml").write_text(EDITION, "utf-8")
    (place / "subject_words.toml").write_text(WORDS, "utf-8")
    return small


@pytest.fixture(scope="module")
def ready() -> Index:
    """The index of the bundled group."""
    return suggestions.index(group.bundled())


def first(ready: Index, text: str) -> str | None:
    found = ready.suggest([text])[0]
    return found[0].element if found else None


def test_weights_are_bm25_s() -> None:
    found = suggestions.weighted({"a": ["tåg", "spår"], "b": ["tåg", "el", "el", "nät"]})
    # 2 areas, of 2 and 4 terms, 3 on average. "spår" is in 1 of them: idf ln(1 + 1.5/1.5) = ln 2.
    # a: k1 (1 − b + b·2/3) = 1.2 (0.7 + 0.2) = 1.08; weight ln 2 · 1 · 2.2 / (1 + 1.08) = 0.73313
    assert found.weights[found.rows["spår"]].tolist() == pytest.approx([0.73313, 0], abs=1e-5)
    # b: 1.2 (0.7 + 0.4) = 1.32; "el" twice: ln 2 · 2 · 2.2 / (2 + 1.32) = 0.91863
    assert found.weights[found.rows["el"]].tolist() == pytest.approx([0, 0.91863], abs=1e-5)
    # "tåg" is in both: idf ln(1 + 0.5/2.5) = 0.18232; 0.18232 · 2.2 / 2.08 and / 2.32
    assert found.weights[found.rows["tåg"]].tolist() == pytest.approx([0.19284, 0.17289], abs=1e-5)


TERMS = st.lists(st.sampled_from(["tåg", "spår", "el", "nät", "väg", "hus"]), max_size=8)


@given(st.lists(TERMS, min_size=1, max_size=5), st.lists(TERMS.map(" ".join), max_size=5))
def test_scores_are_those_of_a_slow_sum(areas: list[list[str]], texts: list[str]) -> None:
    found = suggestions.weighted({str(at): terms for at, terms in enumerate(areas)})
    mean = max(sum(map(len, areas)) / len(areas), 1)
    for text, row in zip(texts, found.scores(texts), strict=True):
        for terms, score in zip(areas, row, strict=True):
            slow = 0.0
            for word in set(text.split()):
                holding = sum(word in area for area in areas)
                tf = Counter(terms)[word]
                idf = math.log(1 + (len(areas) - holding + 0.5) / (holding + 0.5))
                slow += (
                    idf
                    * tf
                    * (SATURATION + 1)
                    / (tf + SATURATION * (1 - LENGTH + LENGTH * len(terms) / mean))
                )
            assert score == pytest.approx(slow)


@pytest.mark.parametrize(
    ("text", "element", "because"),
    [
        ("Nya tågen går.", "2030/rail", ("tågen",)),
        ("Spårtrafiken ska öka.", "2030/rail", ("spårtrafiken",)),
        ("Elnätens kapacitet", "2030/power", ("elnätens",)),
        ("Orterna ska knytas samman i länet.", "2030/rail", ("knytas samman",)),
        # two words of one entry stand side by side or count for nothing
        ("Orterna ska samman och knytas.", None, ()),
        ("Vi vill knyta samman orterna.", "2030/rail", ("knyta samman",)),
        # the strategy's own words, but not what is ignored in them
        ("Kraften finns.", "2030/power", ("kraften",)),
        ("Vi ska utveckla skolan.", None, ()),
        ("", None, ()),
    ],
)
def test_words_speak_for_their_area(
    folder: Path, text: str, element: str | None, because: tuple[str, ...]
) -> None:
    ready = suggestions.index(folder)
    found = ready.suggest([text])[0]
    assert (found[0].element if found else None) == element
    assert (found[0].because if found else ()) == because


def test_at_most_two_areas_are_suggested_the_strongest_first(ready: Index) -> None:
    text = "Bostäder, markanvändning och förtätning samt bredband, energi och hamnar."
    (found,) = ready.suggest([text])
    assert len(found) == suggestions.MOST_SUGGESTIONS == 2
    assert found[0].element == "2025/settlement"
    assert found[0].score > found[1].score > 0
    row = ready.scores([text])[0]
    assert [hint.score for hint in found] == np.sort(row)[::-1][:2].tolist()


def test_the_adopted_words_lead_to_their_own_area(ready: Index) -> None:
    latest = editions.read(group.bundled()).latest
    assert latest is not None
    for name, focus in latest.focus.items():
        assert first(ready, focus.words.text) == f"2025/{name}"


@pytest.mark.parametrize(
    ("text", "element"),
    [
        # Of the compounds none is a subject word as it stands.
        ("Fiberutbyggnaden på landet är klar.", "2025/digital"),
        ("Vindkraftsparker kräver samråd.", "2025/energy"),
        ("Hamnkapaciteten är begränsad.", "2025/external-links"),
        ("Bostads- och lokalförsörjningsprogram tas fram.", "2025/settlement"),
        ("Pendlingstiderna är långa.", "2025/node-links"),
        ("Barn har rätt till kultur.", None),
    ],
)
def test_compounds_lead_to_an_area(ready: Index, text: str, element: str | None) -> None:
    assert first(ready, text) == element


def test_a_name_of_the_group_tells_nothing(ready: Index) -> None:
    assert ready.suggest(["Östra Mellansverige och ÖMS."]) == [()]


def test_suggestions_do_not_depend_on_other_texts(ready: Index) -> None:
    texts = ["Bygg bostäder.", "Rusta järnvägen.", "", "Mer bredband."]
    assert ready.suggest(texts) == [ready.suggest([text])[0] for text in texts]
    assert ready.suggest([]) == []


@given(st.text(max_size=300))
def test_any_text_can_be_asked_about(text: str) -> None:
    (found,) = suggestions.index(group.bundled()).suggest([text])
    assert len(found) <= 2
    assert all(math.isfinite(hint.score) and hint.score > 0 and hint.because for hint in found)


# ---- the file of subject words


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rail =", "rial =", "has no focus area 'rial'; did you mean 'rail'"),
        ("edition = 2030", "edition = 2025", "edition of 2025, the latest is of 2030; go through"),
        ("ignored =", "ignore =", "unknown key 'ignore'; did you mean 'ignored'"),
        ('"järnväg"', '"järnväg", "järnvägarna"', "rail: 'järnvägarna' has the same stem as 'järnväg'"),
        ('"järnväg"', '"utvecklar", "järnväg"', "same stem as 'utveckla' in 'ignored'; choose"),
        ('"järnväg"', '""', "rail: '' is not a word"),
        ('"järnväg"', '"2030"', "rail: '2030' is not a word"),
        ('"järnväg"', '"a b c"', "rail: 'a b c' is not a word or two words side by side"),
        ('"järnväg"', "7", "Expected `str`"),
    ],
)
def test_subject_words_are_read_strictly(folder: Path, old: str, new: str, says: str) -> None:
    path = folder / "strategy" / "subject_words.toml"
    path.write_text(WORDS.replace(old, new), "utf-8")
    with pytest.raises(SettingError) as caught:
        suggestions.index(folder)
    assert says in str(caught.value)
    assert "subject_words.toml" in str(caught.value)


def test_a_group_without_words_or_strategy_is_reported(folder: Path) -> None:
    (folder / "strategy" / "subject_words.toml").unlink()
    with pytest.raises(CallError, match="without subject words nothing is suggested"):
        suggestions.index(folder)
    shutil.rmtree(folder / "strategy")
    with pytest.raises(CallError, match="no latest edition with focus areas"):
        suggestions.index(folder)


def test_the_fingerprint_changes_with_words_and_not_with_their_order(folder: Path) -> None:
    before = suggestions.index(folder).fingerprint
    path = folder / "strategy" / "subject_words.toml"
    path.write_text("# a remark\n" + WORDS.replace('"tåg", "järnväg"', '"järnväg", "tåg"'), "utf-8")
    assert suggestions.index(folder).fingerprint == before
    path.write_text(WORDS.replace('"järnväg"', '"järnväg", "buss"'), "utf-8")
    assert suggestions.index(folder).fingerprint != before


def test_the_fingerprint_changes_with_how_words_are_cut(
    ready: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = suggestions.index(group.bundled()).fingerprint
    monkeypatch.setattr(stems, "parts", lambda word, known: [])
    assert suggestions.index(group.bundled()).fingerprint != before


# ---- of a plan


def test_the_command_prints_suggestions(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.txt"
    file.write_text('=HYPERLINK("x") tågen går varje dag.\n• @barn ska gå i skolan', "utf-8")
    plan = plans.add(folder, file, "plan-x", Document("T", "P"))
    found = suggestions.suggested(folder, plan)
    assert [one.statement for one in found] == list(plan.statements)
    assert [[hint.element for hint in one.suggestions] for one in found] == [["2030/rail"], []]
    call = ["--group", str(folder), "plan", "suggest", "--document", "plan-x"]
    assert cli.main([*call, "--csv"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    # No cell begins as a formula does.
    assert [row["quote"][:2] for row in rows] == ["'=", "'@"]
    assert (rows[0]["page"], rows[0]["area_1"], rows[0]["because_1"]) == ("1", "2030/rail", "tågen")
    assert (rows[1]["area_1"], rows[1]["score_1"], rows[0]["area_2"]) == ("", "", "")
    assert "has not been measured" in err
    assert cli.main(call) == 0
    out = capsys.readouterr().out
    assert "2030/rail" in out
    assert "has not been confirmed" in out
    assert "A person decides on every link." in out
    assert cli.main([*call[:-1], "plan-y"]) == 2
