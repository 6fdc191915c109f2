from pathlib import Path

import polars as pl
import pytest

from storregion.sources import commuting_check

ROOT = Path(__file__).parents[2]
NAMES = pl.read_csv(ROOT / "groups" / "oms" / "figures" / "municipalities.csv", infer_schema=False)
CODES = sorted(NAMES["municipality"])


def national(year: int = 2023, sex: str = "total", inside: float = 14000.0) -> pl.DataFrame:
    """A matrix of 290 municipalities: 14 000 stay in each, 2 000 go to the next code and 500 back.

    290 · 14 000 + 290 · 2 000 + 290 · 500 = 4 785 000 persons, in 870 pairs.
    """
    rows = []
    for at, code in enumerate(CODES):
        after, before = CODES[(at + 1) % 290], CODES[at - 1]
        rows += [(code, code, inside), (code, after, inside / 7), (code, before, inside / 28)]
    frame = pl.DataFrame(rows, schema=["home", "work", "persons"], orient="row")
    columns = [pl.lit(year, pl.Int64).alias("year"), "home", "work", pl.lit(sex).alias("sex"), "persons"]
    return frame.select(columns).sort("year", "home", "work", "sex")


def without(frame: pl.DataFrame, rows: pl.Expr) -> pl.DataFrame:
    return frame.filter(~rows)


DIAGONAL = pl.col("home") == pl.col("work")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (without(national(), DIAGONAL), "2023, total: home = work is missing entirely"),
        (
            without(national(), DIAGONAL & (pl.col("home") == "0114")),
            "2023, total: 0114 has commuters out, but home = work is missing there",
        ),
        (
            without(national(), pl.col("home") > pl.col("work")),
            "2023, total: one direction only: every work has a higher code than its home, as in 0114 → 0115",
        ),
        (
            without(national(), pl.col("home") < pl.col("work")),
            "2023, total: one direction only: every work has a lower code than its home",
        ),
        (
            # 4 785 000 / 10.
            national(inside=1400.0),
            "2023, total: the sum is 478500 persons, which cannot be the employed of Sweden",
        ),
        (national(inside=28000.0), "2023, total: the sum is 9570000 persons"),
        (
            national().filter(pl.col("home").is_in(CODES[:100]) & pl.col("work").is_in(CODES[:100])),
            "2023, total: the matrix is not national: 100 of 290 municipalities take part. Read national",
        ),
        (
            # 2 · 6 000 of 14 000 are a seventh too few: 4 101 429 of 4 785 000.
            pl.concat([national(), national(2023, "men", 6000.0), national(2023, "women", 6000.0)]),
            "2023: men and women are 4101429 together, but the total is 4785000",
        ),
        (national(1984), "1984: no year between 1985 and 2100"),
        (national(2101), "2101: no year between 1985 and 2100"),
        (national(inside=0.0), "2023, total: no one commutes at all"),
    ],
)
def test_what_commuting_in_the_country_cannot_be_is_reported(frame: pl.DataFrame, expected: str) -> None:
    assert any(fault.startswith(expected) for fault in commuting_check.faults(frame, 290))


def test_a_sound_matrix_has_no_faults() -> None:
    # 2 · 6 900 of 14 000 leave 1.4 % missing, as perturbed cells may.
    sexes = [national(2023, sex, 6900.0) for sex in ("men", "women")]
    assert commuting_check.faults(pl.concat([national(), national(2022), *sexes]), 290) == []
    assert commuting_check.faults(national().clear(), 290) == []


def test_nine_tenths_of_the_municipalities_are_the_country() -> None:
    # Nine tenths of 290 are 261.
    for count, faults in ((261, 0), (260, 1)):
        some = pl.col("home").is_in(CODES[:count]) & pl.col("work").is_in(CODES[:count])
        assert len(commuting_check.faults(national().filter(some), 290)) == faults


@pytest.mark.parametrize(
    ("total", "faults"), [(3_499_999, 1), (3_500_000, 0), (6_500_000, 0), (6_500_001, 1)]
)
def test_the_least_and_the_most_employed_may_be_reached(total: int, faults: int) -> None:
    # 4 785 000 in all, made so many by those who stay in the first municipality and in the others.
    scaled = national().with_columns(pl.col("persons") * (0.5 if total < 4_785_000 else 1.0))
    first = DIAGONAL & (pl.col("home") == CODES[0])
    more = total - scaled["persons"].sum()
    frame = scaled.with_columns(pl.when(first).then(pl.col("persons") + more).otherwise("persons"))
    assert frame["persons"].sum() == total
    assert len(commuting_check.faults(frame, 290)) == faults


def test_the_sexes_may_be_just_a_twentieth_apart() -> None:
    # 2 · 6 650 of 14 000 are 95 %: 239 250 of 4 785 000 are missing. A person less in each is too much.
    for inside, faults in ((6650.0, 0), (6649.0, 1)):
        sexes = [national(2023, sex, inside) for sex in ("men", "women")]
        assert len(commuting_check.faults(pl.concat([national(), *sexes]), 290)) == faults


def test_a_municipality_without_commuters_out_needs_no_diagonal() -> None:
    gone = without(national(), pl.col("home") == "2584")
    assert commuting_check.faults(gone, 290) == []


def test_faults_of_every_year_and_sex_are_reported() -> None:
    frame = pl.concat([without(national(year), DIAGONAL) for year in (2021, 2022)])
    found = commuting_check.faults(frame, 290)
    assert [fault.partition(":")[0] for fault in found if "entirely" in fault] == [
        "2021, total",
        "2022, total",
    ]
