"""How often the intervals held, on the study's page: said first, and every launch in a table."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import projection_intervals
from storregion.publish.site import Site


@pytest.mark.parametrize(("language", "comma"), [("sv", ","), ("en", ".")])
def test_the_share_within_is_said_with_worst_and_best_launch(
    site: Site, language: Language, comma: str
) -> None:
    html = re.sub(r"<[^>]+>", "", site.html(language, "study/projection_intervals/"))
    means = site.workspace.table("interval_means")
    row = means.filter(rule="as_shown", part="group", horizon=5).row(0, named=True)
    for name in ("covered", "fewest_covered", "most_covered"):
        assert f"{100 * row[name]:.1f}".replace(".", comma) in html


def test_the_newest_launch_stands_first_of_each_horizon(site: Site) -> None:
    rows = projection_intervals.study(site, "sv").views[0].frame
    assert rows.height == site.workspace.table("interval_coverage").height
    first = rows.filter(horizon=5)["launch"]
    assert first.is_sorted(descending=True)
    assert first[0] == 2019
