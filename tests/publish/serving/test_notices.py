"""What the server itself says to programs, and in which language."""

import pytest

from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.publish.serving.asked import Asked
from storregion.publish.serving.notices import Notices
from storregion.publish.serving.turns import Progress


@pytest.mark.parametrize(
    ("path", "likes", "language"),
    [
        ("sv/place/0380/", "en", "sv"),
        ("en/", "", "en"),
        ("nowhere", "", "sv"),
        ("nowhere", "en-GB, en;q=0.9, sv;q=0.8", "en"),
        ("nowhere", "sv-FI, en;q=0.9", "sv"),
        ("nowhere", "de, en;q=0.5", "en"),
        ("nowhere", "de, *;q=0.5", "sv"),
        ("nowhere", "en;q=0", "sv"),
        ("svenska", "en", "en"),
    ],
)
def test_an_address_without_a_language_has_that_which_the_reader_likes_best(
    path: str, likes: str, language: str
) -> None:
    assert Asked("GET", path, "", {"accept-language": likes}, "").language == language


def test_programs_read_sentences(bundled: Workspace) -> None:
    said = Notices(bundled.group)
    assert said.fault("sv", "a1b2c3d4").text() == (
        "Något gick fel. Sidan kunde inte visas. Felet ligger hos portalen, inte hos dig, och är antecknat. "
        "Felets nummer: a1b2c3d4. Försök igen om en stund. Om felet kvarstår, meddela den som driver "
        "portalen och uppge numret.\n"
    )
    # No page appears by itself to a program; when to ask again stands in Retry-After.
    progress = Progress(Text("Prov", "Trial"), Text("Restider", "Travel times"), 12, 40)
    assert said.waiting("en", progress).text() == (
        "Being calculated. What this page shows is not calculated yet. It is being calculated now. "
        "Trial, step 13 of 40: Travel times.\n"
    )
    assert said.busy("en", own=True).text().startswith("Wait a few seconds. Several calculations that you ")
