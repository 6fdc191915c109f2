"""The textbook forms against what their books print.

The whole tables lie outside the package and are never part of it; where they are at hand,
STORREGION_CHECKS names their folder. The small cases below are typed from the same books.
"""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from storregion.kernels import multiregional

CHECKS = (
    Path(os.environ.get("STORREGION_CHECKS", Path(__file__).parents[3] / "shared" / "data")) / "projections"
)


@pytest.mark.skipif(not CHECKS.is_dir(), reason="the printed tables are not at hand")
def test_swedish_women_1993_to_the_person() -> None:
    """Preston, Heuveline & Guillot (2001), Box 6.2: women of Sweden 1993, carried to 1998."""
    box = pl.read_csv(CHECKS / "preston_box6_2_sweden1993.csv")
    people, lived, births, migrants = (
        box[name].to_numpy().astype(float) for name in ("P0F", "LxF", "asfr", "NMx")
    )
    after, born = multiregional.women_on(people, lived, births, migrants)
    assert after.round().tolist() == box["PzF"].to_list()
    assert born.round().tolist() == box["Bx"].to_list()


def test_rows_of_the_swedish_women_by_hand() -> None:
    # Box 6.2, the last three age groups of women: 183,654, 141,990 and 112,424; L 350,358, 271,512 and
    # 291,707; net migrants 300, 250 and 175. Printed for 1998 are 142,565 and 131,966:
    # (183,654 + 150) · 271,512 / 350,358 + 125 = 142,565;
    # (141,990 + 125 + 112,424 + 87.5) · 291,707 / (271,512 + 291,707) + 87.5 = 131,966.
    people, lived = np.array([183654.0, 141990, 112424]), np.array([350358.0, 271512, 291707])
    migrants = np.array([300.0, 250, 175])
    after, born = multiregional.women_on(people, lived, np.zeros(3), migrants)
    assert after[1:].round().tolist() == [142565, 131966]
    assert born.sum() == 0


@pytest.mark.skipif(not CHECKS.is_dir(), reason="the printed tables are not at hand")
def test_slovenia_and_the_rest_of_yugoslavia() -> None:
    """Willekens & Rogers (1978): two regions from 1961 to 2001, each number within 1e-4."""
    folder = CHECKS / "willekens1978"
    rates = pl.read_csv(folder / "rates.csv")
    deaths, births, moved = (
        rates.select(names).to_numpy()
        for names in (
            ("death_slovenia", "death_rest"),
            ("fert_slovenia", "fert_rest"),
            ("mig_slov_to_rest", "mig_rest_to_slov"),
        )
    )
    moves = np.zeros((len(rates), 2, 2))
    moves[:, 0, 1], moves[:, 1, 0] = moved.T
    survive, bear = multiregional.growth_matrices(deaths, moves, births)
    printed = np.stack(
        [
            pl.read_csv(folder / f"{name}_projection.csv").drop("age").to_numpy()
            for name in ("slovenia", "rest")
        ],
        axis=1,
    )
    for at in range(printed.shape[2] - 1):
        # Each step from the printed numbers, which are whole persons.
        after = multiregional.regions_on(printed[:, :, at].astype(float), survive, bear)
        np.testing.assert_allclose(after, printed[:, :, at + 1], rtol=1e-4, atol=0.5)


def test_the_first_step_of_slovenia_by_hand() -> None:
    """The first three ages of 1961, their rates and 1966 of the second and third, from the same book."""
    deaths = np.array([[0.00615, 0.022468], [0.000432, 0.000669], [0.000297, 0.000478]])
    moves = np.zeros((3, 2, 2))
    moves[:, 0, 1], moves[:, 1, 0] = [0.002832, 0.002294, 0.001485], [0.000272, 0.000166, 0.000157]
    people = np.array([[67800.0, 847900], [74100, 905200], [70700, 808100]])
    survive, bear = multiregional.growth_matrices(deaths, moves, np.zeros((3, 2)))
    after = multiregional.regions_on(people, survive, bear)
    # The step into the third group uses the open group's own form, so only the second is the book's.
    np.testing.assert_allclose(after[1], [66731, 798890], rtol=1e-4)


def test_without_moves_regions_are_strangers() -> None:
    deaths, births = np.full((4, 2), 0.01), np.array([[0.0, 0], [0.1, 0.05], [0.1, 0.05], [0, 0]])
    survive, bear = multiregional.growth_matrices(deaths, np.zeros((4, 2, 2)), births)
    people = np.array([[100.0, 50]] * 4)
    both = multiregional.regions_on(people, survive, bear)
    for at in range(2):
        alone, borne = multiregional.growth_matrices(deaths[:, [at]], np.zeros((4, 1, 1)), births[:, [at]])
        own = multiregional.regions_on(people[:, [at]], alone, borne)
        np.testing.assert_allclose(own[:, 0], both[:, at])
