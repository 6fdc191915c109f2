"""Whether a matrix can be commuting in the whole country: national, in both directions, with its diagonal."""

import polars as pl

# Statistics Sweden's employed residents have lain between about 4.0 and 5.3 million since 2004; the bounds
# leave room for earlier and later years, yet tell a part of the country, or one counted twice.
LEAST_EMPLOYED, MOST_EMPLOYED = 3_500_000, 6_500_000
# From this share of the municipalities on, a matrix is taken for a national one.
NATIONAL_SHARE = 0.9
# Since 2022 every cell is perturbed by itself, so the sexes need not sum to the total exactly.
SEXES_APART = 0.05
FIRST_YEAR, LAST_YEAR = 1985, 2100


def faults(frame: pl.DataFrame, municipalities: int) -> list[str]:
    """What keeps a frame from being commuting in the whole country.

    Parameters
    ----------
    frame : rows with year, home, work, sex and persons, as in `commuting_observed`.
    municipalities : how many municipalities the country has.

    Returns
    -------
    Every fault in words with the year, the sex and the municipality concerned; none when all is well.
    """
    found = [
        f"{year}: no year between {FIRST_YEAR} and {LAST_YEAR}; is the year's column the right one?"
        for year in frame["year"].unique().sort()
        if not FIRST_YEAR <= year <= LAST_YEAR
    ]
    for (year, sex), part in frame.sort("year", "sex").group_by("year", "sex", maintain_order=True):
        name = f"{year}, {sex}"
        flows = part.filter(pl.col("persons") > 0)
        found += _diagonal(name, flows)
        found += _one_way(name, flows)
        found += _national(name, flows, municipalities, judge_total=sex == "total")
    return found + _sexes_apart(frame)


def _diagonal(name: str, flows: pl.DataFrame) -> list[str]:
    """Municipalities that people commute from, but where nobody both lives and works."""
    inside = flows.filter(pl.col("home") == pl.col("work"))["home"]
    if flows.is_empty():
        return [f"{name}: no one commutes at all"]
    if inside.is_empty():
        return [f"{name}: home = work is missing entirely; read in those who work where they live, too"]
    without = flows.filter(~pl.col("home").is_in(inside.implode()))["home"].unique().sort()
    return [f"{name}: {home} has commuters out, but home = work is missing there" for home in without]


def _one_way(name: str, flows: pl.DataFrame) -> list[str]:
    """A triangle: several pairs, and all of them in the same order of codes."""
    pairs = flows.filter(pl.col("home") != pl.col("work"))
    rising = pairs.filter(pl.col("home") < pl.col("work")).height
    if pairs.height < 2 or 0 < rising < pairs.height:
        return []
    order, pair = ("higher" if rising else "lower"), pairs.row(0, named=True)
    return [
        f"{name}: one direction only: every work has a {order} code than its home, as in {pair['home']} → "
        f"{pair['work']}; read in both directions, not their sum"
    ]


def _national(name: str, flows: pl.DataFrame, municipalities: int, *, judge_total: bool) -> list[str]:
    """Too few municipalities, or a sum that cannot be the country's."""
    there = pl.concat([flows["home"], flows["work"]]).n_unique()
    if there < NATIONAL_SHARE * municipalities:
        return [
            f"{name}: the matrix is not national: {there} of {municipalities} municipalities take part. "
            "Read national matrices whole, or shares of outflow come out wrong"
        ]
    total = flows["persons"].sum()
    if judge_total and not LEAST_EMPLOYED <= total <= MOST_EMPLOYED:
        return [
            f"{name}: the sum is {total:.0f} persons, which cannot be the employed of Sweden "
            f"({LEAST_EMPLOYED} to {MOST_EMPLOYED}). Are the cells persons, and each counted once?"
        ]
    return []


def _sexes_apart(frame: pl.DataFrame) -> list[str]:
    """Years in which men and women together are far from the total."""
    sums = (
        frame.group_by("year", "sex", maintain_order=True)
        .agg(pl.col("persons").sum())
        .pivot("sex", index="year")
    )
    if not {"total", "men", "women"} <= set(sums.columns):
        return []
    both = pl.col("men") + pl.col("women")
    apart = sums.sort("year").filter((both - pl.col("total")).abs() > SEXES_APART * pl.col("total"))
    return [
        f"{row['year']}: men and women are {row['men'] + row['women']:.0f} together, but the total is "
        f"{row['total']:.0f}; small differences are allowed, not more than {SEXES_APART:.0%}"
        for row in apart.iter_rows(named=True)
    ]
