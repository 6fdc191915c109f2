"""The bundled figures keep to every relation, and figures that are wrong are named."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from storregion.core import plausibility
from storregion.core.workspace import Workspace
from storregion.facts.relations import RELATIONS


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The tool that spoils figures."""
    path = Path(__file__).parents[2] / "tools" / "wrong_figures.py"
    spec = importlib.util.spec_from_file_location("wrong_figures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its data classes look their module up by name.
    sys.modules["wrong_figures"] = module
    spec.loader.exec_module(module)
    return module


def test_relations_have_names_of_their_own() -> None:
    names = [relation.name for relation in RELATIONS]
    assert len(set(names)) == len(names) > 100


def test_the_bundled_figures_keep_to_every_relation(bundled: Workspace) -> None:
    kept = plausibility.accepted(bundled.folder, RELATIONS)
    found = plausibility.compared(RELATIONS, bundled.table, bundled.steps, kept)
    assert found.questions == ()
    # Of all that there are, none is passed over since its tables are not made.
    assert found.compared == len(RELATIONS)


def test_enough_is_tried_and_every_reason_is_of_something_tried(tool: ModuleType) -> None:
    tried = [wrong.what for wrong in tool.EVERY]
    assert len(tried) >= 80
    assert set(tool.REASONS) <= set(tried)
    assert len(tool.REASONS) <= 5


@pytest.mark.long
def test_wrong_figures_are_named(tool: ModuleType, bundled: Workspace) -> None:
    trial = tool.Trial(bundled)
    nowhere = [found.wrong.what for found in map(trial.found, tool.EVERY) if not found.by]
    assert set(nowhere) <= set(tool.REASONS)
