"""Publishing: the portal as files, the portal served, and reports."""

import argparse
from pathlib import Path

from storregion.cli.arguments import Verbs, add_json, port, workers
from storregion.cli.opening import PORTAL, needs, open_group
from storregion.cli.output import FINE, Progress, answer


def add(verbs: Verbs) -> None:
    """Add the verbs bake, report and serve."""
    bake = verbs.add_parser("bake", help="write the portal to a folder that any web server can host")
    bake.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write")
    bake.add_argument(
        "--reports", action="store_true", help="write every report as PDF, DOCX, PPTX and GeoPackage too"
    )
    add_json(bake, "folder", "written", "kept", "bytes")
    bake.set_defaults(run=_bake)

    report = verbs.add_parser("report", help="write reports on places, on the state, or for a meeting")
    report.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help="municipalities and counties by code or name, 'all' municipalities, 'state', or 'meeting', "
        "'focus' or 'scenario' and its name",
    )
    for form in ("pdf", "docx", "pptx", "gpkg"):
        report.add_argument(
            f"--{form}", action="store_true", help=f"write {form.upper()}{' (default)' * (form == 'pdf')}"
        )
    report.add_argument("--language", choices=("sv", "en"), default="sv", help="sv (default) or en")
    report.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write")
    add_json(report, "files")
    report.set_defaults(run=_report)

    serve = verbs.add_parser("serve", help="serve the portal")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=port, default=8000, help="port to listen on (default: 8000)")
    serve.add_argument(
        "--workers", type=workers, default=1, metavar="N", help="processes that answer (default: 1)"
    )
    add_json(serve, "address")
    serve.set_defaults(run=_serve)


def _bake(chosen: argparse.Namespace) -> int:
    needs(PORTAL, "portal")
    from storregion.publish.bake import bake

    with Progress("Baking") as progress:
        made = bake(open_group(chosen), chosen.to, progress, reports=chosen.reports)
    kept = f" and kept {made.kept} that have not changed" if made.kept else ""
    lines = [
        f"Wrote {made.written} files to {chosen.to}{kept}: {made.size / 1e6:,.0f} MB in all.",
        f"Open {chosen.to / 'index.html'} through any web server.",
    ]
    found = {"folder": chosen.to, "written": made.written, "kept": made.kept, "bytes": made.size}
    answer(chosen, found, lines)
    return FINE


def _report(chosen: argparse.Namespace) -> int:
    needs(PORTAL, "portal")
    from storregion.publish.reports import batch

    workspace = open_group(chosen)
    if not chosen.as_built:
        workspace.build()
    jobs = batch.jobs(workspace, chosen.what)
    usual = "pptx" if jobs[0][0] in batch.SLIDES_ONLY else "pdf"
    forms = [form for form in ("pdf", "docx", "pptx", "gpkg") if getattr(chosen, form)] or [usual]
    with Progress("Writing reports") as progress:
        found = batch.write(workspace, jobs, forms, chosen.language, chosen.to, progress)
    line = f"Wrote {found[0]}." if len(found) == 1 else f"Wrote {len(found)} files to {chosen.to}."
    answer(chosen, {"files": found}, [line])
    return FINE


def _serve(chosen: argparse.Namespace) -> int:
    needs(PORTAL, "portal")
    from storregion.publish.serving.server import listening, serve
    from storregion.publish.serving.workers import serve_together

    with listening(chosen.host, chosen.port) as door:
        workspace = open_group(chosen)
        host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
        address = f"http://{host}:{chosen.port}/"
        answer(chosen, {"address": address}, [f"The portal is at {address} (stop with Ctrl-C)"])
        if chosen.workers == 1:
            serve(workspace, door)
        else:
            serve_together(workspace, door, chosen.workers)
    return FINE
