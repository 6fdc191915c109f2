"""Places of higher education: how many are within reach, who competes for them, and which nodes have none."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.geodesy import projected
from storregion.core.group import RegionGroup
from storregion.core.table import BASES, weaker, weakest, weakest_of
from storregion.facts.demography import MunicipalityAgeSex
from storregion.facts.education import CAMPUSES, STUDENTS, Campuses, Students, StudentTotals
from storregion.facts.places import Nodes, Places
from storregion.journeys.draws import clock_draws
from storregion.kernels.catchment import access, supply_per_person
from storregion.kernels.walking import nearest_stops
from storregion.studies.travel_times import ACCESS_POINTS, AccessPoints
from storregion.timetable.service import Service
from storregion.timetable.travel_rules import Periods

Floats = NDArray[np.float64]
LIMITS = (30, 45, 60, 90)
"""Minutes within which places of education are counted."""
LAST_KM = 5.0
"""Kilometres as the crow flies that a campus may lie from the last stop."""
YOUNG = (20, 29)
"""The ages, both included, of those who are counted as wanting a place."""
_DETOUR = 1.3
"""Metres travelled per metre as the crow flies between a stop and a campus, as walking is counted."""

CAMPUS_TIMES = columns.schema(
    "campus_times",
    __name__,
    ACCESS_POINTS["kind"],
    ACCESS_POINTS["code"],
    CAMPUSES["institution"],
    CAMPUSES["campus"],
    CAMPUSES["role"],
    columns.duration("minutes"),
)
CampusTimes = Annotated[pl.DataFrame, CAMPUS_TIMES]

EDUCATION_REACH = columns.schema(
    "education_reach",
    __name__,
    columns.place(),
    columns.whole("limit", "minutes", key=True, least=0),
    columns.whole("institutions", "institutions", least=0, absent="reach_absent"),
    columns.whole("students", "students", least=0, absent="reach_absent"),
    columns.whole("students_least", "students", least=0, absent="reach_absent"),
    columns.whole("students_most", "students", least=0, absent="reach_absent"),
)
EducationReach = Annotated[pl.DataFrame, EDUCATION_REACH]

EDUCATION_ACCESS = columns.schema(
    "education_access",
    __name__,
    columns.place(),
    columns.whole("young", "persons_counted", least=0),
    columns.number("places_per_young", "ratio", least=0.0, absent="reach_absent"),
    columns.text("nearest", "name", absent="nearest_absent"),
    columns.text("nearest_campus", "name", absent="nearest_absent"),
    columns.duration("nearest_minutes", absent="nearest_absent"),
)
EducationAccess = Annotated[pl.DataFrame, EDUCATION_ACCESS]

NODE_EDUCATION = columns.schema(
    "node_education",
    __name__,
    columns.node(),
    columns.whole("institutions", "institutions", least=0),
    columns.whole("students", "students", least=0),
    columns.whole("students_most", "students", least=0),
    columns.text("elsewhere", "name", absent="elsewhere_absent"),
    columns.text("elsewhere_campus", "name", absent="elsewhere_absent"),
    columns.duration("elsewhere_minutes", absent="elsewhere_absent"),
    columns.code("standing", choices=("own", "other_campus", "within_60", "beyond_60")),
)
NodeEducation = Annotated[pl.DataFrame, NODE_EDUCATION]

STUDENT_SUMS = columns.schema(
    "student_sums",
    __name__,
    STUDENTS["academic_year"],
    columns.whole("country_sum", "students", least=0),
    columns.whole("country_net", "students", least=0),
    columns.whole("counted_twice", "students", least=0),
)
StudentSums = Annotated[pl.DataFrame, STUDENT_SUMS]

EDUCATION_SUPPLY = columns.schema(
    "education_supply",
    __name__,
    columns.place(),
    STUDENTS["academic_year"],
    columns.whole("group_sum", "students", least=0),
    columns.share("group_share"),
    columns.whole("nodes", "nodes", least=0),
    columns.whole("nodes_without", "nodes", least=0),
)
EducationSupply = Annotated[pl.DataFrame, EDUCATION_SUPPLY]


class Supply(NamedTuple):
    """Where one can study, and how many do."""

    students: Students
    campuses: Campuses


class Homes(NamedTuple):
    """Where one sets out from: the group's places, and the stations that stand for each."""

    places: Places
    nodes: Nodes
    access_points: AccessPoints


