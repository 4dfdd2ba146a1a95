"""For whom a letter to some only is meant."""

from datetime import date

import pytest

from server.greetings.audiences import belonging
from server.greetings.calendar import Audience

WOMEN, YOUTH, ELDERS = Audience.WOMEN, Audience.YOUTH, Audience.ELDERS


@pytest.mark.parametrize(
    ("sex", "born", "found"),
    [
        ("f", None, {WOMEN}),
        ("m", None, set()),
        (None, None, set()),
        ("f", "1980", {WOMEN}),
        ("f", "1960", {WOMEN, ELDERS}),
        ("m", "1967-05-04", {ELDERS}),  # sixty on the day
        ("m", "1967-05-05", set()),
        ("m", "2013-05-04", {YOUTH}),  # fourteen on the day
        ("m", "2013-05-05", set()),  # the day after
        ("m", "2013-06", set()),
        ("m", "2013-05", {YOUTH}),
        ("m", "1998-05-05", {YOUTH}),  # still twenty-eight
        ("m", "1998-05-04", set()),
        ("f", "2005", {WOMEN, YOUTH}),
    ],
)
def test_the_register_tells_to_whom_somebody_belongs(sex, born, found):
    assert belonging(sex=sex, born=born, day=date(2027, 5, 4)) == found
