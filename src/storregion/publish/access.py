"""Travel times on pages: the node matrix, pairs, station areas, a node's reach, and what scenarios change."""

import itertools
import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from storregion.core import scenario
from storregion.core.language import Language, alphabetical
from storregion.core.workspace import Workspace
from storregion.publish.drawings import Dot, dot_map
from storregion.publish.functional import code_labels, drawn, municipality_labels, node_labels
from storregion.publish.maps import Area, Key, coloured, standalone
from storregion.publish.numbers import ABSENT, with_unit, written
from storregion.publish.site import WORDS, Maker, Page, Site, relative
from storregion.publish.view import Label, Picture, View
from storregion.studies.accessibility import WAYS
from storregion.studies.timetable_effects import COUNTED
from storregion.timetable.travel_rules import PERIOD_NAMES

ORDERS = ("name", "time")
REACH = (30.0, 45.0, 60.0, 90.0)
"""Minutes between the classes of a map or matrix of travel times."""

_FAR = "#c98d4b"
_CHANGE_COLOURS = ("#c98d4b", "#dfe6e4", "#a8d5cf", "#4fa7ac", "#1f7488", "#0b4a66")
_MOST_ROWS = 30
_CHANGE = ("before", "then", "difference")
COLOURS = ("#0b4a66", "#1f7488", "#4fa7ac", "#a8d5cf", "#e3f0e8")
EFFECTS = ("node_changes", "resident_reach_changes", "job_reach_changes", "access_commuting")
"""The tables that a scenario's page shows, and whose trace it leads to."""


def there(site: Site) -> bool:
    """Whether the group has a timetable."""
    return "access_nodes" in site.workspace.steps and site.workspace.table("access_nodes").height > 0


def addresses(site: Site) -> dict[str, Maker]:
    """The pages of travel times; none for a group without a timetable."""
    if not there(site):
        return {}
    found: dict[str, Maker] = {
        "access/": partial(_matrix_page, period="morning", way="depart_at", order="name")
    }
    for period in PERIOD_NAMES:
        for way in WAYS:
            for order in ORDERS:
                maker = partial(_matrix_page, period=period, way=way, order=order)
                found[f"access/{period}/{way.replace('_', '-')}/{order}/"] = maker
    gaps = site.workspace.table("nodes")["node"].sort().to_list()
    for at, one in enumerate(gaps):
        for two in gaps[at + 1 :]:
            found[pair_address(one, two)] = partial(_pair_page, one=one, two=two)
    found["access/station/"] = _stations_page
    for station, slug in slugs(site).items():
        found[f"access/station/{slug}/"] = partial(_station_page, station=station)
    found |= {"scenario/": _scenarios_page, "access/try/": _try_page}
    for name in site.scenarios:
        found[f"scenario/{name}/"] = partial(_scenario_page, name=name)
    return found


def _try_page(site: Site, language: Language) -> Page:
    from storregion.publish import trial

    return trial.page(site, language)


def pair_address(one: str, two: str) -> str:
    """The address of a pair's page, whichever node is named first."""
    first, second = sorted((one, two))
    return f"access/pair/{first}/{second}/"


def slugs(site: Site) -> dict[str, str]:
    """The part of the address that stands for each rail station, by its code."""
    found: dict[str, str] = {}
    for row in site.workspace.table("access_stations").sort("station").iter_rows(named=True):
        plain = unicodedata.normalize("NFKD", row["name"]).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "station"
        while slug in found.values():
            slug += "-2"
        found[row["station"]] = slug
    return found


def _labels(site: Site, language: Language) -> dict[str, dict[str, Label]]:
    nodes = node_labels(site, language)
    stations = {
        row["station"]: Label(row["name"], f"{language}/access/station/{slug}/")
        for row, slug in zip(
            site.workspace.table("access_stations").sort("station").iter_rows(named=True),
            slugs(site).values(),
            strict=True,
        )
    }
    codes = {
        name: Label(WORDS[f"code_{name}"][language])
        for name in (*PERIOD_NAMES, *WAYS, *COUNTED, "yes", "no", "named", "busiest", "itself")
    }
    return code_labels(language) | {
        **dict.fromkeys(("node", "origin", "destination", "one", "two", "nearest_node"), nodes),
        **dict.fromkeys(("home", "work"), municipality_labels(site, language)),
        **dict.fromkeys(("period", "way", "counted", "storregional", "good", "how"), codes),
        "station": stations,
    }


