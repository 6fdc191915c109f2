import math
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from storregion.core import settings
from storregion.core.errors import DataError, SettingError
from storregion.core.language import Text
from storregion.intake import mapping

T = TypeVar("T")


class Leaf(msgspec.Struct, forbid_unknown_fields=True):
    length: int
    share: float = 0.0


class Fruit(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="fruit"):
    weight: int


class Seed(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="seed"):
    wings: int = 2


class Tree(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    leaves: tuple[Leaf, ...] = ()
    by_kind: dict[str, Leaf] = {}
    top: Leaf | None = None
    borne: tuple[Fruit | Seed, ...] = ()
    first: Fruit | None = None


WHOLE = """
name = { sv = "träd", en = "tree" }
[[leaves]]
length = 3
[by_kind.oak]
length = 4
[top]
length = 5
"""


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "tree.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(folder: Path, content: str | bytes, kind: type[T] = Tree) -> str:  # type: ignore[assignment]
    path = written(folder, content)
    with pytest.raises(DataError) as error:
        settings.read(path, kind)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_right_file_is_read(tmp_path: Path) -> None:
    tree = settings.read(written(tmp_path, WHOLE), Tree)
    assert tree == Tree(Text("träd", "tree"), (Leaf(3),), {"oak": Leaf(4)}, Leaf(5))


@pytest.mark.parametrize(
    ("right", "wrong", "where", "hint"),
    [
        ("name =", "nmae =", "'nmae'", "did you mean 'name'?"),
        ("sv =", "svenska =", "'name.svenska'", "there is 'en', 'sv'"),
        ("length = 3", "lenght = 3", "'leaves.lenght'", "did you mean 'length'?"),
        ("length = 4", "length = 4\nsahre = 1.0", "'by_kind.oak.sahre'", "did you mean 'share'?"),
        ("length = 5", "length = 5\nlenth = 5", "'top.lenth'", "did you mean 'length'?"),
    ],
)
def test_a_misspelt_key_is_named_at_any_depth_with_the_nearest(
    tmp_path: Path, right: str, wrong: str, where: str, hint: str
) -> None:
    message = refused(tmp_path, WHOLE.replace(right, wrong))
    assert f"unknown key {where}; {hint}" in message


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (WHOLE.replace("length = 3", "lenght = 3"), 4),
        (WHOLE.replace("length = 4", "lenght = 4"), 6),
        (WHOLE.replace("length = 5", 'length = "5"'), 8),
        # The second of a list; what a text of several lines holds is no key.
        (WHOLE + "[[leaves]]\nlength = 1.5\n", 10),
        ('name = { sv = """\nlength = 3\n""", en = \'tree\' }\n[top]\nlength = \'s\'\n', 5),
        (WHOLE.replace("length = 4", "length = 4\nshare = nan"), 7),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    assert f"(line {line})" in refused(tmp_path, content)


def test_of_many_tables_the_wrong_one_is_named(tmp_path: Path) -> None:
    message = refused(tmp_path, "[oak]\nlength = 4\n[elm]\nlength = 'x'\n", dict[str, Leaf])
    assert message.endswith("(line 4)")


def test_tables_are_found_by_name_and_number(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE + "[[leaves]]\nlength = 6\n")
    found = settings.lines(path)
    assert found.at("leaves", 2) == f"{path} line 9 (leaves 2)"
    assert found.at("by_kind.oak") == f"{path} line 5 (by_kind.oak)"
    assert found.at("by_kind.elm") == f"{path}: by_kind.elm"
    assert found.saying("length = 6") == f"{path} line 10"
    assert found.saying("nothing") == str(path)
    assert settings.lines(tmp_path / "none.toml").at("leaves", 1) == f"{tmp_path / 'none.toml'}: leaves 1"


def test_all_misspelt_keys_are_named_at_once(tmp_path: Path) -> None:
    message = refused(tmp_path, WHOLE.replace("length", "lenght"))
    assert [message.count(key) for key in ("'leaves.lenght'", "'by_kind.oak.lenght'", "'top.lenght'")] == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("length = 3", 'length = "3"', "Expected `int`, got `str`"),
        ("length = 3", "length = 3.5", "Expected `int`, got `float`"),
        ("length = 3", "length = true", "Expected `int`, got `bool`"),
        ("length = 4", "share = 1.0", "missing required field `length`"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(tmp_path: Path, right: str, wrong: str, expected: str) -> None:
    message = refused(tmp_path, WHOLE.replace(right, wrong))
    assert expected in message


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    message = refused(tmp_path, WHOLE.replace("length = 4", f"length = 4\nshare = {number}"))
    assert f"'by_kind.oak.share' is {number}" in message


def test_what_is_not_toml_is_said_to_be_none(tmp_path: Path) -> None:
    message = refused(tmp_path, "name = \n")
    assert "not valid TOML" in message
    assert "line 1" in message


@pytest.mark.parametrize(
    "content",
    [
        "a = " + "[" * 5000,
        "a = " + "[" * 60 + "]" * 60,
        "a = " + "{ b = " * 5000,
        ".".join(["a"] * 300_000) + " = 1",
        f"[{' . '.join(['a'] * 200_000)}]",
        "\n".join(f"[{'.'.join(['a'] * depth)}]\n[[{'.'.join(['a'] * depth)}.b]]" for depth in (40, 49)),
    ],
)
def test_what_is_nested_too_deeply_is_refused_at_once(tmp_path: Path, content: str) -> None:
    # The parser would raise for some of these, and for a key of many parts take hours.
    assert "nested more than 50 deep" in refused(tmp_path, content)
    with pytest.raises(SettingError, match="nested more than 50 deep"):
        mapping.read(tmp_path / "tree.toml")


def test_settings_that_are_nested_and_texts_with_many_stops_are_read(tmp_path: Path) -> None:
    content = "[a" + ".b" * 40 + "]\nc = '" + "Ja. Nej, så. " * 60 + "'\n"
    assert list(settings.read(written(tmp_path, content), dict[str, object])) == ["a"]


def test_a_line_of_many_spaces_takes_no_time(tmp_path: Path) -> None:
    # Tried in all ways of parting them, they would take days.
    for line in ("[" + " " * 500_000, "a" + " " * 500_000 + "b"):
        assert "not valid TOML" in refused(tmp_path, line + "\n")
        assert settings.lines(tmp_path / "tree.toml").hint("a") == ""


def test_a_link_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("name = 1\n")
    folder = tmp_path / "group"
    folder.mkdir()
    (folder / "tree.toml").symlink_to(tmp_path / "secret")
    with pytest.raises(SettingError, match="is a link that leads out of its folder"):
        settings.read(folder / "tree.toml", Tree)
    # One that stays inside, as those of a mounted volume do, is followed.
    (folder / "data").mkdir()
    (folder / "data" / "tree.toml").write_text(WHOLE, "utf-8")
    (folder / "tree.toml").unlink()
    (folder / "tree.toml").symlink_to("data/tree.toml")
    assert settings.read(folder / "tree.toml", Tree).leaves == (Leaf(3),)


def test_a_file_of_another_encoding_is_named_by_row(tmp_path: Path) -> None:
    message = refused(tmp_path, '# one\nname = "Mälar"\n'.encode("cp1252"))
    assert "row 2 is not UTF-8 (byte 0xe4)" in message


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    message = refused(tmp_path, b"#" * (settings.LARGEST_SETTINGS + 1))
    assert f"holds {settings.LARGEST_SETTINGS + 1} bytes" in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"gone\.toml does not exist"):
        settings.read(tmp_path / "gone.toml", Tree)


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is not a file"):
        settings.read(tmp_path, Tree)


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    assert settings.read(written(tmp_path, WHOLE.encode("utf-8-sig")), Tree).leaves == (Leaf(3),)


# ---- one of several structures, told apart by a tag

BORNE = (
    WHOLE
    + """
[first]
kind = "fruit"
weight = 1
[[borne]]
kind = "seed"
wings = 1
[[borne]]
kind = "fruit"
weight = 2
"""
)


def test_what_is_one_of_several_kinds_is_read_by_its_tag(tmp_path: Path) -> None:
    tree = settings.read(written(tmp_path, BORNE), Tree)
    assert tree.borne == (Seed(1), Fruit(2))
    assert tree.first == Fruit(1)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("wings = 1", "wigns = 1", "unknown key 'borne.seed.wigns'; did you mean 'wings'?"),
        ("wings = 1", "weight = 1", "unknown key 'borne.seed.weight'; there is 'kind', 'wings'"),
        ('kind = "seed"', 'kind = "sead"', "unknown kind 'sead'; did you mean 'seed'?"),
        ('kind = "seed"', "kind = 3", "unknown kind 3; there is 'fruit', 'seed'"),
        ('kind = "seed"', "", "missing required field `kind`"),
        (
            'kind = "fruit"\nweight = 1',
            'knid = "fruit"\nweight = 1',
            "unknown key 'first.knid'; did you mean 'kind'?",
        ),
    ],
)
def test_a_misspelt_kind_and_the_keys_of_a_kind_are_named_with_the_nearest(
    tmp_path: Path, right: str, wrong: str, expected: str
) -> None:
    assert right in BORNE
    assert expected in refused(tmp_path, BORNE.replace(right, wrong, 1))


def test_a_value_from_elsewhere_is_fitted_and_its_place_told() -> None:
    assert settings.fitted([{"kind": "seed"}], tuple[Fruit | Seed, ...], "here") == (Seed(2),)
    with pytest.raises(SettingError, match=r"here:\n  unknown key 'seed.wing'; did you mean 'wings'\?"):
        settings.fitted([{"kind": "seed", "wing": 1}], tuple[Fruit | Seed, ...], "here")
    with pytest.raises(SettingError, match="here:\n  'seed' is nan; give a finite number"):
        settings.fitted({"seed": math.nan}, dict[str, float], "here")


@pytest.mark.parametrize("mark", ['"' * 3, "'" * 3])
def test_what_stands_in_a_text_of_several_lines_is_no_header(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "some.toml"
    path.write_text(f"[[item]]\nname = {mark}\n[[item]]\n{mark}\n[[item]]\nname = 'b'\n", "utf-8")
    assert "line 5" in settings.lines(path).at("item", 2)
