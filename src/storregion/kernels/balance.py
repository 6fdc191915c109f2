"""Doubly constrained balancing and gravity: flows that keep given margins.

T_ij = A_i O_i B_j D_j f(c_ij), where f is exp(β·c) or c^β, A and B make the rows add up to O and the columns
to D, and β makes the mean cost (or mean log cost) that of the observed flows, which is also the maximum of
the Poisson likelihood (Wilson 1970; Flowerdew & Aitkin 1982).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
Form = Literal["exp", "power"]


class NoBalanceError(ValueError):
    """No table fits the margins, or none was found within the steps allowed."""


class _FlatError(NoBalanceError):
    """The cost of balanced flows does not depend on β, from the β that was reached on."""

    def __init__(self, beta: float) -> None:
        """Take β."""
        super().__init__(
            f"the flows are at the edge of what the margins allow: any β beyond {beta:g} fits"
            if beta
            else "the margins alone fix the mean cost: any β gives the same flows"
        )


def balanced(
    seed: Floats, origins: Floats, destinations: Floats, *, tolerance: float = 1e-10, steps: int = 20_000
) -> Floats:
    """The table closest to a seed (in entropy) whose rows and columns add up to given margins.

    Parameters
    ----------
    seed : (n, m) array of weights, not negative; a zero stays zero.
    origins : (n,) row sums wanted.
    destinations : (m,) column sums wanted, with the same total.
    tolerance : the largest share of its margin by which a row or column may be off.
    steps : rounds allowed.

    Returns
    -------
    (n, m) array, in the unit of the margins.

    Raises
    ------
    NoBalanceError
        The shapes or totals differ, a number is negative or not finite, a margin finds too little room in
        the cells that are not zero, or the rounds do not suffice; with the rows and columns.

    References
    ----------
    Deming & Stephan (1940), On a least squares adjustment of a sampled frequency table.
    """
    _check_margins(seed, origins, destinations, tolerance)
    column = np.ones(len(destinations))
    reach = seed @ column
    off = np.zeros(len(origins), np.bool_)
    rounds = 0
    # Where no table fits, the factors of some rows grow without end, and those of others shrink.
    with np.errstate(over="ignore", invalid="ignore"):
        while rounds < steps and np.isfinite(reach).all():
            rounds += 1
            row = np.divide(origins, reach, out=np.zeros_like(reach), where=reach > 0)
            across = seed.T @ row
            column = np.divide(destinations, across, out=np.zeros_like(across), where=across > 0)
            # Columns are exact here; rows tell how far off the table is.
            reach = seed @ column
            off = ~(np.abs(row * reach - origins) <= tolerance * origins)
            if not off.any():
                return row[:, None] * seed * column[None, :]
            # Places in a long chain make the rounds creep; from close by, Newton's steps leap.
            if (
                rounds in _LEAPS
                and (found := _leapt(row[:, None] * seed * column[None, :], origins, destinations, tolerance))
                is not None
            ):
                return found[0]
    raise NoBalanceError(
        f"rows {_where(off)} are still off after {rounds} rounds; zeros among the cells may leave no table "
        "with these margins, or the weights differ too much for it to be found"
    )


_LEAPS = (25, 100, 400)
"""The rounds after which Newton's steps are tried; while the table is far off they fail, without harm."""
_NEWTON = 60
"""The most steps of Newton's."""


def _leapt(
    table: Floats, origins: Floats, destinations: Floats, tolerance: float, cost: Floats | None = None
) -> tuple[Floats, float] | None:
    """The balanced table by Newton's method on the logarithms of the factors; None where it does not settle.

    Where costs are given, β is one more unknown, found with the table, and their total is to be zero.
    """
    inside = np.ix_(origins > 0, destinations > 0)
    some, price = table[inside], np.zeros_like(table[inside]) if cost is None else cost[inside]
    wanted, wanted_across = origins[origins > 0], destinations[destinations > 0]
    scale, beta = wanted.sum() * price.std() if price.size else 0.0, 0.0
    # The margins' totals agree but for rounding, and a single small place may bear all of it.
    rounding = 1e-15 * wanted.sum()
    for number in range(_NEWTON):
        gaps, gaps_across = wanted - some.sum(axis=1), wanted_across - some.sum(axis=0)
        off = max(
            ((abs(one) - rounding) / margins).max(initial=0.0)
            for one, margins in ((gaps, wanted), (gaps_across, wanted_across))
        )
        # Whether the cost bears on the flows at all is known after a first step.
        if (
            off <= tolerance
            and (cost is None or number)
            and abs((some * price).sum()) <= 0.1 * tolerance * scale
        ):
            found = np.zeros_like(table)
            found[inside] = some
            return found, beta
        try:
            change, turn, slope, gain = _newton(some, price, gaps, gaps_across)
        except np.linalg.LinAlgError:
            return None
        if cost is not None and slope <= 1e-8 * scale * price.std():
            raise _FlatError(beta)
        part = _part(some, change, gain)
        if part is None:
            return None
        some, beta = some * np.exp(part * change), beta + part * turn
    return None


