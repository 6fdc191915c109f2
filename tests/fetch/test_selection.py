from collections.abc import Mapping
from itertools import product
from math import ceil, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core.errors import DataError
from storregion.fetch.publishers import TableQuery
from storregion.fetch.selection import Variable, choose, common_times, split

REGIONS = ("00", "01", "0114", "0115", "03", "0305")
TIMES = ("2019", "2021", "2022", "2024")
VARIABLES = (
    Variable("Region", REGIONS),
    Variable("Civil", ("OG", "G"), eliminable=True),
    Variable("Kon", ("1", "2", "1+2")),
    Variable("Tid", TIMES, time=True),
)


def chosen(common: set[str] = frozenset(), **select: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:  # type: ignore[assignment]
    query = TableQuery("T", {"Region": ("*",), "Kon": ("*",), "Tid": ("*",), **select}, eliminate=("Civil",))
    return choose(query, "T", VARIABLES, common)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("*",), REGIONS),
        (("????",), ("0114", "0115", "0305")),
        (("01*",), ("01", "0114", "0115")),
        (("??", "!00"), ("01", "03")),
        (("0305", "0114"), ("0114", "0305")),
        (("*", "!????"), ("00", "01", "03")),
    ],
)
def test_patterns_mean_codes_in_the_publishers_order(words: tuple[str, ...], codes: tuple[str, ...]) -> None:
    assert chosen(Region=words)["Region"] == codes


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("latest", ("2024",)),
        ("latest(2)", ("2022", "2024")),
        ("from(2021)", ("2021", "2022", "2024")),
        ("to(2021)", ("2019", "2021")),
        ("latest common", ("2022",)),
        ("202?", ("2021", "2022", "2024")),
    ],
)
def test_words_for_times_mean_times(word: str, codes: tuple[str, ...]) -> None:
    assert chosen({"2019", "2022"}, Tid=(word,))["Tid"] == codes


def test_the_latest_common_year_is_that_of_all_tables() -> None:
    other = (Variable("Tid", ("2018", "2019", "2022"), time=True),)
    assert common_times([VARIABLES, other]) == {"2019", "2022"}
    assert common_times([]) == set()


def test_every_fault_of_a_selection_is_reported() -> None:
    query = TableQuery("T", {"Regin": ("*",), "Kon": ("3",), "Tid": ("latest(0)",)}, eliminate=("Region",))
    with pytest.raises(DataError) as shown:
        choose(query, "T", VARIABLES, set())
    assert str(shown.value).splitlines() == [
        "T is not as the target has it:",
        "  there is no variable 'Regin'; did you mean 'Region'?",
        "  the variable 'Region' cannot be summed away; select codes of it",
        "  the table has a variable 'Civil' that the target says nothing of; name it under select or "
        "eliminate",
        "  no code of 'Kon' is '3'; there is '1', '1+2', '2'",
        "  no code of 'Tid' is 'latest(0)'; there is '2019', '2021', '2022', '2024'",
    ]


def test_a_code_list_has_codes_of_its_own() -> None:
    query = TableQuery("T", {"Region": ("SE1?",), "Kon": ("*",), "Tid": ("*",)}, eliminate=("Civil",))
    listed = [VARIABLES[0].but({"SE11": "Stockholm", "SE12": "Östra", "SE21": "Småland"}), *VARIABLES[1:]]
    assert choose(query, "T", listed, set())["Region"] == ("SE11", "SE12")


SEXES = Variable("Kon", ("1", "2", "4"), labels={"1": "män", "2": "kvinnor", "4": "Män och kvinnor"})
AGES = Variable("Alder", ("TOT1", "TOT5", "0"), labels={"TOT1": "totalt", "TOT5": "totalt", "0": "0 år"})
CONTENTS = Variable("ContentsCode", ("A1",), labels={"A1": "Folkmängd"})


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("label: män och kvinnor",), ("4",)),
        # The first label that is there, whatever its code.
        (("label: totalt | män och kvinnor",), ("4",)),
        (("label: kvin*",), ("2",)),
        (("*", "!label: män*kvinnor"), ("1", "2")),
    ],
)
def test_a_code_is_found_by_its_label(words: tuple[str, ...], codes: tuple[str, ...]) -> None:
    assert choose(TableQuery("T", {"Kon": words}), "T", [SEXES], set())["Kon"] == codes


def test_a_label_that_is_missing_or_stands_for_several_codes_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="no label of 'Kon' is 'label: totalt'; there is 'Män och kvinnor'"):
        choose(TableQuery("T", {"Kon": ("label: totalt",)}), "T", [SEXES], set())
    with pytest.raises(
        DataError, match=r"2 codes of 'Alder' are labelled 'totalt': 'TOT1' \(totalt\), 'TOT5'"
    ):
        choose(TableQuery("T", {"Alder": ("label: totalt",)}), "T", [AGES], set())


def test_a_variable_with_one_code_need_not_be_named_and_one_with_several_must() -> None:
    assert choose(TableQuery("T", {"Kon": ("1",)}), "T", [SEXES, CONTENTS], set()) == {
        "Kon": ("1",), "ContentsCode": ("A1",)
    }  # fmt: skip
    with pytest.raises(DataError, match="'Alder' that the target says nothing of"):
        choose(TableQuery("T", {"Kon": ("1",)}), "T", [SEXES, AGES], set())


@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=5).flatmap(
        lambda sizes: st.tuples(st.just(sizes), st.integers(1, 2 * prod(sizes)))
    )
)
def test_parts_hold_every_cell_once_and_none_too_many(case: tuple[list[int], int]) -> None:
    sizes, limit = case
    whole = {f"V{n}": tuple(map(str, range(size))) for n, size in enumerate(sizes)}
    parts = list(split(whole, limit))
    cells = [cell for part in parts for cell in product(*part.values())]
    assert all(prod(map(len, part.values())) <= limit for part in parts)
    assert sorted(cells) == sorted(product(*whole.values()))
    assert len(cells) == len(set(cells))
    # Never more than twice the fewest that there can be and one for each variable's last piece.
    assert len(parts) <= 2 ** len(sizes) * ceil(prod(sizes) / limit)


def test_the_commuting_of_a_country_takes_as_few_calls_as_there_can_be() -> None:
    """290 · 290 · 3 · 5 = 1 261 500 cells; at most 150 000 a call make at least nine calls."""
    municipalities = tuple(map(str, range(290)))
    whole = {"home": municipalities, "work": municipalities, "sex": ("1", "2", "3"), "year": tuple("abcde")}
    assert ceil(290 * 290 * 3 * 5 / 150_000) == 9
    assert len(list(split(whole, 150_000))) == 9


def test_many_variables_are_split_at_once() -> None:
    """Twelve variables have 479 million orders, which are not all tried."""
    whole = {f"V{n}": ("a", "b") for n in range(12)}
    assert len(list(split(whole, 1024))) == 4
