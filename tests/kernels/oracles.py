"""Plain calculations that the kernels are held against."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.balance import Form
from storregion.kernels.scan import UNREACHED

Floats = NDArray[np.float64]


def deterrence(cost: Floats, beta: float, form: Form) -> Floats:
    """How much a cost deters: exp(β·c) or c^β."""
    return np.exp(beta * cost) if form == "exp" else np.power(cost, beta)


def opportunities(times: NDArray[np.uint16], weights: Floats, cutoffs: Sequence[int]) -> Floats:
    """(cutoffs,) sums of the weights of the points reached within each number of seconds."""
    return np.array([weights[(times <= most) & (times != UNREACHED)].sum() for most in cutoffs])
