"""Due dates and the days they run: rules, short months, working days, words."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.payments.recurrence import (
    ADJUSTMENTS,
    LATEST,
    ONCE,
    Rule,
    adjusted,
    checked,
    dues,
    parsed,
    preview,
    sentence,
    working_day,
    written,
)

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@st.composite
def rules(draw) -> Rule:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    by_day: tuple[tuple[int, int], ...] = ()
    month_day = 0
    weekday = st.integers(0, 6)
    if frequency == "WEEKLY":
        by_day = tuple((0, day) for day in draw(st.sets(weekday, max_size=4)))
    elif frequency == "MONTHLY" and draw(st.booleans()):
        by_day = tuple(draw(st.sets(st.tuples(st.sampled_from([1, 2, 3, 4, -1]), weekday), min_size=1, max_size=2)))
    elif frequency == "MONTHLY":
        month_day = draw(st.integers(-28, 31))
    end = draw(st.sampled_from(["never", "count", "until"]))
    return checked(
        Rule(
            frequency=frequency,
            interval=draw(st.integers(1, 24)),
            by_day=by_day,
            month_day=month_day,
            count=draw(st.integers(1, 40)) if end == "count" else 0,
            until=draw(DAYS) if end == "until" else None,
        )
    )


def first(rule: str, starts: date, many: int = 4) -> list[str]:
    return [day.isoformat() for day in islice(dues(parsed(rule), starts=starts), many)]


@given(rules())
def test_a_rule_is_read_back_as_it_was_written(rule):
    assert parsed(written(rule)) == rule


@given(rules(), DAYS)
def test_due_dates_rise_from_the_start_and_end_with_the_rule(rule, starts):
    found = list(islice(dues(rule, starts=starts), 60))
    assert found == sorted(set(found))
    assert all(starts <= day <= (rule.until or LATEST) for day in found)
    assert not rule.count or len(found) <= rule.count


@given(rules(), DAYS, st.integers(0, 20))
def test_going_on_after_a_due_date_is_the_rest(rule, starts, gone):
    found = list(islice(dues(rule, starts=starts), gone + 12))
    assume(len(found) > gone)
    assert list(islice(dues(rule, starts=starts, after=found[gone]), 11)) == found[gone + 1 : gone + 12]


@given(DAYS, st.sampled_from(["", "DE", "US", "GB"]))
def test_adjusted_days_are_working_days_near_by(due, country):
    for adjustment in ADJUSTMENTS[1:]:
        day = adjusted(due, adjustment, country=country)
        assert working_day(day, country=country)
        assert abs(day - due) <= timedelta(days=12)
        assert adjusted(day, adjustment, country=country) == day
    assert adjusted(due, "following", country=country) >= due
    assert adjusted(due, "preceding", country=country) <= due
    assert adjusted(due, "modified", country=country).month == due.month
    assert adjusted(due, "none", country=country) == due


@given(st.integers(29, 31), DAYS)
def test_no_month_is_left_out(day, starts):
    found = list(islice(dues(parsed(f"FREQ=MONTHLY;BYMONTHDAY={day}"), starts=starts), 26))
    months = [one.year * 12 + one.month for one in found]
    assert months == list(range(months[0], months[0] + 26))
    assert all(one.day == day or (one + timedelta(days=1)).day == 1 for one in found)


def test_the_31st_is_the_last_day_of_a_short_month():
    assert first("FREQ=MONTHLY", date(2027, 1, 31)) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_the_29th_of_february_every_year():
    assert first("FREQ=YEARLY", date(2028, 2, 29)) == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28"]


def test_the_last_day_and_the_last_friday():
    assert first("FREQ=MONTHLY;BYMONTHDAY=-1", date(2028, 1, 5), 3) == ["2028-01-31", "2028-02-29", "2028-03-31"]
    assert first("FREQ=MONTHLY;BYDAY=-1FR", date(2027, 1, 1), 2) == ["2027-01-29", "2027-02-26"]


def test_every_other_week_on_two_days():
    assert first("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", date(2026, 11, 24)) == [
        "2026-11-24",
        "2026-11-27",
        "2026-12-08",
        "2026-12-11",
    ]


def test_count_and_until_end_it():
    assert len(first("FREQ=DAILY;COUNT=3", date(2026, 11, 24), 9)) == 3
    assert first("FREQ=DAILY;UNTIL=20261125", date(2026, 11, 24), 9) == ["2026-11-24", "2026-11-25"]
    assert list(dues(ONCE, starts=date(2026, 11, 24))) == [date(2026, 11, 24)]
    assert list(dues(ONCE, starts=date(2026, 11, 24), after=date(2026, 11, 24))) == []


def test_christmas_in_germany():
    christmas = date(2026, 12, 25)  # a Friday
    assert adjusted(christmas, "following", country="DE") == date(2026, 12, 28)
    assert adjusted(christmas, "preceding", country="DE") == date(2026, 12, 24)
    assert adjusted(christmas, "following") == christmas


def test_the_following_day_stays_in_its_month_when_modified():
    assert adjusted(date(2027, 1, 31), "modified") == date(2027, 1, 29)
    assert adjusted(date(2027, 1, 31), "following") == date(2027, 2, 1)


def test_a_preview_has_the_days_it_would_run():
    assert preview(parsed("FREQ=MONTHLY;BYMONTHDAY=-1"), "preceding", starts=date(2027, 1, 1), many=2) == [
        date(2027, 1, 29),
        date(2027, 2, 26),
    ]


@pytest.mark.parametrize(
    ("rule", "adjustment", "words"),
    [
        ("", "none", "once, on 2026-11-24"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "preceding", "every month on the last working day"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "none", "every month on the last day"),
        ("FREQ=MONTHLY", "following", "every month on the 24th, or the next working day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "none", "every 2 weeks on Tuesday and Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "none", "every week from Monday to Friday"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=6", "none", "every month on the last Friday, 6 times"),
        ("FREQ=YEARLY;UNTIL=20300101", "none", "every year on 24 November, until 2030-01-01"),
    ],
)
def test_in_words(rule, adjustment, words):
    said = sentence(parsed(rule), adjustment, starts=date(2026, 11, 24), day_text=lambda day: day.isoformat())
    assert said == words


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=HOURLY;INTERVAL=1",
        "INTERVAL=2",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=1",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=DAILY;UNTIL=20271399",
        "FREQ=DAILY;COUNT=99999",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=",
        "FREQ=DAILY;UNTIL=",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=WEEKLY;BYDAY=",
        "nonsense",
        "FREQ=DAILY;" + "X" * 300,
    ],
)
def test_what_is_not_of_the_subset_is_refused(rule):
    with pytest.raises(Invalid) as refused:
        parsed(rule)
    assert refused.value.code == "bad_rule"


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused(text):
    try:
        assert parsed(written(parsed(text))) == parsed(text)
    except Invalid as refused:
        assert refused.sentence
