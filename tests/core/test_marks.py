"""No mark is lost: what rests on an assumed row is assumed, in every step that takes tables.

For a step and each table that it takes, some rows of it are changed in value, and the rows of the result that
change are noted. Then the same rows are left as they are but said to be assumed: every row noted must be
assumed. A scenario's times, moved points, base years and places elsewhere are such rows.
"""

import os
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl
import pytest
from tests.conftest import Built

from storregion.core.errors import StorregionError
from storregion.core.pipeline import every_step
from storregion.core.step import Step
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.kernels.cohorts import NoProjectionError

EVERY = os.environ.get("STORREGION_MARKS") == "all"
"""Try the slow steps and more rows, too; takes some minutes."""

SLOW = {
    "access_board", "access_commuting", "access_day", "access_deterrence", "access_growth",
    "access_localities", "access_nodes", "access_places", "access_potential", "access_reach",
    "access_stations", "campus_times",
    "cells", "commuting_error", "commuting_estimate", "commuting_exchange", "county_cohorts", "employment",
    "employment_flows", "employment_hindcast_cases", "employment_past", "gravity", "hindcast_cases",
    "hindcasts", "job_reach", "labour_market_sizes", "labour_markets", "labour_markets_ahead",
    "migration_response", "moves_fit", "municipal_moves", "municipal_projection", "nearness", "nearness_fit",
    "node_pairs", "node_reach", "node_ways", "outward_times", "plan_lines", "population_age_sex",
    "power_accounts", "power_capacity", "power_demand", "power_duration", "price_together", "projection_ages",
    "relation_links", "remote_flows", "remote_municipalities", "remote_response", "remote_stations",
    "remote_weekdays", "start_ages", "ways_between",
}  # fmt: skip
"""Steps that take more than a tenth of a second of processor time."""

EXEMPT = {
    ("timetable_calls", "plan.hops"): "trips are numbered, so where there are more, all that follow change",
    (
        "timetable_calls",
        "plan.services",
    ): "trips are numbered, so where there are more, all that follow change",
}
"""Tables that a step takes in which a row can change what does not rest on it, and why."""


class Case(NamedTuple):
    """A step with all that it is given."""

    step: Step
    frames: dict[str, pl.DataFrame]
    work: Workspace

    def made(self, **changed: pl.DataFrame) -> pl.DataFrame:
        """What the step makes where some tables are others."""
        record = self.work.planned[self.step.schema.name]
        files = {name: self.work.raws.given(raw) for name, raw in self.step.raws.items()}
        made = self.step.run({**self.frames, **changed}, files, self.work.group, record.assumptions)
        return made.select(column.name for column in self.step.schema.columns)


def case(work: Workspace, table: str) -> Case:
    """A step of the bundled group with the tables that it takes there."""
    step, record = work.steps[table], work.planned[table]
    keys = {
        name: record.inputs.get(one.input) or record.inputs[one.schema.name]
        for name, one in step.wanted.items()
    }
    frames = {name: work.store.table(one.schema.name, keys[name]) for name, one in step.wanted.items()}
    return Case(step, frames, work)


def moved(schema: Schema, frame: pl.DataFrame, chosen: pl.Expr) -> pl.DataFrame:
    """Other values in the rows chosen: all numbers by one factor, so that parts remain parts of wholes."""
    others = []
    for column in schema.columns:
        if not column.key and column.numeric and column.unit != "year":
            value = pl.col(column.name)
            if column.unit == "degrees":
                other = value + 0.01
            elif column.dtype == pl.Int64:
                other = value * 2
            else:
                other = value * (1.01 if column.most is None else 0.99)
            others.append(pl.when(chosen).then(other).otherwise(value).alias(column.name))
    return frame.with_columns(others)


def slices(schema: Schema, frame: pl.DataFrame, chance: random.Random) -> Iterator[tuple[str, pl.Expr]]:
    """All rows of a table; those of one value of each column of its key; and a single one."""
    yield "all rows", pl.lit(value=True)
    for name in schema.key:
        values = frame[name].unique().sort().to_list()
        if EVERY and len(values) > 1:
            for value in {values[0], values[-1], chance.choice(values)}:
                yield f"{name} = {value}", pl.col(name) == value
    row = chance.randrange(frame.height)
    if schema.key:
        name = chance.choice(schema.key)
        yield f"{name} of row {row}", pl.col(name).eq_missing(pl.lit(frame[name][row], frame.schema[name]))


