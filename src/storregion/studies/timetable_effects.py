"""Effects of a changed timetable on commuting: what a minute means, and flows with a scenario's times."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.lineage import OfBase
from storregion.core.table import BASES, weakest_of
from storregion.facts.places import Nodes
from storregion.facts.work import Commuting, latest_matrix
from storregion.studies.travel_times import AccessPlaces

Floats = NDArray[np.float64]
Links = NDArray[np.bool_]


DETERRENCE = columns.schema(
    "access_deterrence",
    __name__,
    columns.year(),
    columns.number("beta", "coefficient"),
    columns.duration("mean_minutes"),
    columns.whole("pairs", "number", least=0),
)
Deterrence = Annotated[pl.DataFrame, DETERRENCE]

ACCESS_COMMUTING = columns.schema(
    "access_commuting",
    __name__,
    columns.code("home", key=True, refers=("municipalities", "municipality")),
    columns.code("work", key=True, refers=("municipalities", "municipality")),
    columns.number("persons", "commuters", least=0.0),
    columns.number("then", "commuters", least=0.0),
    columns.number("change", "commuters"),
)
AccessCommuting = Annotated[pl.DataFrame, ACCESS_COMMUTING]


def access_deterrence(commuting: Commuting, base_times: OfBase[AccessPlaces]) -> Deterrence:
    """What a minute of travel time means for commuting, from flows and times of today.

    Parameters
    ----------
    commuting : national flows; the latest year counts.
    base_times : times before any scenario.

    Returns
    -------
    No row where there is no service, or where flows and times leave β open, as between three municipalities.
    """
    from storregion.kernels.balance import NoBalanceError, calibrated

    types = {column.name: column.dtype for column in DETERRENCE.columns}
    found = latest_matrix(commuting)
    minutes = _minutes(base_times, found.codes)
    counted: Links = np.isfinite(minutes)
    if not counted.any():
        return pl.DataFrame(schema=types)
    # Municipalities without a single connected pair have nothing to say here.
    own = counted.any(axis=1) & counted.any(axis=0)
    block = np.ix_(own, own)
    served: Links = counted[block]
    times = np.where(served, minutes[block], 0.0)
    flows = np.where(served, found.persons[block], 0.0)
    try:
        beta, _ = calibrated(flows, np.where(served, times, 1.0), "exp", counted=served)
    except NoBalanceError:
        return pl.DataFrame(schema=types)
    mean = float((flows * times).sum() / flows.sum())
    row = (
        found.year,
        beta,
        mean,
        int(served.sum()),
        # A model is an estimate at best.
        weakest_of(max("estimated", found.basis, key=BASES.index), base_times),
    )
    return pl.DataFrame([row], schema=types, orient="row")


def _minutes(times: pl.DataFrame, codes: list[str]) -> Floats:
    """(n, n) minutes of the morning with wait, infinite where there is no service."""
    index = {code: at for at, code in enumerate(codes)}
    rows = times.filter(period="morning", way="depart_at").drop_nulls("with_wait")
    found = np.full((len(codes), len(codes)), np.inf)
    home, work = (
        rows[end].replace_strict(index, return_dtype=pl.Int64).to_numpy() for end in ("origin", "destination")
    )
    found[home, work] = rows["with_wait"].to_numpy()
    return found


def access_commuting(
    commuting: Commuting,
    base_times: OfBase[AccessPlaces],
    access_places: AccessPlaces,
    access_deterrence: Deterrence,
    nodes: Nodes,
) -> AccessCommuting:
    """Commuters between the nodes' municipalities today, and with the times of the scenario.

    Parameters
    ----------
    commuting : national flows; the latest year counts.
    base_times, access_places : times before and after the scenario's changes.
    access_deterrence : what a minute means.
    nodes : the nodes with their municipalities.
    """
    from storregion.kernels.balance import balanced

    types = {column.name: column.dtype for column in ACCESS_COMMUTING.columns}
    if access_deterrence.is_empty():
        return pl.DataFrame(schema=types)
    found = latest_matrix(commuting)
    before, after = _minutes(base_times, found.codes), _minutes(access_places, found.codes)
    both = np.isfinite(before) & np.isfinite(after)
    gained = np.where(both, np.where(both, after, 0.0) - np.where(both, before, 0.0), 0.0)
    then = found.persons
    if gained.any():
        weights = found.persons * np.exp(access_deterrence["beta"].item() * gained)
        then = balanced(weights, found.persons.sum(axis=1), found.persons.sum(axis=0))
    index = {code: at for at, code in enumerate(found.codes)}
    homes = sorted(set(nodes["municipality"]))
    known = weakest_of("observed", access_deterrence, access_places)
    rows = []
    for home in homes:
        for work in homes:
            if home != work:
                i, j = index[home], index[work]
                persons, later = float(found.persons[i, j]), float(then[i, j])
                rows.append((home, work, persons, later, later - persons, known))
    return pl.DataFrame(rows, schema=types, orient="row")
