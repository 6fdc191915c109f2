"""The strategy: `storregion strategy`."""

import json

from tests.cli.calls import Run, rows


def test_the_strategy_lists_what_is_joined_to_each_element(run: Run, oms: tuple[str, str]) -> None:
    code, out, err = run(*oms, "strategy", "2025/energy", "--csv")
    assert (code, err) == (0, "")
    kinds = [(row["kind"], row["name"], row["state"]) for row in rows(out)]
    assert kinds[:3] == [
        ("words", "Energy supply", "Adopted by 7 of 7"),
        ("comes from", "nothing", "proposed"),
        ("project", "power-supply", "done"),
    ]
    assert kinds[-1] == ("not followed", "", "")
    assert {state for kind, _, state in kinds if kind == "link"} == {"proposed"}
    # 4 529 298 residents of 2024 against 4 508 223 of 2023: 1.004675.
    _, out, _ = run(*oms, "strategy", "population_growth", "--json")
    assert {row["state"] for row in json.loads(out)["rows"]} == {"2024: 0.47% a year"}


def test_a_word_that_no_element_has_is_refused(run: Run, oms: tuple[str, str]) -> None:
    code, _, err = run(*oms, "strategy", "2025/enrgy")
    assert code == 2
    assert "is named like '2025/enrgy'; did you mean '2025/energy'?" in err
