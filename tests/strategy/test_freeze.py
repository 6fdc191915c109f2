import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from storregion.cli import main
from storregion.core.errors import CallError, DataError
from storregion.core.workspace import Workspace
from storregion.strategy import freeze
from storregion.strategy.whole import Whole

Read = Callable[[], tuple[Workspace, Whole]]
Spoil = Callable[[str, str, str], None]
DAY = datetime.date(2031, 1, 31)


def frozen(read: Read, day: datetime.date = DAY) -> dict[str, bytes]:
    return freeze.package(*read(), day)


def test_a_frozen_follow_up_is_the_same_to_the_byte(read: Read, tmp_path: Path) -> None:
    files = frozen(read)
    assert files == frozen(read)
    manifest = json.loads(files[freeze.MANIFEST])
    assert manifest["created"] == "2031-01-31"
    assert manifest["files"] == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != freeze.MANIFEST
    }
    freeze.write(files, tmp_path / "one")
    assert freeze.read(tmp_path / "one") == files
    assert freeze.difference(files, freeze.read(tmp_path / "one")) == []
    with pytest.raises(CallError, match="is there already"):
        freeze.write(files, tmp_path / "one")
    assert [path.name for path in tmp_path.iterdir() if "draft" in path.name] == []


def test_figures_and_words_are_kept_apart_and_whole(read: Read) -> None:
    workspace, found = read()
    rate = json.loads(freeze.package(workspace, found, DAY)["followup.json"])["indicators"]["rate"]
    figure = workspace.figure("growth", "persons", place="blekinge-test", year=2024)
    assert rate["cells"]["2024"] == {"value": figure.value, "absent": None, "basis": figure.basis}
    assert (rate["unit"], rate["key"]) == ("persons_of_place", figure.key)
    assert rate["indicator"]["judgements"][0]["verdict"] == "limited"
    assert rate["status"]["verdict"] in (
        "on_track",
        "needs_acceleration",
        "limited",
        "moving_away",
        "unclear",
    )


def test_what_changed_since_the_last_is_reported(rich: Path, spoil: Spoil, read: Read) -> None:
    before = frozen(read)
    spoil("indicators/rate.toml", "Läs försiktigt.", "Läs noga.")
    spoil("strategy/adoptions/2030.toml", 'case = "R1"', 'case = "R2"')
    spoil("projects/study.toml", 'end = "2030-02"\n', 'end = "2030-02"\n# done\n')
    council = '\n[[adoption]]\norganisation = "council"\ndocument = "plan"\ndate = 2031-01-01\ncase = "C1"\n'
    with (rich / "strategy/adoptions/2030.toml").open("a", encoding="utf-8") as file:
        file.write(council)
    changes = freeze.difference(before, frozen(read, DAY.replace(year=2032)))
    shown = {"/".join(change.where): (change.kind, change.before, change.after) for change in changes}
    assert shown["followup/indicators/rate/indicator/interpretation/sv"] == (
        "changed",
        '"Läs försiktigt."',
        '"Läs noga."',
    )
    assert shown["strategy/adoptions/2030/status/en"][1:] == ('"Adopted by 1 of 2"', '"Adopted by 2 of 2"')
    assert shown["strategy/adoptions/2030/adoptions/2/organisation"] == ("added", None, '"council"')
    assert shown["strategy/adoptions/2030/lacking/1"] == ("removed", '"council"', None)
    assert all("projects" not in where for where in shown)
    assert changes == freeze.difference(before, frozen(read))


def test_a_new_figure_is_reported(spoil: Spoil, read: Read) -> None:
    before = frozen(read)
    files = dict(before)
    held = json.loads(files["followup.json"])
    held["indicators"]["rate"]["cells"]["2027"] = {"value": 1, "absent": None, "basis": "observed"}
    files["followup.json"] = json.dumps(held).encode()
    where = ("followup", "indicators", "rate", "cells", "2027")
    assert freeze.difference(before, files) == [
        freeze.Change((*where, "basis"), None, '"observed"'),
        freeze.Change((*where, "value"), None, "1"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("followup.json", b"{}", "is not what manifest.json says"),
        ("followup.json", None, "is not a file; the package is not complete"),
        ("more.txt", b"x", "more.txt is not in manifest.json"),
        ("manifest.json", b"{", "manifest.json: Input data was truncated"),
        ("manifest.json", b'{"format": "x"}', "Invalid enum value 'x'"),
    ],
)
def test_a_package_that_was_touched_is_refused(
    read: Read, tmp_path: Path, name: str, content: bytes | None, fault: str
) -> None:
    freeze.write(frozen(read), tmp_path / "one")
    if content is None:
        (tmp_path / "one" / name).unlink()
    else:
        (tmp_path / "one" / name).write_bytes(content)
    with pytest.raises(DataError, match=fault):
        freeze.read(tmp_path / "one")