def changed(schema: Schema, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The keys of the rows in which anything but the mark is another."""
    key = list(schema.key)
    values = [c for c in schema.columns if not c.key and c.name != "basis"]
    if not values:
        return before.clear().select(key)
    other = after.select(*key, *(pl.col(c.name).alias(f"new {c.name}") for c in values))
    both = (
        before.join(other, on=key, nulls_equal=True) if key else pl.concat([before, other], how="horizontal")
    )

    def differs(name: str, *, number: bool) -> pl.Expr:
        old, new = pl.col(name), pl.col(f"new {name}")
        if not number:
            return old.ne_missing(new)
        apart = (old - new).abs() > 1e-9 * (old.abs() + new.abs())
        return (old.is_null() != new.is_null()) | apart.fill_null(value=False)

    return both.filter(
        pl.any_horizontal(differs(c.name, number=c.dtype == pl.Float64) for c in values)
    ).select(key)


def better_known(case: Case, name: str, schema: Schema, chosen: pl.Expr, before: pl.DataFrame) -> list[Any]:
    """Rows that change with some rows of a table and are not assumed where those are; none if it refuses."""
    frame = case.frames[name]
    try:
        after = case.made(**{name: moved(schema, frame, chosen)})
    except (StorregionError, NoProjectionError):
        return []
    touched = changed(case.step.schema, before, after)
    if touched.is_empty():
        return []
    weaker = pl.when(chosen).then(pl.lit("assumed")).otherwise("basis")
    marked = case.made(**{name: frame.with_columns(basis=weaker)}).filter(pl.col("basis") != "assumed")
    key = list(case.step.schema.key)
    lost = marked.join(touched, on=key, how="semi", nulls_equal=True) if key else marked
    return lost.select(*key, "basis").rows()[:3]


def tried() -> list[str]:
    """The steps whose rows carry marks and rest on others that do."""
    found = []
    for table, step in every_step().items():
        marked = [one for one in step.wanted.values() if any(c.name == "basis" for c in one.schema.columns)]
        if (
            marked
            and any(column.name == "basis" for column in step.schema.columns)
            and (EVERY or table not in SLOW)
        ):
            found.append(table)
    return found


OPERATIONS: dict[str, dict[str, list[Any]]] = {
    "projection_operations": {
        "kind": ["moved", "brake"],
        "municipality": ["1480", "0380"],
        "year": [2032, 2035],
        "persons": [900.0, 0.0],
    },
    "growth_moves": {"from_county": ["01"], "to_county": ["03"], "part": [0.2]},
    "region_frames": {"area": ["03"], "year": [2040], "persons": [500_000], "projection": ["county"]},
    "employment_operations": {
        "municipality": ["0380"],
        "industry": ["J"],
        "from_year": [2030],
        "until_year": [2040],
        "jobs": [700.0],
    },
    "power_operations": {
        "operation": ["plant", "charging"],
        "capacity_area": ["uppsala-knivsta", None],
        "name": ["A plant", None],
        "mw": [40.0, None],
        "night_share": [None, 0.5],
        "from_year": [2031, 2033],
    },
}
"""What a scenario may do, by the table that holds it; none of it is done in the base."""


CHANGED = {
    "frame_residuals",
    "job_demand",
    "municipal_jobs",
    "municipal_totals",
    "power_capacity",
    "power_duration",
}
"""Steps in which what is done above changes a row; in the base nothing is charged."""


def with_operations(schema: Schema, given: Mapping[str, list[Any]]) -> pl.DataFrame:
    """Rows of a table of operations; words say something, and what else is not given is empty."""
    count = len(next(iter(given.values())))
    rows: dict[str, list[Any]] = {"number": list(range(1, count + 1)), "basis": ["assumed"] * count, **given}
    words = {c.name: ["x"] * count for c in schema.columns if c.name.startswith(("because", "source"))}
    types = {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame({name: (rows | words).get(name, [None] * count) for name in types}, schema=types)


def operated() -> list[tuple[str, str]]:
    """Every step that takes a table of operations, with the table's name where the step takes it."""
    return [
        (table, name)
        for table, step in every_step().items()
        for name, one in step.wanted.items()
        if one.schema.name in OPERATIONS and any(column.name == "basis" for column in step.schema.columns)
    ]


@pytest.mark.parametrize(("table", "name"), operated())
def test_what_an_operation_changes_is_assumed(bundled: Workspace, table: str, name: str) -> None:
    one = case(bundled, table)
    wanted = one.step.wanted[name].schema
    before = one.made()
    assert one.frames[name].is_empty()
    after = one.made(**{name: with_operations(wanted, OPERATIONS[wanted.name])})
    key = list(one.step.schema.key)
    known = after.join(changed(one.step.schema, before, after), on=key, how="semi", nulls_equal=True)
    new = after.join(before, on=key, how="anti", nulls_equal=True)
    assert set(known["basis"]) | set(new["basis"]) <= {"assumed"}
    assert known.height + new.height or table not in CHANGED


def test_operations_leave_the_years_before_as_well_known_as_they_were(bundled: Workspace) -> None:
    """Moves from 2032 on: of the years before, no row is another, nor said to be."""
    one = case(bundled, "municipal_totals")
    name = next(it for it in one.step.wanted if it.endswith("projection_operations"))
    made = with_operations(one.step.wanted[name].schema, OPERATIONS["projection_operations"])
    totals = one.made(**{name: made})
    early = pl.col("year") < 2032
    before = one.made().filter(early)
    assert changed(one.step.schema, before, totals.filter(early)).is_empty()
    assert totals.filter(early)["basis"].equals(before["basis"])
    assert set(totals.filter(~early)["basis"]) == {"assumed"}
    then = case(bundled, "projection_ages")
    name = next(it for it in then.step.wanted if it.endswith("municipal_totals"))
    ages = then.made(**{name: totals})
    assert set(ages.filter(early)["basis"]) == {"estimated"}
    assert set(ages.filter(~early)["basis"]) == {"assumed"}


@pytest.mark.long
@pytest.mark.parametrize("name", ["ostlanken", "bostadsprogram", "stockholm-still"])
def test_what_a_scenario_changes_is_assumed(bundled: Workspace, built: Built, name: str) -> None:
    """From what it edits and the operations it makes on, no row that differs is better known."""
    other, lost = built(name), {}
    for table, record in other.planned.items():
        schema = other.schemas[table]
        if record.key == bundled.planned[table].key or not any(c.name == "basis" for c in schema.columns):
            continue
        before, after = (work.store.table(schema.name, work.planned[table].key) for work in (bundled, other))
        key = list(schema.key)
        others = changed(schema, before, after)
        if key:
            others = pl.concat([others, after.join(before, on=key, how="anti", nulls_equal=True).select(key)])
        touched = after.join(others, on=key, how="semi", nulls_equal=True) if key else after
        known = touched.filter(pl.col("basis") != "assumed")
        if others.height and known.height:
            lost[table] = known.rows()[:2]
    assert lost == {}


@pytest.mark.parametrize("table", tried())
def test_what_rests_on_an_assumed_row_is_assumed(bundled: Workspace, table: str) -> None:
    if table in bundled.missing:
        pytest.skip(bundled.missing[table])
    one = case(bundled, table)
    before, chance = one.made(), random.Random(table)
    lost = {}
    for name, wanted in one.step.wanted.items():
        frame = one.frames[name]
        if "basis" not in frame.columns or frame.is_empty() or (table, name) in EXEMPT:
            continue
        for what, chosen in slices(wanted.schema, frame, chance):
            if rows := better_known(one, name, wanted.schema, chosen, before):
                lost[f"{table} from {name}, {what}"] = rows
                break
    assert lost == {}


def test_what_is_left_out_exists() -> None:
    steps = every_step()
    assert steps.keys() >= SLOW
    assert all(name in steps[table].wanted for table, name in EXEMPT)
    # Most steps are tried.
    assert len(tried()) > 100


def test_a_lost_mark_is_found(bundled: Workspace) -> None:
    """A step that says "estimated" whatever it rests on: every mean of commuting changes with its flows."""
    good = case(bundled, "county_cohort_errors")

    def forgets(**frames: Any) -> pl.DataFrame:
        return good.step.function(**frames).with_columns(basis=pl.lit("estimated"))

    forgetful = Step(forgets)
    forgetful.__dict__.update(makes=good.step.schema, wanted=good.step.wanted, hints=good.step.hints, raws={})
    bad = Case(forgetful, good.frames, bundled)
    for one, fault in ((good, False), (bad, True)):
        found = better_known(
            one, "county_cohorts", good.step.wanted["county_cohorts"].schema, pl.lit(value=True), one.made()
        )
        assert bool(found) == fault