def view_of(
    site: Site,
    language: Language,
    name: str,
    title: str,
    rows: tuple[Workspace, str, pl.DataFrame],
    **more: Any,
) -> View:
    """A view of a table of travel times, with every code in words.

    Parameters
    ----------
    site, language, name, title : as of any view.
    rows : the workspace, the table, and the rows shown.
    more : `columns` shown, `labels` beside the usual ones, `picture` and `note`.
    """
    workspace, table, frame = rows
    schema = workspace.schemas[table]
    reasons = {column.absent for column in schema.columns} | {"basis"}
    columns = more.pop("columns", [c.name for c in schema.columns if c.name not in reasons])
    labels = _labels(site, language) | more.pop("labels", {})
    known = {column: words for column, words in labels.items() if column in frame.columns}
    return View(name, title, workspace, schema, frame, columns, language, known, **more)


def grid(
    site: Site, language: Language, view: View, column: str, order: str = "name", least: float | None = None
) -> dict[str, Any]:
    """Rows of pairs of nodes as a matrix of figures with shades: the nearer, the darker.

    Parameters
    ----------
    site, language : of the page.
    view : rows of pairs, one a pair and direction.
    column : the column whose figures stand in the cells.
    order : `name`, or `time` for the best reached first.
    least : for differences: how large one must be to be shaded; travel times are shaded by `REACH` when None.
    """
    labels = node_labels(site, language)
    codes = sorted(set(view.frame["origin"]), key=lambda code: alphabetical(labels[code].text))
    if order == "time":
        mean = dict(view.frame.group_by("destination").agg(pl.col(column).mean()).iter_rows())
        codes = sorted(codes, key=lambda code: (mean[code] is None, mean[code] or 0.0, code))
    cells = {}
    for row in view.frame.iter_rows(named=True):
        value = row[column]
        if value is None:
            shade = 0
        elif least is None:
            shade = sum(value < limit for limit in REACH)
        else:
            shade = 0 if abs(value) < least else (3 if value < 0 else 5)
        figure = view.workspace.cell(view.schema, column, row)
        cells[row["origin"], row["destination"]] = (
            figure,
            shade,
            pair_address(row["origin"], row["destination"]),
        )
    return {
        "nodes": [labels[code] for code in codes],
        "rows": [(labels[one], [cells.get((one, two)) for two in codes]) for one in codes],
    }


def rested_on(site: Site, language: Language, table: str = "calls") -> list[str]:
    """Day and validity of the timetables that a table rests on, in words; none where it rests on none.

    Parameters
    ----------
    site, language : of the page.
    table : the table.
    """
    if not there(site) or all(record.table != "calls" for record in site.workspace.trace(table)):
        return []
    rules = site.workspace.table("travel_rules").row(0, named=True)
    days = site.workspace.table("timetable_days")
    told = [
        WORDS["timetable_plan" if row["feed"] == "line_plan" else "timetable_feed"][language].format(**row)
        for row in days.iter_rows(named=True)
    ]
    chosen = WORDS["timetable_day_chosen"][language].format(**rules)
    return told + [chosen] * (rules["day_rule"] != "stated" and not days.is_empty())


def means(site: Site, language: Language) -> str:
    """What one travels by in the timetable, in words: by train alone where nothing else runs.

    Parameters
    ----------
    site, language : of the page.
    """
    run = site.workspace.table("calls").select("line").unique()
    modes = set(site.workspace.table("lines").join(run, on="line", how="semi")["mode"])
    return WORDS["means_rail" if modes == {"rail"} else "means_any"][language]


def reach_said(site: Site, language: Language) -> list[str]:
    """What goes with every number of reach from a station: by what one travels, and how homes are known.

    Parameters
    ----------
    site, language : of the page.
    """
    said = [WORDS["reach_means"][language].format(means=means(site, language))]
    if "estimated" in site.workspace.table("cells")["basis"].unique():
        said.append(WORDS["homes_rough"][language])
    return said


