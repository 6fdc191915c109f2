import datetime
import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from storregion import cli
from storregion.core.errors import CallError, DataError, SettingError, StoreError
from storregion.strategy import documents, plans
from storregion.strategy.documents import Document

TEXT = (
    "Vi ska bygga bostäder nära stationer.\n• Utveckla hållbara godstransporter i länet\n"
    "\fSida två har en mening."
)
SAID = Document("Plan 2040", "Regionen", "2024-06")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.txt"
    path.write_text(TEXT, "utf-8")
    return path


def lines(folder: Path, document: str = "plan-2040") -> list[str]:
    return plans.place(folder, document).read_text("utf-8").splitlines()


def spoil(folder: Path, number: int, line: str) -> None:
    """Put another line in the place of one, 1 the first."""
    found = lines(folder)
    found[number - 1 : number] = [line]
    plans.place(folder, "plan-2040").write_text("\n".join(found) + "\n", "utf-8")


def test_a_plan_is_added_and_read_back(small: Path, file: Path) -> None:
    added = plans.add(small, file, "plan-2040", SAID)
    assert plans.read(small) == {"plan-2040": added}
    assert plans.one(small, "plan-2040") == added
    assert (added.head.title, added.head.publisher, added.head.date) == ("Plan 2040", "Regionen", "2024-06")
    assert added.head.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert added.head.bytes == len(TEXT.encode())
    assert [(s.page, s.number, s.text) for s in added.statements] == [
        (1, 1, "Vi ska bygga bostäder nära stationer."),
        (1, 2, "Utveckla hållbara godstransporter i länet"),
        (2, 3, "Sida två har en mening."),
    ]
    # Links keep the same fingerprint of a statement.
    assert added.statements[0].fingerprint == documents.fingerprint("Vi ska bygga bostäder nära stationer.")
    assert added.statements[0].id == added.statements[0].fingerprint[:12]
    # Neither the file's name nor where it lay is kept.
    kept = plans.place(small, "plan-2040").read_text("utf-8")
    assert "plan.txt" not in kept
    assert str(file.parent) not in kept
    assert [path.name for path in (small / "strategy" / "plans").iterdir()] == ["plan-2040.jsonl"]


def test_ids_stay_when_statements_come_and_go(small: Path, file: Path) -> None:
    before = {s.text: s.id for s in plans.add(small, file, "a", SAID).statements}
    file.write_text("En ny mening står först. \f" + TEXT + "\nSida två har en mening.", "utf-8")
    after = plans.add(small, file, "b", SAID).statements
    assert [s.id for s in after if s.text in before] == [
        *before.values(),
        f"{before['Sida två har en mening.']}-2",
    ]


def test_a_document_of_the_library_needs_no_title(small: Path, file: Path) -> None:
    (small / "strategy").mkdir(exist_ok=True)
    (small / "strategy" / "documents.toml").write_text('[rus]\ntitle = "RUS"\npublisher = "R"\n', "utf-8")
    assert plans.add(small, file, "rus").head.title == "RUS"
    with pytest.raises(CallError, match=r"documents\.toml has 'rus' already, as 'RUS' of 'R'"):
        plans.add(small, file, "rus", SAID, replace=True)
    with pytest.raises(CallError, match="has no document 'rup'; give --title and --publisher"):
        plans.add(small, file, "rup")


@pytest.mark.parametrize("what", ["title", "publisher"])
def test_a_title_and_a_publisher_have_1_to_500_characters(small: Path, file: Path, what: str) -> None:
    longest = plans.add(small, file, "a", msgspec.structs.replace(SAID, **{what: " " + 500 * "ö"}))
    assert getattr(longest.head, what) == 500 * "ö"
    for words in ("", " \n", 501 * "ö"):
        with pytest.raises(CallError, match=f"the {what} .* is not valid; give one of 1 to 500 characters"):
            plans.add(small, file, "b", msgspec.structs.replace(SAID, **{what: words}))


def test_a_plan_is_replaced_only_when_asked(small: Path, file: Path) -> None:
    plans.add(small, file, "plan-2040", SAID)
    with pytest.raises(CallError, match="--replace takes its place"):
        plans.add(small, file, "plan-2040", SAID)
    file.write_text("En annan text med fem ord.", "utf-8")
    assert len(plans.add(small, file, "plan-2040", SAID, replace=True).statements) == 1


@pytest.mark.parametrize("key", ["", "Plan", "../plan", "a/b", "a.b", "-a", "1a", "å", "a" * 70, "a\n"])
def test_a_key_is_no_path(small: Path, file: Path, key: str) -> None:
    with pytest.raises(CallError, match="is not a valid key"):
        plans.add(small, file, key, SAID)
    assert not (small / "strategy" / "plans").exists()


@pytest.mark.parametrize("date", ["2024-13", "2024-02-30", "24", "", "2024-6", "²024"])
def test_a_date_must_be_one(small: Path, file: Path, date: str) -> None:
    with pytest.raises(CallError, match="is not a year, month or day"):
        plans.add(small, file, "plan-2040", Document("T", "P", date))