def campus_times(
    access_points: AccessPoints,
    service: Service,
    periods: Periods,
    campuses: Campuses,
    *,
    last_kmh: float = 15.0,
) -> CampusTimes:
    """Median minutes of the morning from every node and municipality to every campus that it reaches.

    Parameters
    ----------
    access_points : the stations of each place.
    service, periods : the timetable and the rules, and the morning.
    campuses : their points in WGS 84; one further than `LAST_KM` from every stop is not reached.
    last_kmh : the speed from the last stop; with few local buses in the timetable it is that of a bicycle.
    """
    types = {column.name: column.dtype for column in CAMPUS_TIMES.columns}
    network = clock_draws(service)
    points = access_points.filter(pl.col("kind").is_in(["node", "municipality"]))
    if not network.trips or points.is_empty():
        return pl.DataFrame(schema=types)
    stops = network.networks[0].points
    ends = nearest_stops(
        np.column_stack(projected(campuses)), stops, 1000 * LAST_KM, factor=_DETOUR, speed=last_kmh / 3.6
    )
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    origins = points.group_by("kind", "code", maintain_order=True).agg("station", weakest())
    found = network.minutes_to(origins["station"].to_list(), ends, 60 * start, end - start)
    known = weakest_of(network.basis, campuses)
    names = campuses.select("institution", "campus", "role").rows()
    rows = [
        (kind, code, *name, float(time), max(known, basis, key=BASES.index))
        for (kind, code, _, basis), times in zip(origins.iter_rows(), found, strict=True)
        for name, time in zip(names, times, strict=True)
        if np.isfinite(time)
    ]
    return pl.DataFrame(rows, schema=types, orient="row")


def education_reach(campus_times: CampusTimes, supply: Supply, homes: Homes) -> EducationReach:
    """Places of higher education within each limit of every node and municipality.

    An institution counts with all its students where a main campus is within the limit. How students are
    divided between campuses is not published: `students_least` counts those of institutions all of whose
    campuses are within the limit, `students_most` those of institutions any campus of which is.

    Parameters
    ----------
    campus_times : minutes to campuses.
    supply : students of each institution, and its campuses.
    homes : the group's places; of one without a station no supply can be said.
    """
    enrolled = _enrolled(supply.students)
    campuses = supply.campuses.group_by("institution", maintain_order=True).agg(campuses=pl.len())
    times = campus_times.join(enrolled, on="institution").join(campuses, on="institution")
    parts = []
    for limit in LIMITS:
        within = times.filter(pl.col("minutes") <= limit).group_by(
            "kind", "code", "institution", maintain_order=True
        )
        each = within.agg(
            pl.col("enrolled").first(),
            main=(pl.col("role") == "main").any(),
            whole=pl.len() == pl.col("campuses").first(),
        )
        count = pl.col("enrolled")
        parts.append(
            each.group_by("kind", place="code", maintain_order=True).agg(
                limit=pl.lit(limit, pl.Int64),
                institutions=pl.col("main").sum().cast(pl.Int64),
                students=count.filter("main").sum(),
                students_least=count.filter("whole").sum(),
                students_most=count.sum(),
            )
        )
    own = _stationed(homes)
    rows = own.join(pl.DataFrame({"limit": LIMITS}), how="cross")
    counted = rows.join(pl.concat(parts), on=["kind", "place", "limit"], how="left", maintain_order="left")
    names = ("institutions", "students", "students_least", "students_most")
    # Within reach of a station and without a campus there are no places: that is zero, not unknown.
    return counted.select(
        "place",
        "limit",
        *(pl.when("stationed").then(pl.col(name).fill_null(0)).alias(name) for name in names),
        reach_absent=pl.when(~pl.col("stationed")).then(pl.lit("missing")),
        basis=pl.lit("assumed"),
    )


def education_access(
    campus_times: CampusTimes,
    supply: Supply,
    homes: Homes,
    municipality_age_sex: MunicipalityAgeSex,
    *,
    limit_minutes: float = 60.0,
) -> EducationAccess:
    """Study places per young resident within reach, all who reach the same places counted (2SFCA).

    Parameters
    ----------
    campus_times, supply, homes : as of `education_reach`; an institution is as near as its nearest main
        campus, and a node has its municipality's young residents.
    municipality_age_sex : residents by age, of the latest year, in every municipality with a station.
    limit_minutes : minutes within which a place is reached.
    """
    young = _young(municipality_age_sex)
    own = _stationed(homes)
    per_young = _per_young(campus_times, homes, supply, young, limit_minutes)
    lives = pl.concat(
        [
            homes.nodes.select("municipality", place="node"),
            homes.places.filter(kind="municipality").select(municipality="place", place="place"),
        ]
    )
    return (
        own.with_columns(found=per_young)
        .join(lives, on="place", maintain_order="left")
        .join(young, on="municipality", maintain_order="left")
        .join(_nearest(campus_times), on=["kind", "place"], how="left", maintain_order="left")
        .select(
            "place",
            "young",
            places_per_young=pl.when("stationed").then("found"),
            reach_absent=pl.when(~pl.col("stationed")).then(pl.lit("missing")),
            nearest="institution",
            nearest_campus="campus",
            nearest_minutes="minutes",
            nearest_absent=_why_none("institution"),
            basis=pl.lit("assumed"),
        )
    )