_STUDIED = {
    "accessibility": ("travel_ratios", "access_day"),
    "reach": ("access_potential", "access_reach"),
    "cross_links": ("access_gaps",),
    "ways": ("node_ways",),
    "timetable_effects": ("access_deterrence",),
}


def study_views(site: Site, language: Language, study: str) -> list[View]:
    """The tables that the page of a study of travel times shows; of reach those of nodes, of ways the first.

    Parameters
    ----------
    site, language : of the page.
    study : the study's name.
    """
    if not there(site):
        return []
    found = []
    for table in _STUDIED.get(study, ()):
        frame = site.workspace.table(table)
        more: dict[str, Any] = {}
        title = site.workspace.schemas[table].title[language]
        if "kind" in frame.columns:
            frame = frame.filter(kind="node")
            names = [c.name for c in site.workspace.schemas[table].columns if c.name not in ("kind", "basis")]
            more = {"columns": names, "labels": {"code": node_labels(site, language)}}
        if "rank" in frame.columns:
            frame = frame.filter(rank=1)
            more = {"columns": ["origin", "destination", "share", "minutes", "transfers", "route"]}
            title = WORDS["ways_first"][language]
        found.append(view_of(site, language, table, title, (site.workspace, table, frame), **more))
    return found


def _matrix_page(site: Site, language: Language, period: str, way: str, order: str) -> Page:
    """Times between all nodes in a period, the slow cross links, and ways to other pages."""
    workspace, w = site.workspace, {name: text[language] for name, text in WORDS.items()}
    rows = workspace.table("access_nodes").filter(period=period, way=way)
    title = f"{w['access_matrix']}: {w['code_' + period]}, {w['code_' + way]}"
    page = Page("access.html", w["access"])
    matrix = view_of(site, language, "nodes", title, (workspace, "access_nodes", rows))
    page.views["nodes"] = matrix
    summary = workspace.table("link_summary").row(0, named=True)
    schema = workspace.schemas["link_summary"]
    page.context = {
        "grid": grid(site, language, matrix, "typical", order),
        "period": period,
        "way": way,
        "order": order,
        "periods": PERIOD_NAMES,
        "ways": WAYS,
        "orders": ORDERS,
        "timetables": rested_on(site, language),
        "summary": {
            name: workspace.cell(schema, name, summary)
            for name in ("hub_minutes", "cross_minutes", "within_hour")
        },
        "scenarios": site.scenarios,
        "gaps": None,
    }
    if (period, way, order) == ("morning", "depart_at", "name"):
        heaviest = workspace.table("access_gaps").sort("weight", descending=True, nulls_last=True)
        gaps = heaviest.head(_MOST_ROWS)
        columns = [
            "one",
            "two",
            "km",
            "minutes",
            "expected_minutes",
            "excess_minutes",
            "kmh",
            "departures",
            "transfers",
            "predicted",
            "verdict",
            "weight",
        ]
        page.views["gaps"] = view_of(
            site, language, "gaps", w["access_gaps"], (workspace, "access_gaps", gaps), columns=columns
        )
        page.context["gaps"] = page.views["gaps"]
    return page


_PAIR_TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "times": (
        "access_nodes",
        (
            *("origin", "destination", "period", "way", "fastest", "typical", "p25", "with_wait", "p75"),
            *("departures", "transfers", "direct", "within_60"),
        ),
    ),
    "ways": ("node_ways", ("origin", "destination", "share", "minutes", "transfers", "route", "lines")),
    "day": ("access_day", ("origin", "destination", "first_arrival", "last_departure", "departures")),
    "car": ("travel_ratios", ("origin", "destination", "period", "typical", "car_minutes", "ratio")),
    "commuting": ("node_pairs", ("year", "persons", "predicted", "ratio", "known", "verdict")),
    "gap": (
        "access_gaps",
        ("km", "minutes", "expected_minutes", "excess_minutes", "kmh", "departures", "transfers", "weight"),
    ),
}
"""What the page of a pair shows of today: the table and its columns, by the name of the view."""


