"""Surveys: answers counted by a codebook, small numbers withheld, faults named with file and row."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core.errors import CallError, DataError, SettingError
from storregion.core.workspace import Workspace
from storregion.facts.surveys import SURVEY_COUNTS
from storregion.intake.codebook import read_codebook
from storregion.intake.survey_answers import read_answers
from storregion.intake.survey_cells import counted, withheld, withheld_of_several
from storregion.intake.surveys import take_survey
from storregion.studies.surveys import SURVEY_CHANGES, SURVEY_SHARES, survey_changes, survey_shares

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "read-a-survey.md"


def block(after: str) -> str:
    """The block of the how-to that follows a line."""
    return HOW_TO.read_text("utf-8").partition(after)[2].split("```")[1].partition("\n")[2]


ANSWERS, CODEBOOK = block("`answers.csv`:"), block("`codebook.toml`:")
TAKEN = CODEBOOK[CODEBOOK.index("[questions.days]") :].replace("questions.days", "questions.all")
Made = Callable[..., tuple[Path, Path]]


@pytest.fixture
def files(tmp_path: Path) -> Made:
    """The how-to's answers and codebook, with words replaced."""

    def made(answers: tuple[str, str] = ("", ""), codebook: tuple[str, str] = ("", "")) -> tuple[Path, Path]:
        paths = tmp_path / "answers.csv", tmp_path / "codebook.toml"
        for path, text, (old, new) in zip(paths, (ANSWERS, CODEBOOK), (answers, codebook), strict=True):
            assert old in text
            path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
        return paths

    return made


def shares(files: tuple[Path, Path]) -> pl.DataFrame:
    book = read_codebook(files[1])
    counts = counted(read_answers(files[0], book), book, 2026).with_columns(basis=pl.lit("observed"))
    names = [column.name for column in SURVEY_COUNTS.columns]
    table = SURVEY_COUNTS.check(counts.select(names), maker="survey_counts")
    return SURVEY_SHARES.check(survey_shares(table), maker="survey_shares")


def test_shares_are_weighted_and_missing_answers_stand_apart(files: Made) -> None:
    found = shares(files(codebook=("least = 2", "least = 1")))
    rows = {row["answer"]: row for row in found.filter(question="days", by="all").iter_rows(named=True)}
    # Six private with 1.5 and four public with 0.5 answered: 11. None: two private and three public, 4.5.
    # Two: three private, 4.5. One: half. Three or more: 1.5. Two of twelve gave no answer: 1 of 12.
    assert {code: row["share"] for code, row in rows.items()} == pytest.approx(
        {"0": 4.5 / 11, "1": 0.5 / 11, "2": 4.5 / 11, "3": 1.5 / 11, "no_answer": 1 / 12}
    )
    assert {code: (row["respondents"], row["base"]) for code, row in rows.items()} == {
        "0": (5, 10), "1": (1, 10), "2": (3, 10), "3": (1, 10), "no_answer": (2, 12),
    }  # fmt: skip
    # 11² / (6·2.25 + 4·0.25) = 121 / 14.5 = 8.3448 respondents of equal weight. Wilson of 4.5/11 with them:
    # 0.40909 + 3.8416/16.6897 = 0.63927, ∓ 1.96·√(0.24174/8.3448 + 3.8416/278.54) = 0.40530, over 1.46036.
    assert (rows["0"]["low"], rows["0"]["high"]) == pytest.approx((0.16021, 0.71528), abs=2e-5)


def test_groups_have_their_own_shares(files: Made) -> None:
    found = shares(files(codebook=("least = 2", "least = 1"))).filter(question="days", by="sector")
    private = found.filter(group="private", answer="2")
    assert private["share"].item() == pytest.approx(0.5)
    assert private["group_sv"].item() == "Privat"
    public = found.filter(group="public", answer="no_answer")
    assert (public["share"].item(), public["base"].item()) == (pytest.approx(2 / 6), 6)


TICKED = CODEBOOK[CODEBOOK.index('column = "why"') : CODEBOOK.index('title = { sv = "Varför')]


