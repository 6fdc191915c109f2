"""Small feeds for the tests of the reader: one that is well, and ways to write it with changes."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

WELL = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Bolaget,https://example.org,Europe/Stockholm\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "S,Staden,59.0,16.0,1,\n"
        "S1,Staden,59.0001,16.0,0,S\n"
        "S2,Staden,59.0002,16.0,0,S\n"
        "B,Byn,59.1,16.0,,\n"
        "C,Berget,59.2,16.0,,\n"
    ),
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nR,A,1,Staden–Berget,106\n",
    "trips.txt": "route_id,service_id,trip_id,block_id\nR,W,T1,\nR,W,T2,\n",
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "W,1,1,1,1,1,1,1,20260101,20261231\n"
    ),
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,8:00:00,8:00:00,S1,1\n"
        "T1,08:10:00,08:11:00,B,2\n"
        "T1,08:20:00,08:20:00,C,3\n"
        "T2,23:50:00,23:50:00,C,1\n"
        "T2,24:10:00,24:10:00,S2,2\n"
    ),
}


Writer = Callable[..., Path]


def _written(where: Path, changes: dict[str, str | bytes | None]) -> Path:
    where.mkdir()
    for file, text in {**WELL, **{f"{key}.txt": text for key, text in changes.items()}}.items():
        if text is not None:
            (where / file).write_bytes(text.encode() if isinstance(text, str) else text)
    return where


@pytest.fixture
def folder(tmp_path: Path) -> Writer:
    """Writes the well feed as a folder, some files (by name without .txt) with another text or none."""

    def write(name: str = "feed", **changes: str | bytes | None) -> Path:
        return _written(tmp_path / name, changes)

    return write


@pytest.fixture
def zipped(tmp_path: Path) -> Writer:
    """Writes the same as a zip, its files in a folder of it if `inside` names one."""

    def write(name: str = "feed", inside: str = "", **changes: str | bytes | None) -> Path:
        files = _written(tmp_path / f"{name}-files", changes)
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(files.iterdir()):
                archive.write(file, inside + file.name)
        return path

    return write
