import re
from collections.abc import Callable
from pathlib import Path

import pytest

from storregion.cli import main
from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.strategy import plans
from storregion.strategy.coherence import CAVEAT, CODES, Cell, Coding
from storregion.strategy.documents import Document, fingerprint
from storregion.strategy.links import ROLES, STATES
from storregion.strategy.whole import Whole

Read = Callable[[], tuple[Workspace, Whole]]
Spoil = Callable[[str, str, str], None]
AS_WRITTEN = {
    "rail": "covers",
    "power": "proposed",
    "homes": "proposed",
    "measure": "proposed",
    "study": "rejected",
}


def states(read: Read) -> dict[str, str]:
    return {name: held.state for name, held in read()[1].links.links.items()}


def test_the_state_of_a_link_follows_from_decision_and_texts(read: Read) -> None:
    assert states(read) == AS_WRITTEN
    found = read()[1].links
    assert set(found.of("2030/rail")) == {"rail", "homes", "study"}
    assert list(found.to("document/rus")) == ["rail", "power"]
    assert list(found.to("document/rus/rail")) == ["rail"]
    assert list(found.to("project/study")) == ["study"]
    assert {held.state for held in found.links.values()} <= STATES.keys()
    assert {held.link.role for held in found.links.values()} <= ROLES.keys()


@pytest.mark.parametrize(
    ("file", "right", "wrong", "suspect", "stands"),
    [
        # One word of a statement, of a stored text outside and inside the quote, of an indicator.
        ("strategy/statements.toml", "Regionen bygger", "Region bygger", "rail", True),
        ("strategy/texts/op.txt", "Vägen", "Gatan", "homes", True),
        ("strategy/texts/op.txt", "bostäder", "hus", "homes", False),
        ("indicators/rate.toml", "Takten.", "Fart.", "measure", True),
        ("strategy/2020.toml", "Fler vägar", "Fler gator", None, True),
    ],
)
def test_one_word_changed_makes_exactly_its_links_suspect(
    spoil: Spoil, read: Read, file: str, right: str, wrong: str, suspect: str | None, stands: bool
) -> None:
    spoil(file, right, wrong)
    assert states(read) == AS_WRITTEN | ({suspect: "suspect"} if suspect else {})
    if suspect:
        held = read()[1].links.links[suspect]
        assert (held.changed, held.quote_stands) == (("other",), stands)


def test_a_changed_quote_is_suspect_too(spoil: Spoil, read: Read) -> None:
    spoil("strategy/statements.toml", "Elen ska räcka.", "Elen kan räcka.")
    assert states(read) == AS_WRITTEN | {"power": "suspect"}
    found = read()[1]
    assert not found.links.links["power"].quote_stands
    # The matrix quotes the same words, twice.
    assert found.suspects() == [
        "link power",
        "coding of rus on 2030/power by one",
        "coding of rus on 2030/power by two",
    ]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "suspect"),
    [
        # A word outside every quote, one inside one of two quotes, and one of a text coded 0.
        ("strategy/statements.toml", "Regionen bygger", "Region bygger", ["rus on 2030/rail"] * 2),
        ("strategy/statements.toml", "mellan städerna", "mellan orterna", ["rus on 2030/rail"] * 2),
        ("strategy/texts/op.txt", "Vägen", "Gatan", ["op on 2030/power"]),
        ("strategy/documents.toml", "RUS", "RUS 2", []),
    ],
)
def test_one_word_changed_makes_exactly_its_codings_suspect(
    spoil: Spoil, read: Read, file: str, right: str, wrong: str, suspect: list[str]
) -> None:
    assert read()[1].suspects() == []
    spoil(file, right, wrong)
    matrix = read()[1].coherence
    assert matrix is not None
    assert [f"{coding.document} on {coding.element}" for coding in matrix.suspects()] == suspect
    # What was coded stays as it was coded, marked.
    assert matrix.cell("rus", "2030/power").code == "2"


def test_a_new_coding_of_words_that_never_stood_there_is_refused(
    rich: Path, spoil: Spoil, read: Read
) -> None:
    # With today's fingerprint, and with none.
    spoil("strategy/coherence.toml", 'quote = "spåren mellan städerna"', 'quote = "vägarna"')
    with pytest.raises(SettingError, match=r"\(coding 1\): 'vägarna' does not stand in 'rus'"):
        read()
    path = rich / "strategy/coherence.toml"
    path.write_text(re.sub(r'\w+_fingerprint = "\w+"\n', "", path.read_text("utf-8")), "utf-8")
    with pytest.raises(SettingError, match=r"\(coding 1\): 'vägarna' does not stand in 'rus'"):
        read()
    spoil("strategy/coherence.toml", 'quote = "vägarna"', 'quote = "spåren mellan städerna"')
    with pytest.raises(SettingError, match=r"\(coding 1\): when both texts have been read, write element_f"):
        read()


