"""What is written of every origin."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis

LIMITS = (30, 45, 60, 90)
"""Minutes within which things are counted."""


def _metres(name: str, label: Text) -> Column:
    return Column(name, pl.Float64, "metres", label, Text("SWEREF 99 TM.", "SWEREF 99 TM."))


def _within(limit: int) -> tuple[Column, Column, Column]:
    near = Text(f"inom {limit} minuter", f"within {limit} minutes")
    return (
        Column(
            f"residents_{limit}",
            pl.Float64,
            "persons",
            Text(f"Invånare {near.sv}", f"Residents {near.en}"),
            Text(
                "Invånare som nås så snabbt vid minst hälften av avgångarna, väntan och gång inräknade.",
                "Residents reached so fast at half of the departures or more, wait and walk included.",
            ),
            least=0.0,
        ),
        Column(
            f"cells_{limit}",
            pl.Int64,
            "number",
            Text(f"Rutor {near.sv}", f"Cells {near.en}"),
            Text("Rutor som nås så snabbt.", "Cells reached so fast."),
            least=0,
        ),
        Column(
            f"fastest_{limit}",
            pl.Float64,
            "persons",
            Text(f"Invånare {near.sv} som snabbast", f"Residents {near.en} at best"),
            Text(
                "Invånare som nås så snabbt vid någon av avgångarna.",
                "Residents reached so fast at one of the departures or more.",
            ),
            least=0.0,
        ),
    )


CELL_REACH = Schema(
    "cell_reach",
    Text("Räckvidd från rutor", "Reach from cells"),
    Text(
        "Invånare som nås från varje ruta, nod, tätort eller station: gång, tidtabell och gång.",
        "Residents reached from every cell, node, locality or station: on foot, by timetable, on foot.",
    ),
    (
        Column(
            "origin",
            pl.String,
            "code",
            Text("Från", "From"),
            Text("Platsens kod.", "The place's code."),
            key=True,
        ),
        _metres("east", Text("Öst", "East")),
        _metres("north", Text("Nord", "North")),
        Column(
            "stops",
            pl.Int64,
            "number",
            Text("Hållplatser", "Stops"),
            Text("Hållplatser på gångavstånd.", "Stops within a walk."),
            least=0,
        ),
        *(column for limit in LIMITS for column in _within(limit)),
        Column(
            "node",
            pl.String,
            "code",
            Text("Närmaste nod", "Nearest node"),
            Text("Noden, utom den egna, som nås snabbast.", "The node, the own left out, reached soonest."),
            absent="node_absent",
        ),
        Column(
            "node_minutes",
            pl.Float64,
            "minutes",
            Text("Till närmaste nod", "To the nearest node"),
            Text(
                f"Median till nodens punkt, högst {LIMITS[-1]} minuter.",
                f"Median to the node's point, at most {LIMITS[-1]} minutes.",
            ),
            least=0.0,
            absent="node_absent",
        ),
        absence("node_absent", Text("nod inom räckhåll", "node within reach")),
        basis(),
    ),
)
CellReach = Annotated[pl.DataFrame, CELL_REACH]
