"""The styles that layers have in QGIS, as QML: how they are drawn and which column labels them."""

from collections.abc import Mapping
from xml.etree import ElementTree

INK, TEAL, RUST, GREY = "23,36,43,255", "11,114,133,255", "194,65,12,255", "123,139,145,255"


def _qml(kind: str, part: str, drawn: Mapping[str, str], label: str = "") -> str:
    """A style of one symbol.

    Parameters
    ----------
    kind : `marker`, `line` or `fill`.
    part : the class of the symbol's only part, by QGIS's own name.
    drawn : its properties; colours as red, green, blue and opacity.
    label : the column that labels the shapes.
    """
    root = ElementTree.Element("qgis", version="3.28", styleCategories="Symbology|Labeling")
    root.set("labelsEnabled", "1" if label else "0")
    renderer = ElementTree.SubElement(root, "renderer-v2", type="singleSymbol", forceraster="0")
    symbols = ElementTree.SubElement(renderer, "symbols")
    symbol = ElementTree.SubElement(symbols, "symbol", type=kind, name="0", alpha="1")
    layer = ElementTree.SubElement(symbol, "layer", {"class": part, "enabled": "1", "pass": "0"})
    options = ElementTree.SubElement(layer, "Option", type="Map")
    for name, value in drawn.items():
        ElementTree.SubElement(options, "Option", type="QString", name=name, value=value)
    if label:
        labelling = ElementTree.SubElement(root, "labeling", type="simple")
        settings = ElementTree.SubElement(labelling, "settings")
        ElementTree.SubElement(
            settings, "text-style", fieldName=label, fontSize="9", textColor=INK, isExpression="0"
        )
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ElementTree.tostring(
        root, encoding="unicode"
    )


def _marker(shape: str, size: str, colour: str, label: str) -> str:
    drawn = {"name": shape, "color": colour, "size": size, "size_unit": "MM"}
    return _qml("marker", "SimpleMarker", drawn | {"outline_color": "255,255,255,255"}, label)


def _fill(colour: str, edge: str, width: str, label: str) -> str:
    drawn = {"color": colour, "style": "solid", "outline_color": edge, "outline_width": width}
    return _qml("fill", "SimpleFill", drawn | {"outline_width_unit": "MM"}, label)


AREA = _fill("11,114,133,40", TEAL, "0.6", "namn")
NEIGHBOUR = _fill("123,139,145,25", GREY, "0.2", "namn")
NODE = _marker("circle", "4", RUST, "namn")
STATION = _marker("square", "2.4", INK, "namn")
LOCALITY = _marker("circle", "1.8", GREY, "namn")
FLOW = _qml("line", "SimpleLine", {"line_color": TEAL, "line_width": "0.5", "line_width_unit": "MM"})
