"""The calls of a day's trips in the types that the kernels take, and what is wrong with them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels.compiled import compiled

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Indices = NDArray[np.int64]

LATEST = 864_000  # seconds: ten days, more than any service day reaches in either direction


class Calls(NamedTuple):
    """Calls of trips at stops, sorted by trip and within it by position."""

    trip: Indices  # (calls,)
    stop: Ints  # (calls,)
    arrival: Ints  # (calls,) seconds of the service day
    departure: Ints  # (calls,) seconds of the service day
    board: Bytes  # (calls,) 1 where one may get on
    alight: Bytes  # (calls,) 1 where one may get off


def calls(
    trip: ArrayLike,
    stop: ArrayLike,
    arrival: ArrayLike,
    departure: ArrayLike,
    board: ArrayLike | None = None,
    alight: ArrayLike | None = None,
) -> Calls:
    """Calls in the types that the kernels take.

    Parameters
    ----------
    trip, stop : (calls,) indexes; calls sorted by trip, and within it in the order it makes them.
    arrival, departure : (calls,) seconds of the service day.
    board, alight : (calls,) whether one may get on and off; everywhere when left out.

    Raises
    ------
    ValueError
        The arrays differ in length, or hold what is not a whole number of the range.
    """
    length = np.size(np.asarray(trip))
    everywhere = np.ones(length, np.uint8)
    checked = Calls(
        whole(trip, np.int64, "trip"),
        whole(stop, np.int32, "stop"),
        whole(arrival, np.int32, "arrival"),
        whole(departure, np.int32, "departure"),
        everywhere if board is None else whole(board, np.uint8, "board"),
        everywhere if alight is None else whole(alight, np.uint8, "alight"),
    )
    for name, column in checked._asdict().items():
        if column.shape != (length,):
            raise ValueError(f"{name} must be {length} numbers like trip, not of shape {column.shape}")
    return checked


def whole(given: ArrayLike, dtype: type, name: str) -> NDArray[Any]:
    """An array of whole numbers in the type wanted, or refused: nothing is rounded or wrapped round."""
    array = np.asarray(given)
    if array.dtype == dtype:
        return np.require(array, requirements=["C", "W"])  # one kind of array alone is compiled for
    if array.size == 0:
        return np.zeros(array.shape, dtype)
    limits = np.iinfo(dtype)
    if array.dtype.kind not in "iub" or array.min() < limits.min or array.max() > limits.max:
        raise ValueError(f"{name} must be whole numbers from {limits.min} to {limits.max}")
    return np.require(array, dtype, ["C", "W"])


FAULTS = (
    "",
    "its calls come after those of a higher index; sort them by trip",
    "the index is not one of the trips",
    "it calls at a stop that does not exist",
    f"it has a time more than {LATEST} seconds from the start of the day",
    "it departs from a stop before it arrives there",
    "it arrives at a stop before it departed from the one before",
    "whether one may board or alight must be 0 or 1",
)


def refuse(made: Calls, trips: int, stops: int) -> None:
    """Refuse calls that cannot be a timetable of so many trips and stops.

    Raises
    ------
    ValueError
        With the first trip that is wrong.
    """
    fault, trip = _fault(*made, trips, stops)
    if fault:
        raise ValueError(f"trip {trip}: {FAULTS[fault]}")


@compiled
def _fault(
    trip: Indices,
    stop: Ints,
    arrival: Ints,
    departure: Ints,
    board: Bytes,
    alight: Bytes,
    trips: int,
    stops: int,
) -> tuple[int, int]:
    """The first thing wrong, as an index of FAULTS, and the trip."""
    for call in range(len(trip)):
        here = trip[call]
        if call > 0 and here < trip[call - 1]:
            return 1, here
        if here < 0 or here >= trips:
            return 2, here
        if stop[call] < 0 or stop[call] >= stops:
            return 3, here
        if abs(arrival[call]) > LATEST or abs(departure[call]) > LATEST:
            return 4, here
        if departure[call] < arrival[call]:
            return 5, here
        if call > 0 and here == trip[call - 1] and arrival[call] < departure[call - 1]:
            return 6, here
        if board[call] > 1 or alight[call] > 1:
            return 7, here
    return 0, 0
