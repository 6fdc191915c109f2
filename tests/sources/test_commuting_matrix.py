"""A complete matrix is read with its points, or refused with what is wrong."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.sources import commuting_matrix

FLOWS = "home,work,persons\n0101,0101,50\n0101,0201,10\n0201,0201,30\n"
POINTS = "code,name,x,y\n0101,A,0,0\n0201,B,3000,4000\n"


def files(folder: Path, flows: str = FLOWS, points: str = POINTS) -> tuple[Path, Path]:
    (folder / "flows.csv").write_text(flows, "utf-8")
    (folder / "points.csv").write_text(points, "utf-8")
    return folder / "flows.csv", folder / "points.csv"


def test_a_matrix_with_points(tmp_path: Path) -> None:
    found = commuting_matrix.read(*files(tmp_path))
    assert found.codes == ["0101", "0201"]
    assert found.persons.tolist() == [[50, 10], [0, 30]]
    assert found.km.tolist() == [[0, 5], [5, 0]]
    assert found.groups.tolist() == [0, 1]


def test_points_of_the_group(tmp_path: Path) -> None:
    points = pl.DataFrame({"municipality": ["0101", "0201"], "east": [0.0, 0.0], "north": [0.0, 7000.0]})
    assert commuting_matrix.read(files(tmp_path)[0], points).km[0, 1] == 7


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        (FLOWS.replace("work", "to"), "cannot be read with the columns home, work, persons"),
        (FLOWS + "0101,0201,9\n", "stand twice"),
        (FLOWS.replace("0201,10", "0201,-1"), "1 rows have no number of persons"),
        (FLOWS.replace("0201,0201,30\n", ""), r"nobody both lives and works in \['0201'\]"),
        (FLOWS + "0201,0101\n", "row 5 does not have the 3 cells"),
        (FLOWS.replace("0101,0201,10", '"0101,0201,10'), "unexpected end of data"),
        (FLOWS + "0301,0301,9\n", r"\['0301'\] have no point"),
    ],
)
def test_what_cannot_be_a_matrix_is_refused(tmp_path: Path, flows: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        commuting_matrix.read(*files(tmp_path, flows))
