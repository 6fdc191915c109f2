"""Spatial interaction: how many would commute given size and distance, and which node pairs fall short.

Title       Spatial interaction
Question    How does distance deter commuting, and between which nodes do fewer commute than their size and
            distance suggest?
Method      A doubly constrained gravity model of flows between different municipalities in the whole
            country: T = A·O·B·D·f(c), where f is exp(β·c) or c^β and c is kilometres as the crow flies; β
            makes the mean distance that of the flows. For each pair of nodes the flow both ways is set
            against the model's. A pair is weak when it holds less than weak_ratio of what the model says,
            strong when more than one over that. Form is the one that explains the flows better.
Reads       commuting, nodes, municipality_points
Limits      In an estimated year only flows to a largest destination are known; where neither direction of a
            pair is, its residual compares one model with another and says nothing of the world. Such a pair
            is judged only where even the most that the published shares allow is weak: no destination gets
            more than the largest. Straight lines ignore water and timetables.

Titel       Rumslig interaktion
Fråga       Hur avskräcker avståndet från pendling, och mellan vilka noder pendlar färre än deras storlek
            och avstånd tyder på?
Metod       En dubbelt bunden gravitationsmodell för flöden mellan olika kommuner i hela landet: T =
            A·O·B·D·f(c), där f är exp(β·c) eller c^β och c är kilometer fågelvägen; β ger flödenas
            medelavstånd. För varje par av noder ställs flödet i båda riktningar mot modellens. Ett par är
            svagt när det har mindre än weak_ratio av vad modellen säger, starkt när det har mer än ett
            delat med det. Formen är den som förklarar flödena bäst.
Läser       commuting, nodes, municipality_points
Gränser     Ett uppskattat år är bara flöden till ett största mål kända; där ingen riktning i ett par är det
            jämför avvikelsen en modell med en annan och säger inget om världen. Ett sådant par bedöms bara
            när till och med det mesta som de publicerade andelarna tillåter är svagt: inget mål får fler än
            det största. Raka linjer bortser från vatten och tidtabeller.
"""

import itertools
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.errors import DataError
from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis
from storregion.facts.people import year
from storregion.facts.places import MunicipalityPoints, Nodes
from storregion.facts.work import Commuting, matrices

Floats = NDArray[np.float64]
FORMS = ("exp", "power")

GRAVITY = Schema(
    "gravity",
    Text("Avståndets betydelse", "What distance means"),
    Text("Den kalibrerade modellen per år och form.", "The calibrated model by year and form."),
    (
        year(),
        Column(
            "form",
            pl.String,
            "code",
            Text("Form", "Form"),
            Text("exp (exponentiell) eller power (potens).", "exp (exponential) or power."),
            key=True,
            choices=FORMS,
        ),
        Column(
            "beta",
            pl.Float64,
            "coefficient",
            Text("β", "β"),
            Text(
                "Per kilometer för exp, utan enhet för power.",
                "Per kilometre for exp, without unit for power.",
            ),
        ),
        Column(
            "mean_km",
            pl.Float64,
            "km",
            Text("Medelavstånd", "Mean distance"),
            Text(
                "Pendlarnas medelavstånd fågelvägen mellan kommuner.",
                "Mean distance of commuters between municipalities, as the crow flies.",
            ),
            least=0.0,
        ),
        Column(
            "explained",
            pl.Float64,
            "share",
            Text("Förklarad avvikelse", "Deviance explained"),
            Text(
                "Andel av Poissonavvikelsen från en modell utan avstånd som modellen förklarar.",
                "Share of the Poisson deviance from a model without distance that the model explains.",
            ),
            most=1.0,
        ),
        basis(),
    ),
)
Gravity = Annotated[pl.DataFrame, GRAVITY]