def _newton(
    some: Floats, price: Floats, gaps: Floats, gaps_across: Floats
) -> tuple[Floats, float, float, float]:
    """Newton's step of each cell's logarithm and of β; how the total cost, and the likelihood, grow.

    With R and C the row and column sums, the columns' step solves (diag C − Tᵀ R⁻¹ T)·v = s − Tᵀ R⁻¹ r, and
    the rows' step follows from it. One column is held fixed, as a factor can be shifted to the rows.
    """
    sums, paid = some.sum(axis=1), some * price
    paid_rows = paid.sum(axis=1)
    shares, root = some / sums[:, None], some / np.sqrt(sums)[:, None]
    system = np.diag(some.sum(axis=0)) - root.T @ root
    right = np.stack([gaps_across - gaps @ shares, paid.sum(axis=0) - paid_rows @ shares], axis=1)
    steps = np.zeros_like(right)
    steps[1:] = np.linalg.solve(system[1:, 1:], right[1:])
    slope = float((paid * price).sum() - paid_rows @ (paid_rows / sums) - right[:, 1] @ steps[:, 1])
    short = float(-paid.sum() - gaps @ (paid_rows / sums) - right[:, 1] @ steps[:, 0])
    turn = short / slope if slope > 0 else 0.0
    step = steps[:, 0] - turn * steps[:, 1]
    step_rows = (gaps - some @ step - turn * paid_rows) / sums
    gain = float(gaps @ step_rows + gaps_across @ step - turn * paid.sum())
    return step_rows[:, None] + step + turn * price, turn, slope, gain


def _part(some: Floats, change: Floats, gain: float) -> float | None:
    """How much of a step to take: all, or so much less that the likelihood grows as its slope promises."""
    for part in 0.5 ** np.arange(30):
        with np.errstate(over="ignore", invalid="ignore"):
            bent = (some * (np.exp(part * change) - 1.0 - part * change)).sum()
        # Of the last steps, rounding leaves nothing to judge by.
        if bent <= 0.9 * part * gain or gain <= 1e-12 * some.sum():
            return float(part)
    return None


def _where(wrong: Cells) -> str:
    """The first ten indices of what is wrong."""
    found = np.argwhere(wrong).squeeze(-1) if wrong.ndim == 1 else np.argwhere(wrong)
    return str(found[:10].tolist())[1:-1] + (" …" if len(found) > 10 else "")


def _check_margins(seed: Floats, origins: Floats, destinations: Floats, tolerance: float) -> None:
    if seed.shape != (*origins.shape, *destinations.shape):
        raise NoBalanceError(
            f"a table of shape {seed.shape} has no margins {origins.shape} and {destinations.shape}"
        )
    for name, values in (("seed cells", seed), ("rows", origins), ("columns", destinations)):
        wrong = ~(np.isfinite(values) & (values >= 0))
        if wrong.any():
            raise NoBalanceError(f"{name} {_where(wrong)} are negative or not finite")
    rows, columns = origins.sum(), destinations.sum()
    if abs(rows - columns) > 0.1 * tolerance * max(rows, columns) + 1e-12 * rows:
        raise NoBalanceError(f"rows add up to {rows!r}, columns to {columns!r}")
    some = (seed > 0).astype(np.float64)
    # A row cannot hold more than the columns that it reaches, nor a column more than its rows.
    tight_rows = origins > (some @ destinations) * (1 + 1e-9)
    tight_columns = destinations > (origins @ some) * (1 + 1e-9)
    if tight_rows.any() or tight_columns.any():
        named = [
            f"{name} {_where(tight)}"
            for name, tight in (("rows", tight_rows), ("columns", tight_columns))
            if tight.any()
        ]
        raise NoBalanceError(f"the cells above zero have no room for {' and '.join(named)}")


def calibrated(
    flows: Floats, cost: Floats, form: Form, *, counted: Cells | None = None
) -> tuple[float, Floats]:
    """The β of a doubly constrained model of observed flows, and the flows it predicts.

    Parameters
    ----------
    flows : (n, m) array, persons, observed.
    cost : (n, m) array, minutes or kilometres; finite, and for `power` above zero, where counted.
    form : `exp` or `power`.
    counted : (n, m) cells that take part; all when None. Leave out the diagonal for flows between places.

    Returns
    -------
    β, per unit of cost or of log cost, and the (n, m) predicted flows, 0 where not counted.

    Raises
    ------
    NoBalanceError
        A flow or cost cannot be, nobody moves, the margins alone fix the mean cost (as when all costs are
        equal, or add up from one part per row and one per column), or no β is found that gives the observed
        mean cost.

    References
    ----------
    Wilson (1970), Entropy in urban and regional modelling; Hyman (1969), The calibration of trip
    distribution models.
    """
    taken = np.ones(flows.shape, np.bool_) if counted is None else counted
    observed = np.where(taken, flows, 0.0)
    measure = _measured(observed, cost, form, taken)
    origins, destinations = observed.sum(axis=1), observed.sum(axis=0)
    total = origins.sum()
    mean = (observed * measure).sum() / total
    free = balanced(taken.astype(np.float64), origins, destinations, tolerance=1e-12)
    # Around the mean, so that the total that is sought is zero.
    found = _leapt(free, origins, destinations, 1e-12, np.where(taken, measure - mean, 0.0))
    if found is None:
        raise NoBalanceError("no β was found that gives the observed mean cost")
    return found[1], found[0]


def _measured(observed: Floats, cost: Floats, form: Form, taken: Cells) -> Floats:
    """The cost that enters the exponent, 0 where not counted."""
    if not observed.shape == cost.shape == taken.shape or observed.ndim != 2:
        raise NoBalanceError(f"flows {observed.shape}, cost {cost.shape} and counted cells differ in shape")
    wrong = ~(np.isfinite(observed) & (observed >= 0))
    if wrong.any():
        raise NoBalanceError(f"flows {_where(wrong)} are negative or not finite")
    wrong = taken & ~(np.isfinite(cost) & ((cost > 0) | (form == "exp")))
    if wrong.any():
        raise NoBalanceError(f"costs {_where(wrong)} are not finite, or not above zero for a power")
    if not observed.sum() > 0:
        raise NoBalanceError("nobody moves: there is no mean cost to meet")
    kept = np.where(taken, cost, 1.0)
    return np.where(taken, kept if form == "exp" else np.log(kept), 0.0)