def test_check_counts_and_names_what_is_suspect(
    rich: Path, spoil: Spoil, pattern: tuple[dict[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--group", str(rich), "--store", str(pattern[1]), "check"]
    assert main(words) == 0
    assert "are as they should be.\n" in capsys.readouterr().out
    spoil("strategy/texts/op.txt", "bostäder", "hus")
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "as they should be, except for 2 suspect." in shown
    assert shown.endswith("  link homes\n  coding of op on 2030/power by one\n")


def test_how_lines_are_broken_is_no_change(spoil: Spoil, read: Read) -> None:
    spoil("strategy/texts/op.txt", "bostäder\nvid", "bostäder  vid\n")
    assert states(read) == AS_WRITTEN


def test_a_rejected_link_stays_rejected(spoil: Spoil, read: Read) -> None:
    spoil("projects/study.toml", "Om spår.", "Om räls.")
    assert states(read) == AS_WRITTEN


def test_words_of_an_element_that_nobody_adopted_may_change(rich: Path, spoil: Spoil, read: Read) -> None:
    (rich / "strategy/adoptions/2030.toml").unlink()
    spoil("strategy/2030.toml", "Fler spår", "Färre spår")
    assert states(read) == AS_WRITTEN | {"rail": "suspect", "homes": "suspect"}
    assert read()[1].links.links["rail"].changed == ("element",)


def test_a_link_whose_other_end_is_gone_is_orphaned(rich: Path, read: Read) -> None:
    (rich / "strategy/texts/op.txt").unlink()
    assert states(read) == AS_WRITTEN | {"homes": "orphaned"}


def test_a_new_link_to_what_never_was_is_refused(rich: Path, read: Read) -> None:
    links = rich / "strategy/links/all.toml"
    text = links.read_text("utf-8").replace('statement = "power"', 'statement = "pwer"')
    start = text.index("[power]")
    links.write_text(
        text[:start] + re.sub(r'other_fingerprint = "\w+"\n', "", text[start:], count=1), "utf-8"
    )
    with pytest.raises(
        SettingError, match=r"line 16 \(power\): there is no statement 'pwer' of 'rus'; did you mean 'power'"
    ):
        read()


def test_a_plan_that_was_read_can_be_quoted(rich: Path, read: Read, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text("Vi ska bygga bostäder nära stationer.\nKraften ska räcka till alla.", "utf-8")
    plan = plans.add(rich, file, "plan-2040", Document("Plan 2040", "Regionen"))
    statement = plan.statements[0]
    link = f"""
[homes-2040]
element = "2030/rail"
role = "mentions"
document = "plan-2040"
statement = "{statement.id}"
quote = "bostäder nära stationer"
author = "Gruppen"
owner = "region"
date = 2030-03-01
element_fingerprint = "{fingerprint("Fler spår")}"
other_fingerprint = "{statement.fingerprint}"
"""
    (rich / "strategy/links/plan.toml").write_text(link, "utf-8")
    assert states(read) == AS_WRITTEN | {"homes-2040": "proposed"}
    where = plans.place(rich, "plan-2040")
    # A statement of a plan is known by its words: other words are another statement, and the old one is gone.
    where.write_text(where.read_text("utf-8").replace("bygga bostäder", "rita bostäder"), "utf-8")
    assert states(read) == AS_WRITTEN | {"homes-2040": "orphaned"}


def test_the_matrix_tells_codes_disputes_and_gaps(read: Read) -> None:
    found = read()[1].coherence
    assert found is not None
    assert found.elements == ("2030/rail", "2030/power")
    # 3 and 2 on rail are a dispute; 2 and 2 on power are not; nobody has coded the council's plan on rail.
    assert (found.cell("rus", "2030/rail").code, found.cell("rus", "2030/rail").disputed) == (None, True)
    assert found.cell("rus", "2030/power").code == "2"
    assert found.cell("op", "2030/rail") == Cell()
    assert found.cell("op", "2030/power").code == "0"
    assert found.gaps(["region", "council"]) == [("council", "2030/rail"), ("council", "2030/power")]
    assert list(found.region("council", "2030/rail")) == ["op"]


def test_agreement_is_given_as_figures(read: Read) -> None:
    found = read()[1].coherence
    assert found is not None
    shown = found.agreement()
    # Two cells are coded twice, one of them alike: 50 per cent. Codes 3,2 and 2,2: n2 = 3, n3 = 1, and
    # δ²(2,3) = (4 − 2)² = 4. Observed 2·4 = 8, expected 2·3·1·4 = 24: α = 1 − 3·8/24 = 0.
    assert {name: shown[name].value for name in ("percent", "alpha", "double_coded", "coded")} == {
        "percent": 50,
        "alpha": 0,
        "double_coded": 2,
        "coded": 3,
    }
    assert (shown["percent"].unit, shown["percent"].table) == ("percent", "coherence")
    # With two units, too many draws hold no variation for an interval to mean anything.
    assert (shown["low"].value, shown["low"].absent) == (None, "not_applicable")


def test_conflict_is_a_code_without_a_place_in_the_order() -> None:
    one = Cell((Coding("d", "2030/rail", "C", "a"), Coding("d", "2030/rail", "C", "b")))
    assert (one.code, one.disputed) == ("C", False)
    assert list(CODES) == ["0", "1", "2", "3", "C"]
    assert "text" in CAVEAT.en