NODE_PAIRS = Schema(
    "node_pairs",
    Text("Nodpar mot modellen", "Node pairs against the model"),
    Text(
        "Pendling båda riktningar mellan två noder mot vad storlek och avstånd säger.",
        "Commuting both ways between two nodes against what size and distance say.",
    ),
    (
        Column(
            "one",
            pl.String,
            "code",
            Text("Nod", "Node"),
            Text("Den ena noden.", "One node."),
            key=True,
            refers=("nodes", "node"),
        ),
        Column(
            "two",
            pl.String,
            "code",
            Text("Nod", "Other node"),
            Text("Den andra noden.", "The other node."),
            key=True,
            refers=("nodes", "node"),
        ),
        year(),
        Column(
            "persons",
            pl.Float64,
            "commuters",
            Text("Pendlare", "Commuters"),
            Text("Båda riktningar.", "Both ways."),
            least=0.0,
        ),
        Column(
            "predicted",
            pl.Float64,
            "commuters",
            Text("Modellen", "Model"),
            Text("Pendlare enligt modellen.", "Commuters by the model."),
            least=0.0,
        ),
        Column(
            "ratio",
            pl.Float64,
            "ratio",
            Text("Kvot", "Ratio"),
            Text("Pendlare delat med modellens.", "Commuters over the model's."),
            least=0.0,
        ),
        Column(
            "missing_persons",
            pl.Float64,
            "commuters",
            Text("Saknade pendlare", "Missing commuters"),
            Text(
                "Modellens minus de som är; negativt där fler pendlar än väntat.",
                "The model's minus those there are; negative where more commute than expected.",
            ),
        ),
        Column(
            "km",
            pl.Float64,
            "km",
            Text("Avstånd", "Distance"),
            Text("Kilometer fågelvägen.", "Kilometres as the crow flies."),
            least=0.0,
        ),
        Column(
            "known",
            pl.String,
            "code",
            Text("Hur känt", "How known"),
            Text(
                "both (båda riktningar kända), one (den ena känd) eller none (ingen känd, bara uppskattad).",
                "both (both directions known), one (one known) or none (none known, only estimated).",
            ),
            choices=("both", "one", "none"),
        ),
        Column(
            "at_most",
            pl.Float64,
            "commuters",
            Text("Högst", "At most"),
            Text(
                "De flesta pendlare, båda riktningar, som de publicerade andelarna tillåter.",
                "The most commuters, both ways, that the published shares allow.",
            ),
            least=0.0,
        ),
        Column(
            "verdict",
            pl.String,
            "code",
            Text("Bedömning", "Verdict"),
            Text(
                "weak, strong eller as_expected; tomt där det publicerade inte räcker för att säga.",
                "weak, strong or as_expected; empty where what is published does not suffice to say.",
            ),
            absent="verdict_absent",
            choices=("weak", "strong", "as_expected"),
        ),
        absence("verdict_absent", Text("bedömning", "verdict")),
        basis(),
    ),
)
NodePairs = Annotated[pl.DataFrame, NODE_PAIRS]


def gravity(commuting: Commuting, municipality_points: MunicipalityPoints) -> Gravity:
    """The calibrated model of each year, in both forms.

    Parameters
    ----------
    commuting : national flows by year.
    municipality_points : points in metres.
    """
    from storregion.kernels.balance import balanced

    rows = []
    for when, codes, flows, _, known in _years(commuting):
        distance, apart = _distances(codes, municipality_points)
        total = flows[apart].sum()
        models = {form: _calibrated(flows, distance, form, apart, when) for form in FORMS}
        # What balances with a distance balances without one, too.
        level = balanced(apart.astype(np.float64), flows.sum(axis=1), flows.sum(axis=0))
        alone = _deviance(flows, level, apart)
        for form, (beta, predicted) in models.items():
            explained = 1 - _deviance(flows, predicted, apart) / alone
            mean = (flows * distance)[apart].sum() / total
            rows.append((when, form, beta, mean, explained, known))
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in GRAVITY.columns}, orient="row")


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
    better = gravity.sort("explained").group_by("year", maintain_order=True).last()
    forms = {row["year"]: (row["form"], row["beta"]) for row in better.iter_rows(named=True)}
    parts: list[tuple[object, ...]] = []
    for when, codes, flows, fixed, known in _years(commuting):
        distance, apart = _distances(codes, municipality_points)
        predicted = _predicted(flows, distance, *forms[when], apart, when)
        most = np.where(fixed, flows, flows.max(axis=1, keepdims=True))
        index = {code: at for at, code in enumerate(codes)}
        for one, two, core, i, j in _node_pairs(nodes, index):
            both = [float(matrix[i, j] + matrix[j, i]) for matrix in (flows, most, predicted)]
            how = ("none", "one", "both")[int(fixed[i, j]) + int(fixed[j, i])]
            parts.append((one, two, when, *both, distance[i, j], how, "assumed" if core else known))
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


def _deviance(flows: Floats, predicted: Floats, apart: NDArray[np.bool_]) -> float:
    """Poisson deviance of the cells that count."""
    seen, said = flows[apart], predicted[apart]
    there = seen > 0
    return float(2 * ((seen[there] * np.log(seen[there] / said[there])).sum() - (seen - said).sum()))