def test_what_cannot_be_read_leaves_everything_as_it_was(small: Path, file: Path) -> None:
    plans.add(small, file, "plan-2040", SAID)
    before = plans.place(small, "plan-2040").read_bytes()
    file.write_text("Tre ord bara.", "utf-8")
    with pytest.raises(DataError, match="has no statement"):
        plans.add(small, file, "plan-2040", SAID, replace=True)
    file.write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8"):
        plans.add(small, file, "plan-2040", SAID, replace=True)
    assert plans.place(small, "plan-2040").read_bytes() == before


def test_links_out_of_the_folder_are_not_followed(small: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (small / "strategy").mkdir(exist_ok=True)
    (small / "strategy" / "plans").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="leads elsewhere by a link"):
        plans.add(small, file, "plan-2040", SAID)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_hostile_words_stay_words(small: Path, file: Path) -> None:
    hostile = '"}\n{"page":1,"statement":"x"} <script>alert(1)</script> \u202eträv\x1b[2J =cmd|calc och mer'
    file.write_text(hostile, "utf-8")
    found = plans.add(small, file, "plan-2040", Document('T"\n<b>', "P\u202e", None))
    assert found.head.title == 'T" <b>'
    assert found.head.publisher == "P"
    assert found.head.removed == 2
    assert plans.read(small)["plan-2040"] == found
    stored = plans.place(small, "plan-2040").read_text("utf-8")
    assert len(stored.splitlines()) == 2 + len(found.statements)
    assert not {"\x1b", "\u202e", "\u2028"} & set(stored)


def test_a_person_confirms_and_a_change_undoes_it(small: Path, file: Path) -> None:
    assert not plans.add(small, file, "plan-2040", SAID).confirmed
    confirmed = plans.confirm(small, "plan-2040", "Planeringsenheten", datetime.date(2026, 3, 1))
    assert confirmed.confirmed
    assert plans.one(small, "plan-2040") == confirmed
    spoil(small, 4, '{"page":1,"statement":"Vi ska bygga många bostäder nära stationer."}')
    changed = plans.one(small, "plan-2040")
    assert not changed.confirmed
    assert changed.statements[0].id != confirmed.statements[0].id
    assert changed.statements[1:] == confirmed.statements[1:]
    with pytest.raises(CallError, match="no plan 'plan-2041'; did you mean 'plan-2040'"):
        plans.confirm(small, "plan-2041", "x")
    with pytest.raises(CallError, match="--by names"):
        plans.confirm(small, "plan-2040", " \u202e ")


@pytest.mark.parametrize(
    ("number", "line", "says"),
    [
        (1, '{"document":"plan-2040"}', "line 1: .*title"),
        (1, json.dumps({"document": "x", "title": "T", "publisher": "P", "kind": "txt", "reader": "r",
                        "sha256": "0", "bytes": 1}), "name the file x.jsonl"),
        (2, '{"page":2,"text":"a"}', "line 2 is of page 2; 1 is next"),
        (2, '{"page":1,"text":"a","x":1}', "line 2: .*`x`"),
        (2, '{"page":1,"text":"a\\u202eb"}', "line 2 holds control characters"),
        (4, '{"page":3,"statement":"Ord"}', "line 4 is of page 3; statements stand by page, 1 to 2"),
        (6, '{"page":0,"statement":"Ord"}', "line 6: "),
        (6, '{"page":1,"statement":"Ord"}\n{"page":1,"text":"Ord"}', "line 7: "),
        (6, '{"page":2,"statement":"två\\nrader"}', "line 6: a statement is one line"),
        (6, '{"page":2,"statement":""}', "line 6: a statement is one line"),
        (6, '{"page":2,"statement":"' + "ord " * 200 + 'ord"}', "line 6: a statement is one line"),
        (6, "[" * 100_000, "line 6: "),
        (6, "", "line 6: "),
    ],
)  # fmt: skip
def test_a_corrected_file_is_read_strictly(
    small: Path, file: Path, number: int, line: str, says: str
) -> None:
    plans.add(small, file, "plan-2040", SAID)
    spoil(small, number, line + ("" if line else "\n{}"))
    with pytest.raises(SettingError, match=says):
        plans.read(small)


def test_what_was_noticed_is_reported() -> None:
    head = plans.Head("a", "T", "P", "pdf", "r", "0", 1, None, (2, 3), (5,), ("plan #",), (7,), 4)
    assert plans.noticed(head) == [
        "pages 2, 3: no text, perhaps pictures",
        "pages 5: left out, because their text is not a language",
        "pages 7: more than 80 words in a row, which are not a statement",
        "header or footer taken off: plan #",
        "4 characters that no reader sees were taken out",
    ]


def test_the_commands_add_and_confirm(small: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["--group", str(small), "plan"]
    words = ["add", str(file), "--document", "plan-2040"]
    assert cli.main([*call, *words, "--title", "T"]) == 2
    assert cli.main([*call, *words, "--title", "T", "--publisher", "P", "--date", "2024"]) == 0
    assert "Read T: pages 2, statements 3." in capsys.readouterr().out
    assert cli.main([*call, "confirm", "--document", "plan-2040", "--by", "Region"]) == 0
    assert plans.one(small, "plan-2040").confirmed
    assert cli.main([*call, "confirm", "--document", "plan", "--by", "Region"]) == 2
    file.write_bytes(b"\xff")
    assert cli.main([*call, *words, "--title", "T", "--publisher", "P", "--replace"]) == 1
