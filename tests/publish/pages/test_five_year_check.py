"""The five-year test on the study's page: the mean errors in words, the largest errors first."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import five_year_check
from storregion.publish.site import Site


@pytest.mark.parametrize(("language", "comma"), [("sv", ","), ("en", ".")])
def test_the_mean_errors_are_said(site: Site, language: Language, comma: str) -> None:
    html = re.sub(r"<[^>]+>", "", site.html(language, "study/five_year_check/"))
    row = site.workspace.table("five_year_errors").filter(part="group").row(0, named=True)
    for name in ("error_percent", "alone_percent", "unchanged_percent"):
        assert f"{row[name]:.1f}".replace(".", comma) in html


def test_the_groups_municipalities_stand_by_the_size_of_their_error(site: Site) -> None:
    rows = five_year_check.study(site, "sv").tables[1].frame
    assert rows.height == 88
    assert rows["error_percent"].abs().is_sorted(descending=True)