def test_of_several_answers_a_share_is_of_those_who_chose_any(files: Made) -> None:
    found = shares(files(codebook=("least = 2", "least = 1"))).filter(question="why", by="all")
    rows = {row["answer"]: row for row in found.iter_rows(named=True)}
    # Private 1–5 with 1.5 and public 8 and 9 with 0.5 chose any: 8.5. Calm: 1, 3, 4 and 8, so 5. No travel:
    # 1, 2, 4, 5 and 9, so 6.5. Private 6 and public 7 and 10–12 chose none: 3.5 of all 12.
    assert {code: row["share"] for code, row in rows.items()} == pytest.approx(
        {"calm": 5 / 8.5, "travel": 6.5 / 8.5, "no_answer": 3.5 / 12}
    )
    assert {code: (row["respondents"], row["base"]) for code, row in rows.items()} == {
        "calm": (4, 7), "travel": (5, 7), "no_answer": (5, 12),
    }  # fmt: skip


def test_a_column_for_each_answer_says_the_same_as_codes_in_one(files: Made) -> None:
    one = shares(files())
    paths = files(codebook=(TICKED, 'columns = { calm = "why_1", travel = "why_2" }\n'))
    header, *rows = ANSWERS.strip().split("\n")
    ticked = [header.replace("why", "why_1;why_2")]
    for row in rows:
        before, why = row.rsplit(";", 1)
        ticked.append(f"{before};{int('calm' in why)};{'1' if 'travel' in why else ''}")
    paths[0].write_text("\n".join(ticked) + "\n", "utf-8")
    assert shares(paths).equals(one)
    paths[0].write_text("\n".join(ticked).replace("3;private;2;1.5;1", "3;private;2;1.5;x") + "\n", "utf-8")
    assert "row 4, column 'why_1': the code 'x' is not in the codebook" in fault(paths)


def test_an_answer_that_all_but_few_chose_is_withheld() -> None:
    # Of seven, six chose the first answer: who did not is one person, and follows from the base.
    hidden, alone = withheld_of_several(np.array([[6, 3, 0]]), np.array([7]), 2)
    assert hidden.tolist() == [[True, False, False]]
    assert not alone.any()


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=2, max_size=4), st.integers(2, 5))
@settings(max_examples=200)
def test_of_several_answers_neither_who_chose_nor_who_did_not_follows_from_a_sum(
    groups: list[tuple[int, int, int]], least: int
) -> None:
    # Of each group: chose, did not, gave no answer. Everybody is the first row.
    rows = np.array([np.sum(groups, axis=0), *groups])
    counts = rows[:, [0, 2]]
    hidden, _ = withheld_of_several(counts, rows.sum(axis=1), least)
    for part in (rows[:, 0], rows[:, 1]):
        assert hidden[(part > 0) & (part < least), 0].all()
        # A single group would follow from everybody and the others.
        if hidden[1:, 0].sum() == 1:
            assert hidden[1:, 0].all() or hidden[0, 0]


def test_answers_of_few_are_withheld_and_neither_missing_nor_zero(files: Made) -> None:
    found = shares(files()).filter(question="days", by="all")
    rows = {row["answer"]: row for row in found.iter_rows(named=True)}
    # One person says one and one says three or more: of fewer than two nothing is shown. Together they are
    # two, so neither follows from the sum.
    for code in ("1", "3"):
        assert (rows[code]["respondents"], rows[code]["share"], rows[code]["share_absent"]) == (
            None, None, "suppressed",
        )  # fmt: skip
    assert rows["0"]["share"] is not None
    nobody = shares(files()).filter(question="days", by="sector", group="public", answer="2")
    assert nobody["respondents"].to_list() in ([0], [None])


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=4, max_size=4), min_size=2, max_size=4), st.integers(2, 6)
)
@settings(max_examples=200)
def test_no_withheld_number_follows_from_a_sum(rows: list[list[int]], least: int) -> None:
    groups = np.array(rows)
    counts = np.vstack([groups.sum(axis=0), groups])
    hidden, alone = withheld(counts, least)
    assert hidden[(counts > 0) & (counts < least)].all()
    answers, answered = hidden[:, :-1], counts[:, :-1].sum(axis=1)
    for at in range(len(counts)):
        if alone[at]:
            assert answers[at].all()
        elif answers[at].any() and not answers[at].all():
            # The rest of a row is shown, and so is its sum: two or more are unknown, of `least` together.
            assert answers[at].sum() >= 2
            assert counts[at, :-1][answers[at]].sum() >= least
    for at in range(counts.shape[1]):
        marks = hidden[1:, at]
        if hidden[0, at]:
            # Everybody's number must not follow from the groups'.
            assert marks.any() or not counts[1:, at].any()
        elif marks.any() and not marks.all():
            assert marks.sum() >= 2
    small = (answered > 0) & (answered < least)
    assert alone[small].all()
    if small[1:].any() and (answered[1:] > 0).sum() > 1:
        assert alone[1:].sum() >= 2


