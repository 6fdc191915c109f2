"""The netCDF file for PyPSA: the same balance when read back, and no positions in it."""

from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from storregion.core.workspace import Workspace
from storregion.journeys import pypsa
from storregion.journeys.power import Balance, Tables, balance, fortnight
from storregion.sources.grid import FILE, grid


@pytest.fixture(scope="module")
def found(bundled: Workspace) -> Balance:
    net = grid(bundled.folder / FILE, bundled.group.counties)
    return balance(Tables(*(bundled.table(name) for name in Tables._fields)), net, fortnight(2020, 50))


@pytest.fixture(scope="module")
def file(found: Balance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pypsa") / "balance.nc"
    pypsa.write(path, found)
    return path


def test_the_file_has_the_same_balance_at_every_node(file: Path, found: Balance) -> None:
    with netCDF4.Dataset(file) as read:
        left: dict[str, Any] = defaultdict(lambda: np.zeros(336))

        def add(bus: str, series: str, signs: Any = None) -> None:
            for at, node in enumerate(read[bus][:]):
                left[node] += read[series][:, at] * (1.0 if signs is None else signs[at])

        add("generators_bus", "generators_t_p", read["generators_sign"][:])
        add("loads_bus", "loads_t_p", -np.ones(len(found.nodes)))
        add("links_bus0", "links_t_p0", -np.ones(2 * len(found.links)))
        add("links_bus1", "links_t_p1", -np.ones(2 * len(found.links)))
        assert set(left) == set(found.nodes)
        assert max(float(np.abs(one).max()) for one in left.values()) < 1e-6


def test_the_file_says_what_is_to_be_found_and_what_was(file: Path, found: Balance) -> None:
    with netCDF4.Dataset(file) as read:
        names = list(read["generators_i"][:])
        at = names.index("import SE3")
        assert read["generators_p_nom_extendable"][at] == 1
        assert read["generators_p_nom_opt"][at] == found.dispatch.least_import[0]
        assert "kraftvarme_industriellt_mottryck 21-SE2" in names
        moment = read["snapshots_snapshot"]
        assert (moment.units, moment[0], moment[335]) == ("hours since 2020-01-06 00:00:00", 0, 335)


def test_the_file_holds_counties_and_zones_and_no_positions(file: Path, found: Balance) -> None:
    """No line, no station: nodes are the group's counties and the bidding zones, without coordinates."""
    with netCDF4.Dataset(file) as read:
        assert {name[:2] for name in read["buses_i"][:]} == {"01", "03", "04", "05", "18", "19", "21", "SE"}
        assert not {"buses_x", "buses_y", "lines_i"} & set(read.variables)


@pytest.mark.skipif(find_spec("pypsa") is None, reason="PyPSA is not installed: pip install pypsa")
def test_pypsa_reads_the_file_and_finds_the_same_import(file: Path, found: Balance) -> None:
    import pypsa as peer  # type: ignore[import-not-found]

    network = peer.Network(str(file))
    network.optimize(log_to_console=False)
    optimal = network.generators.p_nom_opt
    imported = [optimal[f"import {found.nodes[at]}"] for at in found.network.sources]
    np.testing.assert_allclose(imported, found.dispatch.least_import, atol=1e-3)
