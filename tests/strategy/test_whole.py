"""A strategy read as a whole, and every way in which its files can be wrong."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import polars as pl
import pytest

from storregion.cli import main
from storregion.core.columns import absence, basis
from storregion.core.errors import SettingError
from storregion.core.language import Text
from storregion.core.table import Column, Schema
from storregion.core.words import Said
from storregion.core.workspace import Workspace, figure_of
from storregion.strategy import followup, status
from storregion.strategy.documents import fingerprint
from storregion.strategy.forum import Forum, Organisation
from storregion.strategy.whole import Whole

Read = Callable[[], tuple[Workspace, Whole]]
Spoil = Callable[[str, str, str], None]


def test_a_year_without_a_value_does_not_make_a_status_less_sure() -> None:
    # 2024 is assumed to be missing; what the status rests on are three observed years and an estimated one.
    words = Text("x", "x")
    schema = Schema(
        "made",
        (
            Column("year", pl.Int64, "year", key=True),
            Column("value", pl.Float64, "percent", absent="value_absent"),
            absence("value_absent"),
            basis(),
        ),
        lambda: Said(words, words),
    )
    frame = pl.DataFrame(
        {
            "year": [2020, 2021, 2022, 2023, 2024],
            "value": [1.0, 2.0, 3.0, 4.0, None],
            "value_absent": [None, None, None, None, "missing"],
            "basis": ["observed", "estimated", "observed", "observed", "assumed"],
        }
    )
    work = SimpleNamespace(
        schemas={"made": schema},
        table=lambda name: frame,
        cell=lambda schema, column, row: figure_of(schema, column, row, "key"),
    )
    rising = followup.Indicator(words, words, words, "made", "value", ())
    found, how = followup._judged(rising, cast(Workspace, work))
    assert (found.points, found.last_year, how) == (4, 2023, "estimated")


def test_only_those_that_an_edition_is_put_before_adopt_it() -> None:
    name = Text("x", "x")
    asked = {
        "region": Organisation(name, "region", adopts=True),
        "group": Organisation(name, "working_group"),
        "council": Organisation(name, "council", adopts=True),
    }
    assert Forum(asked, {}).adopters == ["region", "council"]


def test_editions_forum_and_lineage_are_read(read: Read) -> None:
    found = read()[1].strategy
    assert found.adoptions[2030].said.en == "Adopted by 1 of 2"
    assert found.adoptions[2030].missing == ["council"]
    assert found.adoptions[2020].said.en == "No adoption is recorded"
    assert [d.of for d in found.ancestors("2030/rail")] == ["2020/roads"]
    assert [d.to for d in found.descendants("2020/goal")] == ["2030/goal"]
    assert found.ancestors("2030/power") == [d for d in found.lineage if d.kind == "new"]
    assert found.words("2030/goal").variants[0].document == "rus"
    assert found.words("2030/goal").page == 3
    assert [(m.title.en, d.case) for m, d in found.forum.decisions] == [("The June meeting", "D1")]
    assert found.forum.adopters == ["region", "council"]


def test_projects_are_listed_in_order_of_time(rich: Path, read: Read) -> None:
    study = (rich / "projects/study.toml").read_text("utf-8")
    undated = "[unknown]\nstart = { sv = 'x', en = 'x' }\nend = { sv = 'x', en = 'x' }"
    lost = study.replace('start = "2029"\nend = "2030-02"\n', "").replace("[unknown]", undated)
    (rich / "projects/a-lost.toml").write_text(lost, "utf-8")
    (rich / "projects/b-old.toml").write_text(study.replace('"2029"', '"2028-03"'), "utf-8")
    found = read()[1].projects
    assert [name for name, _ in found.timeline()] == ["b-old", "study", "a-lost"]
    assert list(found.of("2030/rail")) == ["a-lost", "b-old", "study"]
    assert found.of("2030/goal") == {}


def test_sets_of_adopted_indicators_keep_their_slots(read: Read) -> None:
    nine = read()[1].followup.sets["nine"]
    assert {name: slot.indicator for name, slot in nine.slots.items()} == {"a": "rate", "b": None}


def test_an_indicator_is_stale_when_a_newer_figure_should_be_there(read: Read) -> None:
    rate = read()[1].followup.indicators["rate"]
    # A figure every third year, and one year to publish it: that of 2024 will do until the end of 2028.
    assert rate.stale(2024, 2028) is False
    assert rate.stale(2024, 2029) is True
    assert msgspec.structs.replace(rate, every=None).stale(1990, 2029) is None


def test_an_indicator_that_rests_on_few_says_how_far_chance_reaches(read: Read) -> None:
    workspace, found = read()
    rate = found.followup.indicators["rate"]
    share = msgspec.structs.replace(
        rate, table="growth", column="group_share", of="persons", where={}, place="1080", target=None
    )
    counted = msgspec.structs.replace(share, column="persons", of=None)
    for indicator in (share, counted):
        judged = followup.statuses(followup.FollowUp({"rate": indicator}, {}), workspace)["rate"]
        last = followup.points(indicator, workspace)[-1].value
        of = followup.series(indicator, workspace)["persons"][-1] if indicator.of else None
        chance = status.by_chance(last, of)
        assert (judged.low, judged.high) == ((chance.low, chance.high) if chance else (None, None))


def test_a_break_of_some_places_does_not_cut_the_whole(read: Read) -> None:
    rate, why = read()[1].followup.indicators["rate"], Text("x", "x")
    broken = msgspec.structs.replace(rate, breaks=(followup.Break(2003, why),))
    elsewhere = msgspec.structs.replace(rate, breaks=(followup.Break(2003, why, ("1080",)),))
    assert (broken.aim.since, elsewhere.aim.since) == (2003, None)


def test_what_an_indicator_leaves_out_has_its_own_reason_or_the_one_for_all(read: Read) -> None:
    found = read()[1].followup
    one, all_ = Text("Ett", "One"), Text("Alla", "All")
    rate = found.indicators["rate"]
    rate = msgspec.structs.replace(rate, owner=None, target=None, every=2, unknown={"target": one})
    shown = msgspec.structs.replace(
        found, indicators={"rate": rate}, unknown={"owner": all_, "every": all_, "target": all_}
    )
    wanted = {"owner": all_, "every": None, "target": one, "baseline": None}
    assert {name: shown.why_not("rate", name) for name in wanted} == wanted  # type: ignore[arg-type]


def test_a_status_rests_on_the_least_sure_of_its_cells(read: Read) -> None:
    workspace, found = read()
    figures = followup.status_figures(found.followup, workspace, "rate")
    bases = {cell.basis for cell in followup.cells(found.followup.indicators["rate"], workspace)}
    assert {figure.basis for figure in figures.values()} == bases == {"observed"}


RAIL = "strategy/links/all.toml"
ADOPTION = "strategy/adoptions/2030.toml"
STUDY = "projects/study.toml"
RATE = "indicators/rate.toml"
MATRIX = "strategy/coherence.toml"
SECOND = '\n[[adoption]]\norganisation = "region"\ndocument = "plan"\ndate = 2030-03-01\ncase = "R2"\n'
LINEAGE = "strategy/lineage.toml"
MEETING = "strategy/meetings/2030-06.toml"
ROADS = 'from = "2020/roads"\nto = "2030/rail"'
CIRCLE = '\n[[lineage]]\nkind = "kept"\nfrom = "2030/goal"\nto = "2020/goal"\nauthor = "x"\n'
AGAIN = '\n[[coding]]\ndocument = "rus"\nelement = "2030/rail"\ncode = "0"\ncoder = "one"\n'


@pytest.mark.parametrize(
    ("file", "right", "wrong", "fault"),
    [
        # Quotes, and what links join.
        (
            RAIL,
            "bygger ut spåren",
            "bygger ut vägen",
            "all.toml line 2 (rail): 'bygger ut vägen' does not stand in",
        ),
        (RAIL, "bostäder vid stationen", "bostäder vid", "fine"),
        (RAIL, "bostäder vid stationen", "hus vid stationen", "(homes): 'hus vid stationen' does not stand"),
        (
            RAIL,
            'element = "2030/power"',
            'element = "2030/pwer"',
            "(power): there is no element '2030/pwer'; did",
        ),
        (
            RAIL,
            'document = "op"',
            'document = "po"',
            "(homes): documents.toml has no document 'po'; there is",
        ),
        (RAIL, 'project = "study"', 'project = "studdy"', "no project 'studdy'; did you mean 'study'?"),
        (RAIL, 'indicator = "rate"', 'indicator = "rat"', "no indicator 'rat'; did you mean 'rate'?"),
        (RAIL, 'project = "study"', 'project = "study"\nindicator = "rate"', "give one of 'document'"),
        (RAIL, 'quote = "Elen ska räcka."\n', "", "(power): a link to a document quotes it"),
        (RAIL, 'decided_by = "Planchefen"\n', "", "has 'decided_by' and 'decided_on'"),
        (RAIL, "decided_on = 2030-03-02", "decided_on = 2030-02-02", "before it was made (2030-03-01)"),
        (RAIL, 'owner = "region"', 'owner = "council"', "'region' owns the document and confirms"),
        (RAIL, 'owner = "region"', 'owner = "regoin"', "no organisation 'regoin'; did you mean 'region'?"),
        (RAIL, "date = 2030-03-01", "date = 2025-02-30", "not valid TOML: Invalid date"),
        (RAIL, "2030-03-01", '"2030-03-01x"', "Invalid RFC3339 encoded date"),
        # Documents and statements.
        (
            "strategy/documents.toml",
            '"2029-05"',
            '"2025-02-30"',
            "documents.toml line 6 (rus): date: there is no date",
        ),
        ("strategy/documents.toml", '"2029-05"', '"2029-13"', "there is no date '2029-13'"),
        ("strategy/documents.toml", '"2029-05"', '"May 2029"', "matching regex"),
        (
            "strategy/documents.toml",
            '"region"',
            '"regin"',
            "line 6 (rus): organisation: there is no organisation 'regin'",
        ),
        ("strategy/documents.toml", "[rus]", "retold = true\n[rus]", "line 2 (plan): retold from whom?"),
        (
            "strategy/documents.toml",
            "[rus]",
            'superseded_by = "rsu"\n[rus]',
            "line 2 (plan): superseded_by: there is no document 'rsu'; did you mean 'rus'?",
        ),
        ("strategy/documents.toml", "[op]", "[opp]", "op.txt: documents.toml has no document 'op'"),
        (
            "strategy/statements.toml",
            "[rus.rail]",
            "[rsu.rail]",
            "statements.toml line 2 (rsu.rail): documents.toml has no",
        ),
        (
            "strategy/statements.toml",
            "[rus.power]",
            "[op.power]",
            "statements.toml line 5 (op.power) does not stand in texts/op.txt",
        ),
        # Adoption.
        ("strategy/2030.toml", "Fler spår", "Färre spår", "2030.toml: the words are not those adopted"),
        ("strategy/2030.toml", "[focus.rail]", "[focus.rails]", "or make a new edition"),
        (ADOPTION, "2030-02-28", "2030-02-30", "2030.toml: not valid TOML: Invalid date"),
        (
            ADOPTION,
            "2030-02-28",
            "2030-01-30",
            "(adoption 1): adopted 2030-01-30, before the edition's own date (2030-01-31)",
        ),
        (ADOPTION, 'case = "R1"\n', 'case = "R1"\n' + SECOND, "(adoption 2): 'region' has adopted already"),
        (ADOPTION, 'case = "R1"\n', "", "date or case number is empty; say in 'why' why"),
        (ADOPTION, '"region"', '"regino"', "no organisation that adopts 'regino'; did you mean 'region'?"),
        ("strategy/2030.toml", '"2030-01-31"', '"2030-02-31"', "2030.toml: published: there is no date"),
        (
            "strategy/2030.toml",
            "published",
            'valid_until = "2029"\npublished',
            "valid_until 2029 is before 2030",
        ),
        # Lineage.
        (LINEAGE, '"2020/goal"', '"2020/gaol"', "(lineage 1): there is no element '2020/gaol'"),
        (LINEAGE, '"2020/goal"', '"2030/rail"', "are of one edition"),
        (LINEAGE, 'from = "2020/goal"\n', "", "what is new has no 'from'"),
        (LINEAGE, "\n[[lineage]]", CIRCLE + "\n[[lineage]]", "circle: 20"),
        (LINEAGE, ROADS, 'from = "2020/goal"\nto = "2030/goal"', "is there twice"),
        (LINEAGE, 'to = "2030/power"', 'to = "2030/rail"', "called new, but another record"),
        # Forum.
        ("strategy/organisations.toml", 'county = "10"', 'county = "11"', "no county of the group '11'"),
        (
            "strategy/organisations.toml",
            'decides = { sv = "Antar.", en = "Adopts." }\n',
            "",
            "what it decides",
        ),
        ("strategy/meetings/2030-06.toml", '"2030/rail"', '"2030/rial"', "2030-06.toml: there is no element"),
        ("strategy/meetings/2030-06.toml", '"council"', '"counsel"', "body: there is no organisation"),
        # Projects.
        (STUDY, '"2030/rail"', '"2030/rial"', "study.toml: focus: there is no element '2030/rial'; did you"),
        (STUDY, 'state = "done"', 'owner = "region"', "'owner' is either given, or has a reason"),
        (STUDY, 'start = "2029"', 'start = "2031"', "it ends 2030-02, before it starts (2031)"),
        (STUDY, '"2030-02"', '"2030-02-30"', "study.toml: end: there is no date '2030-02-30'"),
        (STUDY, '["growth"]', '["growht"]', "no table 'growht'; did you mean 'growth'?"),
        (STUDY, '["rate"]', '["rat"]', "no indicator 'rat'; did you mean 'rate'?"),
        (STUDY, "results =", "resluts =", "unknown.resluts is not a field; did you mean 'results'?"),
        (STUDY, 'document = "plan"', 'document = "op"', "'En studie' does not stand in texts/op.txt"),
        # The matrix.
        (MATRIX, 'quote = "spåren"\n', "", "(coding 2): code 2 rests on words; give 'quote'"),
        (MATRIX, 'quote = "spåren"', 'quote = "vägarna"', "(coding 2): 'vägarna' does not stand in 'rus'"),
        (MATRIX, 'code = "3"', 'code = "4"', "Invalid enum value '4'"),
        (MATRIX, 'element = "2030/rail"', 'element = "2030/goal"', "no focus area '2030/goal'"),
        (MATRIX, 'coder = "two"', 'coder = "tow"', "no coder 'tow'; did you mean 'two'?"),
        (MATRIX, 'coder = "two"', 'coder = "one"', "(coding 2): 'one' has coded this already"),
        (MATRIX, '["rus", "op"]', '["op"]', "'region' has no document among 'documents'"),
        # Indicators.
        (RATE, 'tier = "commitment"', 'tier = "context"', "a context indicator carries no target"),
        (RATE, 'wanted = "up"', 'wanted = "undecided"', "a commitment needs a wanted direction"),
        (RATE, 'wanted = "up"', 'wanted = "down"', "is not 'down'; correct target, baseline or 'wanted'"),
        (RATE, "year = 2050", "year = 1999", "correct target"),
        (RATE, 'owner = "region"', 'owner = "regino"', "rate.toml: owner: there is no organisation 'regino'"),
        (RATE, 'document = "plan"', 'document = "plna"', "target: documents.toml has no document 'plna'"),
        (RATE, 'verdict = "limited"', 'verdict = "great"', "Invalid enum value 'great'"),
        ("followup.toml", "edition = 2020", "edition = 2021", "sets.nine: there is no edition '2021'"),
        (
            "followup.toml",
            "[sets.nine]",
            'earlier = [{ year = 2021, project = "stduy", document = "rus" }]\n[sets.nine]',
            "there is no project 'stduy'; did you mean 'study'?",
        ),
        (
            "followup.toml",
            'indicator = "rate"',
            'indicator = "rat"',
            "sets.nine: there is no indicator 'rat'",
        ),
    ],
)
def test_bad_input_is_named_with_its_file_and_key(
    spoil: Spoil, read: Read, file: str, right: str, wrong: str, fault: str
) -> None:
    spoil(file, right, wrong)
    if fault == "fine":
        read()
        return
    with pytest.raises(SettingError) as error:
        read()
    message = re.sub(r"\s+", " ", str(error.value))
    assert fault in message
    assert ".toml" in message or ".txt" in message


def test_without_a_date_of_publication_the_year_is_the_earliest(spoil: Spoil, read: Read) -> None:
    spoil("strategy/2030.toml", 'published = "2030-01-31"\n', "")
    spoil(ADOPTION, "2030-02-28", "2029-12-31")
    with pytest.raises(SettingError, match=r"adopted 2029-12-31, before the edition's own date \(2030\)"):
        read()
    spoil(ADOPTION, "2029-12-31", "2030-01-01")
    read()


NEW_PLAN = """
[documents.plan-2050]
title = "Plan 2050"
publisher = "Regionen"
organisation = "region"
[statements.plan-2050.rail]
text = "Tåg varje kvart."
translation = "Trains every quarter."
"""


def test_a_file_of_links_brings_its_document_and_statement(rich: Path, read: Read) -> None:
    link = f"""