def _of_pair(frame: pl.DataFrame, one: str, two: str) -> pl.DataFrame:
    """The rows of two nodes, whichever is named first."""
    ends = ("origin", "destination") if "origin" in frame.columns else ("one", "two")
    start, end = (pl.col(name) for name in ends)
    return frame.filter(((start == one) & (end == two)) | ((start == two) & (end == one)))


def _pair_page(site: Site, language: Language, one: str, two: str) -> Page:
    """Two nodes: times by period, each scenario, the day's ends, commuting, and what is missing."""
    workspace, names = site.workspace, node_labels(site, language)
    page = Page("pair.html", f"{names[one].text}–{names[two].text}")
    for name, (table, columns) in _PAIR_TABLES.items():
        frame = _of_pair(workspace.table(table), one, two)
        if frame.height:
            heading = f"{WORDS['pair_' + name][language]}: {page.title}"
            page.views[name] = view_of(
                site, language, name, heading, (workspace, table, frame), columns=columns
            )
    plain = list(page.views)
    changed, unchanged = _pair_changes(site, language, page, one, two)
    schema = workspace.schemas["access_nodes"]
    rows = _of_pair(workspace.table("access_nodes"), one, two)
    said = ("typical", "fastest", "departures", "transfers", "km")
    page.context = {
        "ends": (names[one], names[two]),
        "ways": [
            {"from": names[row["origin"]].text, "to": names[row["destination"]].text}
            | {name: workspace.cell(schema, name, row) for name in said}
            for row in rows.filter(period="morning", way="depart_at").sort("origin").iter_rows(named=True)
        ],
        "plain": plain,
        "changed": changed,
        "unchanged": unchanged,
        "timetables": rested_on(site, language),
    }
    return page


def _pair_changes(
    site: Site, language: Language, page: Page, one: str, two: str
) -> tuple[list[View], list[str]]:
    """A view for each scenario that changes the pair's time, put on the page, and the names of the others."""
    changed, unchanged = [], []
    for name in site.scenarios:
        other = site.scenario(name)
        title = other.scenario.title[language]
        rows = _of_pair(other.table("node_changes").filter(period="morning", way="depart_at"), one, two)
        if rows.filter(pl.col("difference").abs() > 0.5).is_empty():
            unchanged.append(title)
            continue
        columns = ["origin", "destination", *_CHANGE]
        heading = f"{title}: {page.title}"
        page.views[name] = view_of(
            site, language, name, heading, (other, "node_changes", rows), columns=columns
        )
        changed.append(page.views[name])
    return changed, unchanged


def _stations_page(site: Site, language: Language) -> Page:
    """Every station area in a table and on a map, and the people and growth near those with access."""
    page = Page("stations.html", site.workspace.schemas["access_stations"].title[language])
    words = {"yes": WORDS["station_yes"][language], "no": WORDS["station_no"][language]}
    page.views = {
        "stations": _stations_view(site, language, page.title, words),
        "growth": _growth_view(site, language),
    }
    page.context = {
        "svg": drawn(page.views["stations"]),
        "keys": [Key(COLOURS[0], words["yes"]), Key(_FAR, words["no"])],
        "timetables": rested_on(site, language),
        "reach_said": reach_said(site, language),
    }
    return page


def _stations_view(site: Site, language: Language, title: str, words: Mapping[str, str]) -> View:
    """Stations in alphabetical order under a map of them."""
    workspace, names = site.workspace, _labels(site, language)["station"]
    in_order = sorted(names, key=lambda code: alphabetical(names[code].text))
    order = {code: at for at, code in enumerate(in_order)}
    rows = workspace.table("access_stations")
    rows = rows.sort(pl.col("station").replace_strict(order, return_dtype=pl.Int64))
    where = pl.struct("longitude", "latitude").first()
    points = dict(workspace.table("stops").group_by("station").agg(where).iter_rows())
    dots = [
        Dot(
            points[row["station"]]["longitude"],
            points[row["station"]]["latitude"],
            COLOURS[0] if row["storregional"] == "yes" else _FAR,
            7.0,
            f"{row['name']}: {words[row['storregional']]}",
        )
        for row in rows.iter_rows(named=True)
    ]
    columns = ("station", "storregional", "nearest_node", "node_minutes", "nodes_within", "departures")
    return view_of(
        site,
        language,
        "stations",
        title,
        (workspace, "access_stations", rows),
        columns=(*columns, "residents_near"),
        picture=Picture(title, lambda width: standalone(dot_map(site.atlas, dots, title))),
    )


