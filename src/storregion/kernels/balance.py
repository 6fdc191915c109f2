"""Doubly constrained balancing and gravity: flows that keep given margins.

T_ij = A_i O_i B_j D_j f(c_ij), where f is exp(β·c) or c^β, A and B make the rows add up to O and the columns
to D, and β makes the mean cost (or mean log cost) that of the observed flows, which is also the maximum of
the Poisson likelihood (Wilson 1970; Flowerdew & Aitkin 1982).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
Form = Literal["exp", "power"]


class NoBalanceError(ValueError):
    """No table fits the margins, or none was found within the steps allowed."""


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
                return found
    raise NoBalanceError(
        f"rows {_where(off)} are still off after {rounds} rounds; zeros among the cells may leave no table "
        "with these margins, or the weights differ too much for it to be found"
    )


_LEAPS = (25, 100, 400)
"""The rounds after which Newton's steps are tried; while the table is far off they fail, without harm."""


def _leapt(table: Floats, origins: Floats, destinations: Floats, tolerance: float) -> Floats | None:
    """The balanced table by Newton's method on the logarithms of the factors; None where it does not settle.

    With R and C the row and column sums, the columns' step solves (diag C − Tᵀ R⁻¹ T)·v = s − Tᵀ R⁻¹ r, and
    the rows' step follows from it. One column is held fixed, as a factor can be shifted to the rows.
    """
    rows, columns = np.flatnonzero(origins > 0), np.flatnonzero(destinations > 0)
    some = table[np.ix_(rows, columns)]
    wanted, wanted_across = origins[rows], destinations[columns]
    for _ in range(30):
        sums, across = some.sum(axis=1), some.sum(axis=0)
        gaps, gaps_across = wanted - sums, wanted_across - across
        if (abs(gaps) <= tolerance * wanted).all() and (abs(gaps_across) <= tolerance * wanted_across).all():
            found = np.zeros_like(table)
            found[np.ix_(rows, columns)] = some
            return found
        shares = some / sums[:, None]
        system = np.diag(across) - some.T @ shares
        step = np.zeros(len(columns))
        try:
            step[1:] = np.linalg.solve(system[1:, 1:], (gaps_across - shares.T @ gaps)[1:])
        except np.linalg.LinAlgError:
            return None
        step_rows = (gaps - some @ step) / sums
        longest = max(abs(step).max(initial=0.0), abs(step_rows).max(initial=0.0))
        if not longest < 50.0:
            return None
        # A long step may overshoot to where it has no way back.
        part = min(1.0, 2.0 / longest) if longest > 0 else 1.0
        some = some * np.exp(part * step_rows)[:, None] * np.exp(part * step)
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
        equal, or add up from one part per row and one per column), or no β gives the observed mean cost.

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

    def predicted(beta: float) -> Floats:
        return balanced(_weights(beta * measure, taken), origins, destinations, tolerance=1e-12)

    def off(beta: float) -> float:
        return float((predicted(beta) * measure).sum() / total - mean)

    # Steps in the spread of the cost suit minutes and kilometres alike.
    spread = float(measure[taken].std())
    start = off(0.0)
    slope = abs(off(-0.1 / spread) - start) if spread > 1e-12 * np.abs(measure).max() else 0.0
    if slope <= 1e-9 * spread:
        raise NoBalanceError("the margins alone fix the mean cost: any β gives the same flows")
    beta = _root(off, start, 1.0 / spread, 1e-13 * spread)
    if beta and abs(off(1.01 * beta)) <= 1e-9 * spread:
        raise NoBalanceError(
            f"the flows are at the edge of what the margins allow: any β beyond {beta:g} fits"
        )
    return beta, predicted(beta)


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


def _weights(exponent: Floats, taken: Cells) -> Floats:
    """exp of an exponent, but for a factor per row and column, so that none has all its cells vanish."""
    kept = np.where(taken, exponent, -np.inf)
    for axis in (1, 0):
        top = kept.max(axis=axis, keepdims=True, initial=-np.inf)
        kept = kept - np.where(np.isfinite(top), top, 0.0)
    return np.exp(kept)


def _root(off: Callable[[float], float], start: float, step: float, tolerance: float) -> float:
    """Where a rising function is zero, from its value at 0: brackets, then secants kept inside (Illinois)."""
    if abs(start) <= tolerance:
        return 0.0
    near, near_value, far, far_value = _bracket(off, start, -step if start > 0 else step)
    for _ in range(100):
        now = far - far_value * (far - near) / (far_value - near_value)
        value = off(now)
        if abs(value) <= tolerance or abs(far - near) <= 1e-14 * abs(now):
            return now
        if value * far_value < 0:
            near, near_value = far, far_value
        else:
            near_value /= 2
        far, far_value = now, value
    return far


def _bracket(off: Callable[[float], float], start: float, step: float) -> tuple[float, float, float, float]:
    """Two places, and the values there, between which a function changes its sign; the first is nearer 0."""
    near, near_value = 0.0, start
    refused = 0
    for _ in range(40):
        if refused == 4:
            break
        far = near + step
        far_value = _tried(off, far)
        if far_value is None:
            # So steep that nothing balances: what is looked for lies nearer, if anywhere.
            refused += 1
            step /= 4
        elif far_value * start <= 0:
            return near, near_value, far, far_value
        else:
            near, near_value = far, far_value
            step *= 1.0 if refused else 2.0
    raise NoBalanceError(f"no β gives the observed mean cost; flows balance up to β = {near:g}")


def _tried(off: Callable[[float], float], beta: float) -> float | None:
    """The value, or None where β is so steep that the flows do not balance."""
    try:
        return off(beta)
    except NoBalanceError:
        return None