[quarters]
element = "2030/rail"
role = "supports"
document = "plan-2050"
statement = "rail"
quote = "varje kvart"
author = "Gruppen"
owner = "region"
date = 2030-03-01
element_fingerprint = "{fingerprint("Fler spår")}"
other_fingerprint = "{fingerprint("Tåg varje kvart.")}"
"""
    path = rich / "strategy/links/quarters.toml"
    path.write_text(NEW_PLAN + link, "utf-8")
    assert read()[1].links.links["quarters"].state == "proposed"
    # What is brought is held to the same rules as what stands in the files of documents and statements.
    for right, wrong, fault in (
        (
            'organisation = "region"',
            "retold = true",
            r"quarters.toml line 2 \(documents.plan-2050\): retold from",
        ),
        (
            "[documents.plan-2050]",
            "[documents.rus]",
            r"line 2 \(documents.rus\): another file has a document",
        ),
        (
            "statements.plan-2050",
            "statements.plan-2060",
            r"line 6 \(statements.plan-2060.rail\): documents.toml",
        ),
        (
            "statements.plan-2050",
            "statements.rus",
            r"line 6 \(statements.rus.rail\): another file has a statement",
        ),
        (
            "publisher =",
            "publishr =",
            r"unknown key 'documents.plan-2050.publishr'; did you mean 'publisher'",
        ),
    ):
        path.write_text((NEW_PLAN + link).replace(right, wrong), "utf-8")
        with pytest.raises(SettingError, match=fault):
            read()


def test_an_edition_brings_its_document_and_lineage(rich: Path, read: Read) -> None:
    text = """