def _growth_view(site: Site, language: Language) -> View:
    """People and growth near good access, for the larger places."""
    workspace = site.workspace
    places = workspace.table("places")
    larger = places.filter(pl.col("kind").is_in(["group", "county", "nodes", "rest"]))["place"].implode()
    rows = workspace.table("access_growth").filter(pl.col("place").is_in(larger))
    labels = {
        code: Label(name[:1].upper() + name[1:], f"{language}/place/{code}/")
        for code, name in places.select("place", f"name_{language}").iter_rows()
    }
    return view_of(
        site,
        language,
        "growth",
        workspace.schemas["access_growth"].title[language],
        (workspace, "access_growth", rows),
        columns=["place", "residents", "good_residents", "good_share", "growth", "growth_share"],
        labels={"place": labels},
    )


def _station_page(site: Site, language: Language, station: str) -> Page:
    """One station area: whether its access is storregional, and what is reached from it."""
    workspace = site.workspace
    row = workspace.table("access_stations").filter(station=station).row(0, named=True)
    page = Page("station.html", row["name"])
    reach = workspace.table("access_reach").filter(kind="station", code=station)
    title = f"{workspace.schemas['access_reach'].title[language]}: {row['name']}"
    page.views["reach"] = view_of(
        site,
        language,
        "reach",
        title,
        (workspace, "access_reach", reach),
        columns=["limit", "residents", "jobs"],
    )
    schema = workspace.schemas["access_stations"]
    nearest = row["nearest_node"]
    page.context = {
        "figures": {
            name: workspace.cell(schema, name, row)
            for name in ("node_minutes", "nodes_within", "departures", "residents_near")
        },
        "storregional": row["storregional"] == "yes",
        "nearest": node_labels(site, language)[nearest] if nearest else None,
        "timetables": rested_on(site, language),
        "reach_said": reach_said(site, language),
        "lines": _lines_at(workspace, station),
    }
    return page


def _lines_at(workspace: Workspace, station: str) -> list[dict[str, str]]:
    """The lines that call at a station, each with its source."""
    own = workspace.table("stops").filter(station=station)["stop"].implode()
    lines = workspace.table("calls").filter(pl.col("stop").is_in(own))["line"].unique().implode()
    rows = workspace.table("lines").filter(pl.col("line").is_in(lines)).sort("name")
    return rows.select("name", "operator", "source").to_dicts()


def node_views(site: Site, language: Language, node: str) -> tuple[dict[str, View], dict[str, Any]]:
    """A node's board of reach: the map and table of localities, people in reach, and times to other nodes.

    A node without a station in the timetable has no views, and what is said is that.
    """
    if not there(site):
        return {}, {}
    workspace, w = site.workspace, {name: text[language] for name, text in WORDS.items()}
    name = node_labels(site, language)[node].text
    if workspace.table("access_points").filter(kind="node", code=node).is_empty():
        return {}, {"unserved": name, "timetables": rested_on(site, language)}
    reach = workspace.table("access_reach").filter(kind="node", code=node)
    times = (
        workspace.table("access_nodes")
        .filter(origin=node, period="morning", way="depart_at")
        .sort("typical", nulls_last=True)
    )
    shown = {
        "reach": ("access_reach", reach, ["limit", "residents", "jobs"]),
        "times": (
            "access_nodes",
            times,
            ["destination", "fastest", "typical", "with_wait", "departures", "transfers", "kmh"],
        ),
    }
    board = _board_view(site, language, node, f"{w['board_title']}: {name}")
    views = {"board": board} | {
        view: view_of(
            site, language, view, f"{w[f'{view}_title']}: {name}", (workspace, table, rows), columns=columns
        )
        for view, (table, rows, columns) in shown.items()
    }
    hour, schema = reach.filter(limit=60).row(0, named=True), workspace.schemas["access_reach"]
    return views, {
        "unserved": None,
        "board_svg": drawn(board),
        "board_keys": _keys(language),
        "hour": {column: workspace.cell(schema, column, hour) for column in ("residents", "jobs")},
        "board_name": name,
        "means": means(site, language),
        "timetables": rested_on(site, language),
    }