def test_a_manifest_cannot_lead_out_of_its_folder(read: Read, tmp_path: Path) -> None:
    freeze.write(frozen(read), tmp_path / "one")
    manifest = json.loads((tmp_path / "one" / freeze.MANIFEST).read_text("utf-8"))
    for name in ("../secret", "/etc/passwd", ".hidden"):
        changed = manifest | {"files": {name: "0" * 64}}
        (tmp_path / "one" / freeze.MANIFEST).write_text(json.dumps(changed), "utf-8")
        with pytest.raises(DataError, match="is not a plain file name"):
            freeze.read(tmp_path / "one")
    with pytest.raises(CallError, match=r"holds no manifest\.json"):
        freeze.read(tmp_path)


def test_what_a_terminal_would_obey_is_shown(
    read: Read, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = frozen(read)
    held = json.loads(files["followup.json"]) | {"not_yet": {"\x1b[2J": {"sv": "\x9b\u202e", "en": "x"}}}
    other = files | {"followup.json": json.dumps(held, ensure_ascii=False).encode()}
    manifest = json.loads(files[freeze.MANIFEST])
    manifest["files"]["followup.json"] = hashlib.sha256(other["followup.json"]).hexdigest()
    for name, package in (("one", files), ("two", other | {freeze.MANIFEST: json.dumps(manifest).encode()})):
        freeze.write(package, tmp_path / name)
    assert main(["followup", "diff", str(tmp_path / "one"), str(tmp_path / "two")]) == 0
    out = capsys.readouterr().out
    assert r"\u001b[2J" in out
    assert all(sign.isprintable() or sign == "\n" for sign in out)


def test_what_is_nested_too_deeply_is_refused(read: Read) -> None:
    files = frozen(read)
    for depth, said in ((900, "of two groups"), (100_000, "followup.json: maximum recursion depth")):
        deep = files | {"followup.json": b'{"a":' * depth + b"1" + b"}" * depth}
        with pytest.raises(DataError, match=said):
            freeze.difference(files, deep)


def test_follow_ups_of_two_groups_are_not_compared(read: Read) -> None:
    files = frozen(read)
    other = files | {"followup.json": files["followup.json"].replace(b'"blekinge-test",', b'"other",')}
    with pytest.raises(DataError, match="of two groups"):
        freeze.difference(files, other)


def test_the_last_of_several_is_found_by_its_date(rich: Path, read: Read) -> None:
    assert freeze.latest(rich) is None
    (rich / "followups").mkdir()
    for name, year in (("b", 2031), ("a", 2033), ("c", 2032)):
        freeze.write(frozen(read, DAY.replace(year=year)), rich / "followups" / name)
    assert freeze.latest(rich) == rich / "followups" / "a"


def test_the_commands(
    rich: Path, pattern: tuple[dict[str, str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--group", str(rich), "--store", str(pattern[1]), "followup"]
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert main([*words, "freeze", "--to", one, "--date", "2031-01-31"]) == 0
    assert "followup.json" in capsys.readouterr().out
    assert main([*words, "freeze", "--to", one]) == 2
    assert "is there already" in capsys.readouterr().err
    rate = rich / "indicators" / "rate.toml"
    rate.write_text(rate.read_text("utf-8").replace("every = 3", "every = 4"), "utf-8")
    assert main([*words, "freeze", "--to", two]) == 0
    capsys.readouterr()
    assert main([*words, "diff", one, two]) == 0
    out = capsys.readouterr().out
    assert "changed  followup/indicators/rate/indicator/every: 3 → 4\n" in out
    assert main([*words, "diff", one, one]) == 0
    assert "say the same" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"^2$"):
        main([*words, "freeze", "--to", two, "--date", "2025-02-30"])
    assert "is not a valid day" in capsys.readouterr().err