year = 2040
title = { sv = "Tredje", en = "Third" }
document = "plan-2050"
goal = { text = "Ett mål till", translation = "One more goal", document = "plan-2050" }
"""
    descent = '[[lineage]]\nkind = "reworded"\nfrom = "2030/goal"\nto = "2040/goal"\nauthor = "Gruppen"\n'
    path = rich / "strategy/2040.toml"
    path.write_text(text + NEW_PLAN + descent, "utf-8")
    strategy = read()[1].strategy
    assert strategy.documents["plan-2050"].title == "Plan 2050"
    assert [one.of for one in strategy.ancestors("2040/goal")] == ["2030/goal"]
    path.write_text(text + NEW_PLAN + descent + descent, "utf-8")
    with pytest.raises(
        SettingError, match=r"2040.toml line 14 \(lineage 1\): from 2030/goal to 2040/goal is"
    ):
        read()


def test_two_links_of_one_name_are_refused(rich: Path, read: Read) -> None:
    text = (rich / RAIL).read_text("utf-8")
    (rich / "strategy/links/more.toml").write_text(text, "utf-8")
    with pytest.raises(SettingError, match=r"more.toml line 2 \(rail\): another link has this name"):
        read()


def test_a_coding_made_twice_is_refused(rich: Path, read: Read) -> None:
    with (rich / MATRIX).open("a", encoding="utf-8") as file:
        file.write(AGAIN)
    with pytest.raises(
        SettingError, match=r"coherence\.toml line 54 \(coding 6\): 'one' has coded this already"
    ):
        read()


def test_a_coding_without_a_text_to_quote_is_refused(rich: Path, read: Read) -> None:
    with (rich / MATRIX).open("a", encoding="utf-8") as file:
        file.write(
            AGAIN.replace('"0"', '"1"').replace('"one"', '"two"').replace("rail", "power") + 'quote = "x"'
        )
    with pytest.raises(SettingError, match="the text of 'rus' is not kept; name a 'statement'"):
        read()


@pytest.mark.parametrize(
    ("file", "right", "wrong", "fault"),
    [
        (ADOPTION, "2030-02-28", "2032-01-01", "2030.toml line 3 (adoption 1): adopted 2032-01-01"),
        (RAIL, "date = 2030-03-01", "date = 2099-01-01", "all.toml line 2 (rail): made 2099-01-01"),
        (RAIL, "decided_on = 2030-03-02", "decided_on = 2032-01-01", "(rail): decided 2032-01-01"),
        (MATRIX, "date = 2030-04-01", "date = 2099-01-01", "line 4 (coders.one): coded 2099-01-01"),
        (LINEAGE, 'kind = "new"', 'kind = "new"\ndate = 2032-01-01', "(lineage 3): recorded 2032-01-01"),
        (MEETING, "2030-06-15", "2032-01-01", "2030-06.toml line 2: decided 2032-01-01"),
    ],
)
def test_what_has_happened_cannot_lie_ahead(
    spoil: Spoil, read: Read, file: str, right: str, wrong: str, fault: str
) -> None:
    spoil(file, right, wrong)
    with pytest.raises(SettingError, match=re.escape(fault)) as error:
        read()
    # The tests' own today is 2031-12-31.
    assert "is a date that cannot be: it lies ahead of today, 2031-12-31" in str(error.value)


def test_the_last_day_that_can_be_is_today(spoil: Spoil, read: Read) -> None:
    spoil(ADOPTION, "2030-02-28", "2031-12-31")
    read()


def test_a_meeting_may_lie_ahead_as_long_as_nothing_is_decided(rich: Path, read: Read) -> None:
    planned = (rich / MEETING).read_text("utf-8").replace("2030-06-15", "2032-06-15").partition("[[dec")[0]
    (rich / MEETING).write_text(planned + "why = { sv = 'Planerat.', en = 'Planned.' }", "utf-8")
    assert list(read()[1].strategy.forum.meetings) == ["2030-06"]


def test_a_circle_names_the_line_of_each_record_in_it(spoil: Spoil, read: Read) -> None:
    spoil(LINEAGE, "\n[[lineage]]", CIRCLE + "\n[[lineage]]")
    with pytest.raises(SettingError, match="circle") as error:
        read()
    # The file's first line is empty; a record takes five lines and an empty one stands between.
    message = str(error.value).partition(": the lineage runs")[0]
    assert re.findall(r"lineage\.toml line (\d+) \(lineage (\d)\)", message) == [("2", "1"), ("8", "2")]


def test_a_wrong_key_or_value_is_named_with_its_line(spoil: Spoil, read: Read) -> None:
    spoil(MATRIX, 'code = "3"', 'code = "4"')
    with pytest.raises(SettingError, match=r"Invalid enum value '4'.*\(line 15\)"):
        read()
    spoil(MATRIX, 'code = "4"', 'coed = "3"')
    with pytest.raises(SettingError, match=r"unknown key 'coding.coed'; did you mean 'code'\? \(line 15\)"):
        read()


def test_a_new_link_is_reported_the_fingerprints_to_write(rich: Path, read: Read) -> None:
    text = (rich / RAIL).read_text("utf-8")
    (rich / RAIL).write_text(re.sub(r'other_fingerprint = "\w+"\n', "", text, count=1), "utf-8")
    with pytest.raises(
        SettingError,
        match=r"line 2 \(rail\): when both texts have been read, write element_fingerprint = '\w+",
    ):
        read()


def test_nothing_is_published_of_a_strategy_with_a_fault(
    rich: Path, spoil: Spoil, pattern: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    spoil(RAIL, "bygger ut spåren", "bygger ut vägen")
    words = ["--group", str(rich), "--store", str(pattern[1])]
    assert main([*words, "check"]) == 1
    assert main([*words, "bake", "--to", str(tmp_path / "portal")]) == 1
    assert main([*words, "followup", "freeze", "--to", str(tmp_path / "frozen")]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blekinge"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('owner = { sv = "Nämns inte.", en = "Not named." }\n', ""),
        ("[unknown]\n", '[unknown]\nstart = { sv = "Nämns inte.", en = "Not named." }\n'),
    ],
)
def test_what_a_project_leaves_out_has_a_reason_and_what_it_gives_has_none(
    rich: Path, read: Read, right: str, wrong: str
) -> None:
    path = rich / "projects/study.toml"
    path.write_text(path.read_text("utf-8").replace(right, wrong), "utf-8")
    with pytest.raises(SettingError, match="is either given, or has a reason under"):
        read()
