"""Single figures as published, each with its own source and quality: quoted, never computed with."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, basis


def _words(name: str, label: Text, about: Text, *, key: bool = False) -> Column:
    return Column(name, pl.String, "text", label, about, key=key)


PUBLISHED_FACTS = Schema(
    "published_facts",
    Text("Enskilda publicerade uppgifter", "Single published figures"),
    Text(
        "Uppgifter om kraft, digital uppkoppling och externa förbindelser som de publicerats; "
        "definitionerna skiljer sig.",
        "Figures on power, digital connectivity and external links as published; their definitions differ.",
    ),
    (
        _words(
            "theme",
            Text("Tema", "Theme"),
            Text("kraft, digital eller extern.", "kraft (power), digital or extern."),
            key=True,
        ),
        _words(
            "indicator",
            Text("Uppgift", "Figure"),
            Text("Vad uppgiften gäller.", "What the figure is about."),
            key=True,
        ),
        _words(
            "place",
            Text("Plats", "Place"),
            Text("Platsen som källan anger.", "The place as the source has it."),
            key=True,
        ),
        _words(
            "year",
            Text("Tid", "Time"),
            Text("Tiden som källan anger.", "The time as the source has it."),
            key=True,
        ),
        _words(
            "value",
            Text("Värde", "Value"),
            Text("Värdet som källan skriver det.", "The value as the source writes it."),
        ),
        _words(
            "unit", Text("Enhet", "Unit"), Text("Enheten som källan anger.", "The unit as the source has it.")
        ),
        _words(
            "source",
            Text("Källa", "Source"),
            Text("Varifrån uppgiften är hämtad.", "Where the figure was read."),
        ),
        _words(
            "quality",
            Text("Kvalitet", "Quality"),
            Text("Officiell, myndighet, press, sekundär …", "Official, agency, press, secondary …"),
        ),
        basis(),
    ),
)
PublishedFacts = Annotated[pl.DataFrame, PUBLISHED_FACTS]