# ---- change


def changes(
    first: tuple[Path, Path], second: tuple[Path, Path], **words: str
) -> dict[str, dict[str, object]]:
    """What has changed in how many days people work at home, by answer."""
    before, after = (
        shares(paths).with_columns(year=pl.lit(year, pl.Int64))
        for paths, year in ((first, 2025), (second, 2026))
    )
    after = after.with_columns(**{name: pl.lit(value) for name, value in words.items()})
    table = SURVEY_CHANGES.check(survey_changes(pl.concat([before, after])), maker="survey_changes")
    return {row["answer"]: row for row in table.filter(question="why", by="all").iter_rows(named=True)}


def test_a_change_has_its_own_interval(files: Made, tmp_path: Path) -> None:
    first = tuple(path.rename(tmp_path / f"first-{path.name}") for path in files())
    found = changes((first[0], first[1]), files((ANSWERS, ANSWERS.replace("calm", "travel"))))
    # Calm: from 5 / 8.5 to nobody. All who answered chose travel: from 6.5 / 8.5 to all.
    assert (found["calm"]["since"], found["calm"]["change"]) == (2025, pytest.approx(-5 / 8.5))
    assert (found["calm"]["verdict"], found["travel"]["verdict"]) == ("fewer", "unclear")
    same = changes((first[0], first[1]), files())
    assert {(row["change"], row["verdict"]) for row in same.values()} == {(0.0, "unclear")}


def test_answers_to_other_words_are_not_compared(files: Made, tmp_path: Path) -> None:
    first = tuple(path.rename(tmp_path / f"first-{path.name}") for path in files())
    found = changes((first[0], first[1]), files(), question_sv="Varför inte?")
    assert {(row["change"], row["change_absent"]) for row in found.values()} == {(None, "not_comparable")}


# ---- faults


def fault(files: tuple[Path, Path]) -> str:
    with pytest.raises(DataError) as found:
        read_answers(files[0], read_codebook(files[1]))
    return str(found.value)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("4;private;3;1.5", "4;private;7;1.5"), "row 5, column 'days': the code '7' is not in the codebook"),
        (("2;private;2;1.5", "2;privat;2;1.5"), "row 3, column 'sector': the code 'privat' is not in"),
        (
            ("3;private;2;1.5", "3;private;2;0"),
            "row 4, column 'weight': the weight '0' is not a number above 0",
        ),
        (("3;private;2;1.5", "3;private;2;nan"), "row 4, column 'weight': the weight 'nan'"),
        (("3;private;2;1.5", "3;private;2;"), "row 4, column 'weight': the weight ''"),
        (("3;private", "2;private"), "row 4, column 'id': the respondent '2' has answered before"),
        (("id;sector;days", "id;sector;dagar"), "has no column 'days'"),
        (("id;sector;days;weight", "id;sector;days;days"), "has 2 columns 'days'"),
        (
            ("4;private;3;1.5;calm,travel", "4;private;3;1.5;calm, trav"),
            "row 5, column 'why': the code 'trav'",
        ),
        (("3;private;2;1.5", "3;private;2"), "row 4: 4 cells, but the header has 5"),
        ((ANSWERS[ANSWERS.index("2;private") :], ""), "has too few respondents: 1, but at least 2 are"),
    ],
)
def test_a_fault_of_the_answers_is_named_with_file_and_row(
    files: Made, answers: tuple[str, str], said: str
) -> None:
    message = fault(files(answers))
    assert "answers.csv" in message
    assert said in message


