"""Spatial interaction: how many would commute given size and distance, and which node pairs fall short."""

import itertools
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.facts.places import Municipalities, MunicipalityPoints, Nodes
from storregion.facts.work import Commuting, CountyCommuting, matrices

Floats = NDArray[np.float64]
FORMS = ("exp", "power")
JUDGED = ("flows", "counties", "not_judged")

GRAVITY = columns.schema(
    "gravity",
    __name__,
    columns.year(),
    columns.code("form", key=True, choices=FORMS),
    columns.number("beta", "coefficient"),
    columns.number("mean_km", "km", least=0.0),
    columns.number("explained", "share", most=1.0, absent="explained_absent"),
    columns.code("judged", choices=JUDGED),
)
Gravity = Annotated[pl.DataFrame, GRAVITY]

NODE_PAIRS = columns.schema(
    "node_pairs",
    __name__,
    columns.code("one", key=True, refers=("nodes", "node")),
    columns.code("two", key=True, refers=("nodes", "node")),
    columns.year(),
    columns.number("persons", "commuters", least=0.0),
    columns.number("predicted", "commuters", least=0.0),
    columns.number("ratio", "ratio", least=0.0),
    columns.number("missing_persons", "commuters"),
    columns.number("km", "km", least=0.0),
    columns.code("known", choices=("both", "one", "none")),
    columns.number("at_most", "commuters", least=0.0),
    columns.code("verdict", choices=("weak", "strong", "as_expected"), absent="verdict_absent"),
)
NodePairs = Annotated[pl.DataFrame, NODE_PAIRS]


def gravity(
    commuting: Commuting,
    county_commuting: CountyCommuting,
    municipalities: Municipalities,
    municipality_points: MunicipalityPoints,
) -> Gravity:
    """The calibrated model of each year, in both forms.

    An observed year is judged on its flows. An estimated one was made with a form of distance, so its flows
    would only say which form is most like that: it is judged on the flows between counties, which the
    estimate has as they were observed, or not at all.

    Parameters
    ----------
    commuting : national flows by year.
    county_commuting : flows between counties as observed; may be empty.
    municipalities : counties.
    municipality_points : points in metres.
    """
    from storregion.kernels.balance import balanced
    from storregion.kernels.gravity import deviance

    county = dict(municipalities.select("municipality", "county").iter_rows())
    moved = municipality_points.filter(basis="assumed")
    rows = []
    for when, codes, flows, cells, known in _years(commuting):
        distance, apart = _distances(codes, municipality_points)
        total = flows[apart].sum()
        models = {form: _calibrated(flows, distance, form, apart, when) for form in FORMS}
        # What balances with a distance balances without one, too.
        level = balanced(apart.astype(np.float64), flows.sum(axis=1), flows.sum(axis=0))
        judged, counted = "flows", np.eye(len(codes))
        if not cells.all():
            judged = "counties" if county_commuting.height else "not_judged"
            counted = np.array(
                [[county[code] == one for one in sorted(set(county.values()))] for code in codes]
            )
        across = ~np.eye(counted.shape[1], dtype=np.bool_)
        seen, alone = counted.T @ flows @ counted, counted.T @ level @ counted
        mean = (flows * distance)[apart].sum() / total
        for form, (beta, predicted) in models.items():
            said = counted.T @ predicted @ counted
            explained = 1 - deviance(seen, said, across) / deviance(seen, alone, across)
            shown = (None, "not_applicable") if judged == "not_judged" else (explained, None)
            basis = weakest_of(known, moved, county_commuting)
            rows.append((when, form, beta, mean, *shown, judged, basis))
    names = ["year", "form", "beta", "mean_km", "explained", "explained_absent", "judged", "basis"]
    types = {name: GRAVITY[name].dtype for name in names}
    return pl.DataFrame(rows, schema=types, orient="row").select([column.name for column in GRAVITY.columns])