def _board_view(site: Site, language: Language, node: str, title: str) -> View:
    """The minutes from a node to each locality, the nearest first, under a map of them."""
    workspace = site.workspace
    board = workspace.table("access_board").filter(node=node).sort("minutes", "locality", nulls_last=True)
    names = workspace.table("localities").select("locality", "name").iter_rows()
    dots = _dots(workspace, board, language)
    return view_of(
        site,
        language,
        "board",
        title,
        (workspace, "access_board", board),
        columns=["locality", "minutes", "residents"],
        labels={"locality": {code: Label(found) for code, found in names}},
        picture=Picture(title, lambda width: standalone(dot_map(site.atlas, dots, title))),
    )


def _keys(language: Language) -> list[Key]:
    """The legend of minutes, the nearest first."""
    limits = [written(limit, "minutes", language) for limit in REACH]
    middle = [f"{low}–{high}" for low, high in itertools.pairwise(limits)]
    texts = [f"< {limits[0]}", *middle, f"≥ {limits[-1]}"]
    return [Key(colour, f"{text} min") for colour, text in zip(COLOURS, texts, strict=True)]


def _dots(workspace: Workspace, board: pl.DataFrame, language: Language) -> list[Dot]:
    """A dot for each locality, as dark as it is near and as large as it is populous."""
    places = workspace.table("localities").select("locality", "name", "latitude", "longitude")
    rows = board.join(places, on="locality", maintain_order="left").sort("residents", descending=True)
    found = []
    for row in rows.iter_rows(named=True):
        minutes = row["minutes"]
        words = (
            ABSENT[row["minutes_absent"]][language]
            if minutes is None
            else with_unit(minutes, "minutes", language)
        )
        colour = "#ffffff" if minutes is None else COLOURS[sum(minutes >= limit for limit in REACH)]
        size = 4.0 + 14.0 * (row["residents"] / 1.7e6) ** 0.4
        found.append(Dot(row["longitude"], row["latitude"], colour, size, f"{row['name']}: {words}"))
    return found


def _scenarios_page(site: Site, language: Language) -> Page:
    """All scenarios of the timetable."""
    found = [(name, site.scenario(name).scenario) for name in site.scenarios]
    return Page("scenarios.html", WORDS["scenarios"][language], {"found": found, "lost": site.lost_scenarios})


def _scenario_page(site: Site, language: Language, name: str) -> Page:
    """A scenario: what it changes and rests on, times before and with it, reach, commuting."""
    other = site.scenario(name)
    page = Page("scenario.html", other.scenario.title[language])
    times, page.context = changed_times(site, language, other)
    mapped = _change_map(site, language, other)
    page.views = {view.name: view for view in (times, mapped, *_other_changes(site, language, other))}
    page.context |= {
        "name": name,
        "scenario": other.scenario,
        "operations": operations(other, language),
        "records": _records(other),
        "svg": drawn(mapped),
        "keys": _change_keys(language),
    }
    return page


def operations(workspace: Workspace, language: Language) -> list[dict[str, str]]:
    """What a scenario does to the timetable, each operation with its reason and source."""
    rows = workspace.table("timetable_operations").sort("number")
    return [
        {
            "kind": WORDS[f"operation_{row['kind']}"][language],
            "lines": row["lines"],
            "because": row[f"because_{language}"],
            "source": row["source"],
        }
        for row in rows.iter_rows(named=True)
    ]


def _records(workspace: Workspace) -> list[Any]:
    return [workspace.record(table) for table in EFFECTS]


