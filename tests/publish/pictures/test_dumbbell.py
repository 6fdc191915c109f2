"""Before and after side by side: dots lie where the values are, and the words say them."""

import re

import pytest

from storregion.publish.pictures import dumbbell
from storregion.publish.pictures.dumbbell import Change


def test_dots_lie_where_the_values_are() -> None:
    svg = dumbbell.drawn([Change("A–B", 60.0, 30.0)], "minutes", "en", ("Before", "With"), "Times")
    # The first two circles are the key; of the row the larger value fills the width, the other half of it.
    a, b = (float(x) for x in re.findall(r'class="[ab]" cx="([0-9.]+)"', svg)[2:])
    start = dumbbell._NAMES
    assert (a - start) == pytest.approx(dumbbell.WIDTH - start - dumbbell._RIGHT)
    assert (b - start) == pytest.approx((a - start) / 2, abs=0.1)


def test_the_words_say_what_the_picture_shows_and_are_no_markup() -> None:
    svg = dumbbell.drawn([Change("<i>A</i>", 60.0, 45.0)], "minutes", "en", ("Before", "With"), "Times")
    assert "&lt;i&gt;A&lt;/i&gt;: 60\u00a0minutes → 45\u00a0minutes." in svg
    assert "<i>" not in svg


def test_no_change_is_no_picture() -> None:
    assert dumbbell.drawn([], "minutes", "en", ("Before", "With"), "Times") == ""