def node_pairs(
    commuting: Commuting,
    gravity: Gravity,
    nodes: Nodes,
    municipality_points: MunicipalityPoints,
    *,
    weak_ratio: float = 0.67,
) -> NodePairs:
    """Every pair of nodes against the model that explains the year's flows best.

    Parameters
    ----------
    commuting : national flows by year.
    gravity : the calibrated model, for the better form of each year.
    nodes : the nodes with their municipalities; a pair in one municipality is left out.
    municipality_points : points in metres.
    weak_ratio : share of the predicted flow below which a pair is weak.
    """
    # Where neither form can be judged, the exponential one stands.
    better = gravity.sort("explained", "form", descending=[False, True], nulls_last=False)
    better = better.group_by("year", maintain_order=True).last()
    forms = {row["year"]: (row["form"], row["beta"]) for row in better.iter_rows(named=True)}
    # Points are estimates at best and make no flow one; what is measured from one moved is assumed.
    moved = municipality_points.filter(basis="assumed")
    parts: list[tuple[object, ...]] = []
    for when, codes, flows, fixed, known in _years(commuting):
        distance, apart = _distances(codes, municipality_points)
        basis = weakest_of(known, gravity, moved)
        predicted = _predicted(flows, distance, *forms[when], apart, when)
        most = np.where(fixed, flows, flows.max(axis=1, keepdims=True))
        index = {code: at for at, code in enumerate(codes)}
        for one, two, core, i, j in _node_pairs(nodes, index):
            both = [float(matrix[i, j] + matrix[j, i]) for matrix in (flows, most, predicted)]
            how = ("none", "one", "both")[int(fixed[i, j]) + int(fixed[j, i])]
            parts.append((one, two, when, *both, distance[i, j], how, "assumed" if core else basis))
    names = ["one", "two", "year", "persons", "at_most", "predicted", "km", "known", "basis"]
    frame = pl.DataFrame(parts, schema={name: NODE_PAIRS[name].dtype for name in names}, orient="row")
    return _judged(frame, weak_ratio)


def _judged(frame: pl.DataFrame, weak_ratio: float) -> pl.DataFrame:
    """Each pair with its ratio and verdict, as far as what is published allows one."""
    ratio = pl.col("persons") / pl.col("predicted")
    surely_weak = pl.col("at_most") / pl.col("predicted") < weak_ratio
    verdict = (
        pl.when((ratio < weak_ratio) | surely_weak)
        .then(pl.lit("weak"))
        .when(ratio > 1 / weak_ratio)
        .then(pl.lit("strong"))
        .otherwise(pl.lit("as_expected"))
    )
    judged = (pl.col("known") != "none") | surely_weak
    return frame.with_columns(
        ratio=ratio,
        missing_persons=pl.col("predicted") - pl.col("persons"),
        verdict=pl.when(judged).then(verdict),
        verdict_absent=pl.when(~judged).then(pl.lit("missing")),
    )


def _node_pairs(nodes: pl.DataFrame, index: dict[str, int]) -> list[tuple[str, str, bool, int, int]]:
    """Every two nodes in different municipalities: codes, whether one is an urban core, and their places."""
    ends = nodes.select("node", "kind", "municipality").sort("node").rows()
    return [
        (one, two, "regional_core" in (kind_one, kind_two), index[home_one], index[home_two])
        for (one, kind_one, home_one), (two, kind_two, home_two) in itertools.combinations(ends, 2)
        if home_one != home_two
    ]


def _predicted(
    flows: Floats, distance: Floats, form: str, beta: float, apart: NDArray[np.bool_], when: int
) -> Floats:
    from storregion.kernels.balance import NoBalanceError, balanced

    measure = distance if form == "exp" else np.log(distance)
    # A factor for each row keeps the nearest cell at one, however far away it lies.
    exponent = np.where(apart, beta * measure, -np.inf)
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    try:
        return balanced(weights, flows.sum(axis=1), flows.sum(axis=0))
    except NoBalanceError as error:
        raise DataError(f"commuting {when} has no gravity model: {error}") from None


def _years(commuting: pl.DataFrame) -> list[tuple[int, list[str], Floats, NDArray[np.bool_], str]]:
    """Each year's codes, persons[home, work] across borders, which cells are known, and basis."""
    found = matrices(commuting)
    for one in found:
        np.fill_diagonal(one.persons, 0.0)
    return [(one.year, one.codes, one.persons, one.known, one.basis) for one in found]


def _distances(codes: list[str], points: pl.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
    """Kilometres between places, and which pairs are of two different ones."""
    where = pl.DataFrame({"municipality": codes}).join(
        points, on="municipality", how="left", maintain_order="left"
    )
    east, north = where["east"].to_numpy() / 1000.0, where["north"].to_numpy() / 1000.0
    apart = ~np.eye(len(codes), dtype=bool)
    return np.where(apart, np.hypot(east[:, None] - east, north[:, None] - north), 1.0), apart


def _calibrated(
    flows: Floats, distance: Floats, form: str, apart: NDArray[np.bool_], when: int
) -> tuple[float, Floats]:
    from storregion.kernels.balance import NoBalanceError, calibrated

    try:
        return calibrated(flows, distance, "exp" if form == "exp" else "power", counted=apart)
    except NoBalanceError as error:
        raise DataError(f"commuting {when} has no gravity model: {error}") from None
