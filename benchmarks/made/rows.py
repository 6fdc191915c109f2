"""Figures of a made country: the rows of real places for the made ones that copy them, and their sums."""

import polars as pl
from benchmarks.made.country import Made, read


def of_municipalities(made: Made, rows: pl.DataFrame, keep: tuple[str, ...] = ()) -> pl.DataFrame:
    """The rows of real municipalities for the made ones in their place, with some columns of these beside."""
    places = made.municipalities.select("real", *keep, made="municipality")
    joined = places.join(rows, left_on="real", right_on="municipality", maintain_order="left_right")
    return joined.rename({"made": "municipality"}).select(*rows.columns, *keep)


def scaled(rows: pl.DataFrame, keys: tuple[str, ...], factor: pl.Expr) -> pl.DataFrame:
    """All but the keys times a number, as whole as they were."""
    values = [name for name in rows.columns if name not in keys]

    def times(name: str) -> pl.Expr:
        decimals = 4 if rows[name].str.contains(".", literal=True).any() else 0
        number = (pl.col(name).cast(float) * factor).round(decimals)
        return (number if decimals else number.cast(pl.Int64)).alias(name)

    return rows.with_columns(times(name) for name in values)


def of_counties(made: Made, real: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Sums over real counties for the made ones, and over these for the country where it has rows.

    A county that the file leaves out has its part, by people, of what the country has beyond the others.
    """
    county, values = real.columns[0], [name for name in real.columns[1:] if name not in keys]
    decimals = {name: 4 if real[name].str.contains(".", literal=True).any() else 0 for name in values}
    numbers = real.rename({county: "county"}).with_columns(pl.col(name).cast(float) for name in values)
    whole = numbers.filter(pl.col("county") == "00")
    own = numbers.filter(pl.col("county") != "00")
    every = _every_county(whole, own, keys) if whole.height else own
    left_out = _people().join(own, on="county", how="anti")
    more = every.join(left_out, on="county", how="semi")
    parts = pl.DataFrame(list(made.part_of.items()), ["county", "part"], orient="row")
    there = made.counties.rename({"county": "made"}).join(parts, on="part", maintain_order="left")
    # An empty value of one county leaves the sum empty.
    sums = [pl.when(pl.col(name).has_nulls().not_()).then(pl.col(name).sum()) for name in values]
    rows = there.join(pl.concat([own, more]), on="county", maintain_order="left_right")
    rows = rows.group_by("made", *keys, maintain_order=True).agg(sums)
    country = there.join(every, on="county").group_by(keys, maintain_order=True).agg(pl.col(values).sum())
    found = [country.with_columns(made=pl.lit("00"))] if whole.height else []
    written = pl.concat([one.select("made", *real.columns[1:]) for one in (*found, rows)])
    rounded = written.with_columns(pl.col(name).round(digits) for name, digits in decimals.items())
    counts = [name for name, digits in decimals.items() if not digits]
    return rounded.with_columns(pl.col(name).cast(pl.Int64) for name in counts).rename({"made": county})


def _every_county(whole: pl.DataFrame, own: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """What each county has of every row of the country: its own, or its part of what the others leave."""
    values = [name for name in own.columns if name not in ("county", *keys)]
    grid = whole.drop("county").join(_people(), how="cross")
    joined = grid.join(own, on=["county", *keys], how="left", suffix="_own", maintain_order="left")

    def filled(name: str) -> pl.Expr:
        mine, people = pl.col(f"{name}_own"), pl.col("people")
        left = (pl.col(name) - mine.sum().over(keys)).clip(lower_bound=0.0)
        share = people / people.filter(mine.is_null()).sum().over(keys)
        return pl.coalesce(mine, left * share).alias(name)

    return joined.with_columns(filled(name) for name in values).select(own.columns)


def balanced(moves: pl.DataFrame) -> pl.DataFrame:
    """Moves within the country so that as many come to another county as leave one; the rest is adjustment.

    What a part of a country loses to the rest of it is not there when it is a country of its own.
    """
    inward, outward = (pl.col(f"{way}_rest_of_sweden").cast(int) for way in ("in", "out"))
    total = moves.group_by("year").agg(factor=outward.sum() / inward.sum())
    # Rounded so that the sums fit: what is left of one is carried to the next.
    after = (inward * pl.col("factor")).cum_sum().over("year").round(0).cast(pl.Int64)
    after = after.diff().fill_null(after).over("year")
    adjustment = pl.col("adjustment").cast(int) + inward - after
    joined = moves.join(total, on="year", maintain_order="left")
    return joined.with_columns(adjustment=adjustment, in_rest_of_sweden=after).select(moves.columns)


def _people() -> pl.DataFrame:
    """Persons of every real county in the last year."""
    totals = read("population_totals").filter(pl.col("year") == pl.col("year").max())
    county = pl.col("municipality").str.head(2).alias("county")
    return totals.group_by(county, maintain_order=True).agg(people=pl.col("persons").cast(float).sum())