def _per_young(
    campus_times: pl.DataFrame, homes: Homes, supply: Supply, young: pl.DataFrame, limit: float
) -> pl.Series:
    """Study places per young resident of the group's places, of all municipalities with a station."""
    main = campus_times.filter(role="main").group_by("kind", "code", "institution", maintain_order=True)
    times = main.agg(pl.col("minutes").min())
    stationed = (
        homes.access_points.filter(kind="municipality").select("kind", "code").unique(maintain_order=True)
    )
    demand = stationed.join(young, left_on="code", right_on="municipality")
    enrolled = _enrolled(supply.students)
    each = supply_per_person(
        enrolled["enrolled"].to_numpy().astype(np.float64),
        demand["young"].to_numpy().astype(np.float64),
        _reached(times, demand, enrolled["institution"], limit),
    )
    asked = _stationed(homes).rename({"place": "code"})
    return pl.Series(access(each, _reached(times, asked, enrolled["institution"], limit)))


def node_education(
    campus_times: CampusTimes, supply: Supply, nodes: Nodes, *, node_km: float = 5.0
) -> NodeEducation:
    """What each node has of higher education, and how far it is to what it does not have.

    Parameters
    ----------
    campus_times : minutes from the nodes to campuses.
    supply : students and campuses.
    nodes : their points; a campus belongs to the nearest.
    node_km : and lies at most so far from it as the crow flies.
    """
    placed = _placed(supply.campuses, nodes, node_km).join(_enrolled(supply.students), on="institution")
    held = placed.group_by("node", "institution", maintain_order=True).agg(
        pl.col("enrolled").first(), main=(pl.col("role") == "main").any()
    )
    counts = held.group_by("node", maintain_order=True).agg(
        institutions=pl.len().cast(pl.Int64),
        students=pl.col("enrolled").filter("main").sum(),
        students_most=pl.col("enrolled").sum(),
    )
    away = campus_times.filter(kind="node").join(
        placed.select("institution", "campus", code="node"), on=["code", "institution", "campus"], how="anti"
    )
    elsewhere = _nearest(away).select(
        node="place", elsewhere="institution", elsewhere_campus="campus", elsewhere_minutes="minutes"
    )
    zero = pl.col("institutions", "students", "students_most").fill_null(0)
    standing = (
        pl.when(pl.col("students") > 0)
        .then(pl.lit("own"))
        .when(pl.col("institutions") > 0)
        .then(pl.lit("other_campus"))
        .when(pl.col("elsewhere_minutes") <= 60)
        .then(pl.lit("within_60"))
        .otherwise(pl.lit("beyond_60"))
    )
    return (
        nodes.select("node")
        .join(counts, on="node", how="left", maintain_order="left")
        .join(elsewhere, on="node", how="left", maintain_order="left")
        .with_columns(zero)
        .select(
            "node",
            "institutions",
            "students",
            "students_most",
            "elsewhere",
            "elsewhere_campus",
            "elsewhere_minutes",
            elsewhere_absent=pl.when(pl.col("elsewhere").is_null()).then(pl.lit("not_applicable")),
            standing=standing,
            basis=pl.lit("assumed"),
        )
    )


def student_sums(students: Students, student_totals: StudentTotals) -> StudentSums:
    """How many students a sum over institutions counts more than once.

    Parameters
    ----------
    students : of each institution.
    student_totals : the country's, each counted once.

    Raises
    ------
    DataError
        The country has more students than the sum of its institutions.
    """
    sums = students.group_by("academic_year", maintain_order=True).agg(
        pl.col("enrolled").sum().alias("country_sum"), weakest()
    )
    found = sums.join(student_totals.rename({"students": "country_net"}), on="academic_year", suffix="_net")
    if wrong := found.filter(pl.col("country_net") > pl.col("country_sum"))["academic_year"].to_list():
        raise DataError(
            f"student_totals has more students in {wrong} than all institutions together; the total counts "
            "each student once, so check it against the publisher's"
        )
    twice = pl.col("country_sum") - pl.col("country_net")
    return found.select(
        "academic_year", "country_sum", "country_net", counted_twice=twice, basis=weaker("basis", "basis_net")
    )


