"""What is said of one target: how much it takes, and what is other at the publisher, by hand."""

from storregion.fetch.lock import Kept, Locked, TableLock
from storregion.fetch.outcome import Outcome, differences, estimate, summary
from storregion.fetch.sources import Seen

OLD: dict[str, tuple[str, ...]] = {"Region": ("01", "03"), "Kon": ("1", "2"), "Tid": ("2023", "2024")}


def changed(**variables: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """What differs where the second of two tables has other variables or codes."""
    tables = tuple(TableLock(name, updated="a", variables=OLD) for name in ("ONE", "TWO"))
    locked = Locked("scb", "x.csv", "", "", tables)
    now = {name: codes for name, codes in (OLD | variables).items() if codes}
    return differences(
        locked, [Seen("NEW", "n", "b", OLD), Seen("ONE", "", "a", OLD), Seen("TWO", "", "a", now)]
    )


def test_how_long_calls_take_by_hand() -> None:
    # Ten calls of half a second fit one window of ten seconds; the eleventh waits for it and for its last
    # call, 10.5 seconds, and so does the twentieth; the 21st waits twice. Twenty take 10 seconds themselves.
    found = [estimate(calls, [(10, 10.0)], 0.5) for calls in (1, 10, 11, 20, 21)]
    assert found == [0.5, 5.0, 10.5, 10.5, 21.0]
    # The narrowest of several limits holds; where nobody knows how long a call lasts, the pace alone counts.
    assert estimate(4, [(10, 10.0), (1, 2.0)], None) == 6.0


def test_a_target_was_fetched_when_its_last_answer_came() -> None:
    def table(*days: int) -> TableLock:
        return TableLock("T", kept=tuple(Kept("GET", "a", "", 1, f"2026-03-{day:02}") for day in days))

    assert Locked("scb", "x.csv", "", "", (table(2, 9), table(7))).fetched == "2026-03-09"
    assert Locked("scb", "x.csv", "", "", (table(),)).fetched == ""


def test_every_variable_that_differs_is_named() -> None:
    assert changed() == ([], [])
    # The first variable is gone, and the last has both a new code and one fewer.
    new, gone = "TWO: new codes of Tid: 2025", "TWO: codes of Tid are gone: 2023"
    lost = ["TWO has no variable 'Region' any more", gone]
    assert changed(Region=(), Tid=("2024", "2025")) == ([new, *lost], lost)
    assert changed(Alder=("0",)) == (["TWO has a new variable 'Alder'"],) * 2
    assert differences(None, [Seen("ONE")]) == ([], [])


def test_what_is_not_asked_for_is_not_counted() -> None:
    made = Outcome("births", "would be fetched", calls=1, cells=15, size=2_340_000, seconds=3.4)
    assert summary(made) == "births: would take 1 call, 15 cells, about 2.3 MB, about 3 seconds"
    areas = Outcome("areas", "would be fetched", calls=2, features=1, least=True)
    assert summary(areas) == "areas: would take 2 calls, 1 feature, size unknown, at least 1 seconds"
