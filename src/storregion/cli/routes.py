"""Routes between nodes in a network that the user keeps."""

import argparse
from pathlib import Path

from storregion.cli.arguments import Verbs, add_json
from storregion.cli.output import FINE, answer
from storregion.core.errors import CallError


def add(verbs: Verbs) -> None:
    """Add the verb routes."""
    verb = verbs.add_parser(
        "routes", help="count the routes between two nodes that share no link, in a network of your own"
    )
    verb.add_argument(
        "file", type=Path, metavar="FILE", help="CSV with the columns one and two, a row a link"
    )
    verb.add_argument("start", metavar="FROM", help="a node")
    verb.add_argument("end", metavar="TO", help="another node")
    verb.add_argument("--export", type=Path, metavar="FILE", help="is refused: the network is never exported")
    add_json(verb, "from", "to", "routes")
    verb.set_defaults(run=_routes)


def _routes(chosen: argparse.Namespace) -> int:
    from storregion.intake import route_graph
    from storregion.kernels.disjoint import edge_disjoint

    graph = route_graph.read(chosen.file)
    if chosen.export is not None:
        graph.refuse_export()
    start, end = graph.at(chosen.start), graph.at(chosen.end)
    if start == end:
        raise CallError(f"{chosen.start!r} is given twice; name two nodes")
    found = edge_disjoint(graph.edges, len(graph.nodes), start, end)
    ends = f"{chosen.start}–{chosen.end}"
    if not found:
        line = f"No route leads from {chosen.start} to {chosen.end}."
    elif found == 1:
        line = f"{ends}: 1 route; the loss of a single link can part them."
    else:
        line = f"{ends}: {found} routes that share no link; the loss of {found - 1} parts nothing."
    answer(chosen, {"from": chosen.start, "to": chosen.end, "routes": found}, [line])
    return FINE