def education_supply(group: RegionGroup, supply: Supply, node_education: NodeEducation) -> EducationSupply:
    """Students of the institutions in the group, and the nodes without one.

    Parameters
    ----------
    group : its counties.
    supply : students of each institution, and its campuses.
    node_education : which nodes have an institution.
    """
    inside = pl.col("municipality").str.head(2).is_in(list(group.counties))
    own = supply.campuses.filter(inside, role="main")["institution"].implode()
    enrolled = pl.col("enrolled")
    within = enrolled.filter(pl.col("institution").is_in(own)).sum()
    return (
        supply.students.group_by("academic_year", maintain_order=True)
        .agg(group_sum=within, group_share=within / enrolled.sum())
        .sort("academic_year")
        .select(
            pl.lit(group.code).alias("place"),
            "academic_year",
            "group_sum",
            "group_share",
            nodes=pl.lit(node_education.height, pl.Int64),
            nodes_without=pl.lit(node_education.filter(students=0).height, pl.Int64),
            # Where the campuses lie, and by which node, is the project's coding.
            basis=pl.lit("assumed"),
        )
    )


def _enrolled(students: pl.DataFrame) -> pl.DataFrame:
    """Each institution's students of its latest year."""
    latest = pl.col("academic_year") == pl.col("academic_year").max().over("institution")
    return students.filter(latest).select("institution", "enrolled")


def _stationed(homes: Homes) -> pl.DataFrame:
    """The group's municipalities and nodes, and whether the timetable has a station for them."""
    there = (
        homes.access_points.select("kind", place="code")
        .unique(maintain_order=True)
        .with_columns(stationed=pl.lit(value=True))
    )
    own = homes.places.filter(pl.col("kind").is_in(["municipality", "node"])).select("kind", "place")
    return own.join(there, on=["kind", "place"], how="left", maintain_order="left").with_columns(
        pl.col("stationed").fill_null(value=False)
    )


def _young(people: pl.DataFrame) -> pl.DataFrame:
    """Residents of those ages in the latest year."""
    latest = people.filter(pl.col("year") == pl.col("year").max(), pl.col("age").is_between(*YOUNG))
    return latest.group_by("municipality", maintain_order=True).agg(young=pl.col("persons").sum())


def _reached(
    times: pl.DataFrame, places: pl.DataFrame, institutions: pl.Series, limit: float
) -> NDArray[np.bool_]:
    """(places, institutions) whether a main campus is within the limit."""
    at = {key: row for row, key in enumerate(places.select("kind", "code").iter_rows())}
    where = {name: column for column, name in enumerate(institutions)}
    found = np.zeros((len(at), len(where)), np.bool_)
    for kind, code, institution in (
        times.filter(pl.col("minutes") <= limit).select("kind", "code", "institution").iter_rows()
    ):
        if (kind, code) in at:
            found[at[kind, code], where[institution]] = True
    return found


def _nearest(times: pl.DataFrame) -> pl.DataFrame:
    """The main campus that each place reaches first."""
    first = (
        times.filter(role="main")
        .sort("minutes", "institution", "campus")
        .group_by("kind", "code", maintain_order=True)
    )
    return first.first().select("kind", "institution", "campus", "minutes", place="code")


def _why_none(name: str) -> pl.Expr:
    """Why there is no campus: the place has no station, or no campus is reached from it."""
    none = pl.when("stationed").then(pl.lit("not_applicable")).otherwise(pl.lit("missing"))
    return pl.when(pl.col(name).is_null()).then(none)


def _placed(campuses: pl.DataFrame, nodes: pl.DataFrame, node_km: float) -> pl.DataFrame:
    """The campuses that lie by a node, with the node."""
    if nodes.is_empty():
        return campuses.clear().with_columns(node=pl.lit(None, pl.String))
    (east, north), (x, y) = projected(campuses), projected(nodes)
    km = np.hypot(east[:, None] - x, north[:, None] - y) / 1000
    nearest = nodes["node"].gather(km.argmin(axis=1))
    return campuses.with_columns(node=nearest.alias("node")).filter(pl.Series(km.min(axis=1) <= node_km))
