"""The strategy: `storregion strategy`."""

import json

from tests.cli.calls import Run, rows


def test_the_strategy_lists_what_is_joined_to_each_element(run: Run, oms: tuple[str, str]) -> None:
    code, out, err = run(*oms, "strategy", "2025/energy", "--csv")
    assert (code, err) == (0, "")
    kinds = [(row["kind"], row["name"], row["state"]) for row in rows(out)]
    assert kinds[:5] == [
        ("words", "Energy supply", "Adopted by 7 of 7"),
        ("comes from", "nothing", "proposed"),
        ("indicator", "power_self_sufficiency", "2020: 82.1%"),
        ("indicator", "power_without_largest", "2020: 30.0%"),
        ("project", "power-supply", "done"),
    ]
    assert {state for kind, _, state in kinds if kind == "link"} == {"proposed"}
    _, out, _ = run(*oms, "strategy", "2018/goal", "--csv")
    assert [row["name"] for row in rows(out) if row["kind"] == "not followed"] == [""]
    # 4 529 298 residents of 2024 against 4 508 223 of 2023: 1.004675.
    _, out, _ = run(*oms, "strategy", "population_growth", "--json")
    assert {row["state"] for row in json.loads(out)["rows"]} == {"2024: 0.47% a year"}


def test_a_word_that_no_element_has_is_refused(run: Run, oms: tuple[str, str]) -> None:
    code, _, err = run(*oms, "strategy", "2025/enrgy")
    assert code == 2
    assert "is named like '2025/enrgy'; did you mean '2025/energy'?" in err