@pytest.mark.parametrize(
    ("codebook", "said"),
    [
        (('sv = "Privat"', 'sv = "=HYPERLINK(1)"'), "begins as a formula does in a spreadsheet"),
        (('sv = "Privat"', 'sv = "<script>x</script>"'), "holds < or >"),
        (('sv = "Privat"', 'sv = "Pri\\u202evat"'), "signs that cannot be shown"),
        (('sv = "Privat"', 'sv = " "'), "a label is empty"),
        (('sv = "Privat"', f'sv = "{"x" * 300}"'), "at most 200 are shown"),
        (('sv = "Privat"', 'sv = "Offentligt"'), "two answers are called 'Offentligt'"),
        (('cross = ["sector"]', 'cross = ["sektor"]'), "cross names 'sektor'; did you mean 'sector'?"),
        (('no_answer = ["", "9"]', 'no_answer = ["", "3"]'), "the code '3' is an answer and no_answer"),
        (
            ('public = { sv = "Offentligt", en = "Public" }\n', ""),
            "it has 1 answers; a question needs at least",
        ),
        ((CODEBOOK[CODEBOOK.index("[questions.days]") :], TAKEN), "questions.all: the name 'all' is taken"),
        (("least = 2", "lest = 2"), "lest"),
        (('cross = ["sector"]', 'cross = ["why"]'), "where one may choose several answers; groups need one"),
        (("least = 2", 'least = 2\nplace = "days"'), "place names 'days', which is not in cross"),
        (('column = "why"\n', ""), "questions.why: give either column, or columns with one for each answer"),
        ((TICKED, 'columns = { calm = "a" }\n'), "columns and answers differ in ['travel']"),
        ((TICKED, 'columns = { calm = "a", travel = "b" }\nbetween = ","\n'), "between needs a sign"),
        (('between = ","', 'between = "a"'), "hold what stands between codes, 'a'"),
        (
            (TICKED, 'columns = { calm = "a", travel = "b" }\nchosen = ["0"]\n'),
            "['0'] mean chosen, and something else too",
        ),
    ],
)
def test_a_fault_of_the_codebook_is_named(files: Made, codebook: tuple[str, str], said: str) -> None:
    with pytest.raises(SettingError) as found:
        read_codebook(files(codebook=codebook)[1])
    assert "codebook.toml" in str(found.value)
    assert said in str(found.value)


# ---- into a group


def test_only_counts_enter_the_group_and_years_stand_beside_each_other(
    files: Made, small: Path, store: Path
) -> None:
    answers, codebook = files()
    first = take_survey(Workspace(small, store), answers, codebook, 2025)
    assert (first.respondents, first.replaced) == (12, False)
    second = take_survey(Workspace(small, store), *files(("12;public;9;0.5", "12;public;0;0.5")), 2026)
    assert second.path.name == "survey_remote_2026.csv"
    assert take_survey(Workspace(small, store), answers, codebook, 2026).replaced
    work = Workspace(small, store)
    found = work.table("survey_shares").filter(question="days", by="all", answer="0").sort("year")
    assert found["year"].to_list() == [2025, 2026]
    assert work.origins("survey_shares")[0].producer == "The region's own survey"
    # No respondent's row lies anywhere in the group.
    texts = [path.read_text("utf-8", errors="ignore") for path in small.rglob("*") if path.is_file()]
    assert not any("7;public" in text for text in texts)


def test_nothing_is_written_where_answers_have_faults(files: Made, small: Path, store: Path) -> None:
    broken = files(("4;private;3;1.5", "4;private;7;1.5"))
    with pytest.raises(DataError, match="row 5, column 'days': the code '7' is not in the codebook"):
        take_survey(Workspace(small, store), *broken, 2026)
    assert not list(small.glob("fetched/survey*"))
    with pytest.raises(CallError, match="does not exist"):
        take_survey(Workspace(small, store), broken[0].with_name("none.csv"), broken[1], 2026)


def test_a_code_that_should_be_a_place_of_the_group_is_one(files: Made, small: Path, store: Path) -> None:
    paths = files(codebook=("least = 2", 'least = 2\nplace = "sector"'))
    with pytest.raises(SettingError, match=r"questions.sector has the code 'private', but place names it"):
        take_survey(Workspace(small, store), *paths, 2026)


def test_a_file_of_another_survey_than_its_name_says_is_refused(
    files: Made, small: Path, store: Path
) -> None:
    taken = take_survey(Workspace(small, store), *files(), 2026)
    other = taken.path.with_name("survey_other_2026.csv")
    shutil.copy(taken.path, other)
    lines = taken.path.with_name("sources.csv")
    text = lines.read_text("utf-8").splitlines()
    own = next(line for line in text if line.startswith("survey_remote_2026.csv"))
    lines.write_text("\n".join([*text, own.replace("survey_remote", "survey_other")]) + "\n", "utf-8")
    with pytest.raises(DataError, match=r"survey_other_2026.csv holds \[\('remote', '2026'\)\]"):
        Workspace(small, store).table("survey_counts")
