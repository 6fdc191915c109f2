"""Reports as PDF against PDF/UA-1 (ISO 14289-1), by an independent checker of its rules."""

import page
import pytest

from storregion.publish.reports import pdf, state, underlag
from storregion.publish.reports.model import Report
from storregion.publish.site import Site


def broken(report: Report) -> list[str]:
    """The rules that a report breaks, of the hundred that a program can check."""
    found = page.validate_pdf_bytes(pdf.written(report), profile=page.ValidationProfile.PDF_UA_1)
    assert found.rules.total > 100
    return [str(failure) for failure in found.failures]


@pytest.mark.parametrize("code", ["0381", "04"])
def test_no_rule_of_pdf_ua_is_broken(site: Site, code: str) -> None:
    assert broken(underlag.report(site, "sv", code)) == []


def test_nor_by_the_state_on_two_pages(site: Site) -> None:
    assert broken(state.report(site, "en")) == []


def test_the_checker_finds_what_is_broken(site: Site) -> None:
    # The same pages without their tags.
    content = pdf.written(underlag.report(site, "sv", "0381")).replace(b"/StructTreeRoot", b"/StructTreeRoox")
    assert page.validate_pdf_bytes(content, profile=page.ValidationProfile.PDF_UA_1).failures
