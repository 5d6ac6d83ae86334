"""The coming day that a message names."""

from datetime import date

import pytest

from seamless_retail.tools.understanding.days import coming_day

SUNDAY = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("will you have it on Saturday?", date(2026, 11, 21)),
        ("and next Sunday", date(2026, 11, 22)),
        ("this weekend", date(2026, 11, 21)),
        ("will it be there on fri?", date(2026, 11, 20)),
        ("tomorrow", date(2026, 11, 16)),
        ("the day after tomorrow", date(2026, 11, 17)),
        ("in three days", date(2026, 11, 18)),
        ("in 2 weeks", date(2026, 11, 29)),
        ("10 days from now", date(2026, 11, 25)),
        ("next week", date(2026, 11, 22)),
        ("on November 30th", date(2026, 11, 30)),
        ("on 3 Dec", date(2026, 12, 3)),
        ("on January 2", date(2027, 1, 2)),
        ("by 2026-12-01", date(2026, 12, 1)),
        ("on 2026-11-01", None),
        ("do you have it in blue?", None),
        ("under $50 in size 10", None),
    ],
)
def test_a_day_is_the_next_of_its_name(text: str, expected: date | None) -> None:
    assert coming_day(text, SUNDAY) == expected
