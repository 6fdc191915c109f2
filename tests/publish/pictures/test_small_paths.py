"""Small charts on one scale: the same axes, labels once a row, a band where there are bounds."""

from typing import Any

from storregion.publish.pictures.charts import svg
from storregion.publish.pictures.small_paths import Panel, small_paths

PAST: list[dict[str, Any]] = [{"year": 2000, "value": -10.0}, {"year": 2024, "value": 0.0}]


def panel(name: str, end: float, low: float | None, high: float | None) -> Panel:
    ahead: list[dict[str, Any]] = [
        {"year": 2024, "value": 0.0, "low": 0.0, "high": 0.0},
        {"year": 2050, "value": end, "low": low, "high": high},
    ]
    return Panel((name, "…"), PAST, ahead)


def test_all_panels_have_the_axes_of_the_widest() -> None:
    panels = [panel("A", 20.0, 12.0, 31.0), panel("B", -5.0, -14.0, 2.0), panel("C", 1.0, None, None)]
    spec = small_paths(panels, axis="%", columns=2, width=400)
    drawn = spec["concat"]
    assert isinstance(drawn, list)
    scales = {str(layer["encoding"]["y"]["scale"]) for one in drawn for layer in one["layer"]}
    # The lowest bound is −14, the highest 31, and no panel has a scale of its own.
    assert scales == {"{'domain': [-14.0, 31.0], 'nice': True}"}
    assert {str(one["encoding"]["x"]["scale"]["domain"]) for one in drawn} == {"[2000, 2050]"}
    # The first and the third panel begin a row of two.
    labelled = [one["layer"][2]["encoding"]["y"]["axis"]["labels"] for one in drawn]
    assert labelled == [True, False, True]
    # 400 pixels less 46 of labels and a gap of 14, for two.
    assert {one["width"] for one in drawn} == {170}
    bands = [len(one["layer"][1]["data"]["values"]) for one in drawn]
    assert bands == [2, 2, 1]


def test_it_is_drawn() -> None:
    spec = small_paths([panel("Väst", 20.0, 12.0, 31.0)], axis="Mot 2024", columns=1, width=300)
    text = svg(spec, "sv")
    assert "Mot 2024" in text
    assert "Väst" in text
    assert "−" in text