def changed_times(site: Site, language: Language, other: Workspace) -> tuple[View, dict[str, Any]]:
    """The morning's times between nodes before and with a change: the view, and what its template needs.

    Parameters
    ----------
    site, language : of the page.
    other : the group with the changed timetable.
    """
    rows = other.table("node_changes").filter(period="morning", way="depart_at")
    view = view_of(
        site,
        language,
        "times",
        WORDS["changes_title"][language],
        (other, "node_changes", rows),
        columns=["origin", "destination", *_CHANGE],
    )
    return view, {
        "difference": grid(site, language, view, "difference", least=0.51),
        "before": grid(site, language, view, "before"),
        "then": grid(site, language, view, "then"),
        "timetables": rested_on(site, language),
        "changed": rows.filter(pl.col("difference").abs() >= 0.5).height > 0,
        "planned": not other.table("plan_lines").join(other.table("lines"), on="line", how="semi").is_empty(),
    }


def _other_changes(site: Site, language: Language, other: Workspace) -> list[View]:
    """What a scenario changes beside times between nodes: people and jobs in reach, and commuting."""
    views = []
    for name, table in (("residents", "resident_reach_changes"), ("jobs", "job_reach_changes")):
        title = f"{other.schemas[table].title[language]}, 60 min"
        rows = (other, table, other.table(table).filter(limit=60))
        views.append(view_of(site, language, name, title, rows, columns=["node", "counted", *_CHANGE]))
    moved = other.table("access_commuting").filter(pl.col("change").abs() >= 1)
    title = other.schemas["access_commuting"].title[language]
    largest = moved.sort(pl.col("change").abs(), descending=True).head(_MOST_ROWS)
    rows = (other, "access_commuting", largest)
    return [*views, view_of(site, language, "commuting", title, rows)]


def _change_map(site: Site, language: Language, other: Workspace) -> View:
    """The change of the time with wait to the hub, by municipality, in a table under a map."""
    hub = other.table("node_system").sort("year")["hub"].last()
    home = other.table("nodes").filter(node=hub)["municipality"].item()
    labels = municipality_labels(site, language)
    rows = other.table("place_changes").filter(destination=home)
    title = WORDS["changes_map"][language].format(hub=labels[home].text)
    areas, colours = [], []
    for row in rows.iter_rows(named=True):
        change, label = row["difference"], labels[row["origin"]]
        if change is None:
            words = ABSENT[row["difference_absent"]][language]
        else:
            words = with_unit(change, "minutes", language)
        areas.append(Area(row["origin"], label.text, relative_place(language, row["origin"]), change, words))
        colours.append(None if change is None else _CHANGE_COLOURS[_change_class(change)])
    ends = {"origin": labels, "destination": labels}
    columns = ["origin", *_CHANGE]
    picture = Picture(title, lambda width: standalone(coloured(site.atlas, areas, colours, title)))
    return view_of(
        site,
        language,
        "map",
        title,
        (other, "place_changes", rows),
        columns=columns,
        labels=ends,
        picture=picture,
    )


def relative_place(language: Language, code: str) -> str:
    """The way from a scenario's page to a place's."""
    return relative(f"{language}/scenario/x/", f"{language}/place/{code}/")


def _change_class(minutes: float) -> int:
    """Longer, unchanged, or shorter by ever more."""
    if minutes >= 0.5:
        return 0
    return 1 + sum(minutes <= -limit for limit in (0.5, 5, 15, 30))


def _change_keys(language: Language) -> list[Key]:
    words = WORDS["changes_classes"][language].split("; ")
    return [Key(colour, word) for colour, word in zip(_CHANGE_COLOURS, words, strict=True)]


def scenario_names(folder: Path, known: Mapping[str, Any]) -> list[str]:
    """The scenarios of a group that change its timetable, in order of name.

    Parameters
    ----------
    folder : the group's folder.
    known : the tables of the group.
    """
    if "timetable_operations" not in known:
        return []
    names = sorted(path.stem for path in (folder / "scenarios").glob("*.toml"))
    return [
        name
        for name in names
        if name != scenario.BASE and "timetable_operations" in scenario.read(folder, name).assumptions
    ]
