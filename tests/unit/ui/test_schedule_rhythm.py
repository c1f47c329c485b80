"""The answers of the schedule form and the rules they stand for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.payments.recurrence import parsed, written
from fintwin.ui.pages.outside.state import told
from fintwin.ui.pages.schedules.rhythm import Rhythm, adjustment_of, of_rule, rule_of
from fintwin.ui.pages.schedules.state import beside

STARTS = date(2026, 11, 24)  # the fourth Tuesday


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ({"repeat": "once"}, ""),
        ({"repeat": "day", "every": "3"}, "FREQ=DAILY;INTERVAL=3"),
        ({"repeat": "workday"}, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ({"repeat": "week", "days": "14"}, "FREQ=WEEKLY;BYDAY=TU,FR"),
        ({"repeat": "week", "ends": "count", "times": "6"}, "FREQ=WEEKLY;COUNT=6"),
        ({"repeat": "month"}, "FREQ=MONTHLY"),
        ({"repeat": "month", "month_day": "last"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"repeat": "month", "month_day": "weekday"}, "FREQ=MONTHLY;BYDAY=4TU"),
        ({"repeat": "month", "month_day": "last-weekday"}, "FREQ=MONTHLY;BYDAY=-1TU"),
        ({"repeat": "year", "ends": "until", "until": "2030-01-01"}, "FREQ=YEARLY;UNTIL=20300101"),
    ],
)
def test_answers_are_a_rule_and_a_rule_is_those_answers(answers, rule):
    rhythm = Rhythm(starts="2026-11-24", **answers)
    assert written(rule_of(rhythm)) == rule
    assert written(rule_of(of_rule(parsed(rule), "none", starts=STARTS))) == rule


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"starts": ""}, "starts"),
        ({"repeat": "hour"}, "repeat"),
        ({"repeat": "day", "every": "0"}, "every"),
        ({"repeat": "day", "every": "-1"}, "every"),
        ({"repeat": "day", "ends": "count", "times": "many"}, "times"),
        ({"repeat": "day", "ends": "until"}, "until"),
    ],
)
def test_a_missing_answer_is_named(answers, field):
    with pytest.raises(Invalid) as refused:
        rule_of(Rhythm(**{"starts": "2026-11-24", **answers}))
    assert refused.value.field == field


def test_every_day_is_never_moved():
    assert adjustment_of(Rhythm(repeat="day", move="following")) == "none"
    assert adjustment_of(Rhythm(repeat="month", move="preceding")) == "preceding"
    with pytest.raises(Invalid):
        adjustment_of(Rhythm(repeat="month", move="sideways"))


@given(st.text(max_size=30), st.text(max_size=30), st.integers())
def test_no_payload_breaks_the_draft(name, value, day):
    rhythm = Rhythm(starts="2026-11-24").with_(name, value).toggled(day)
    try:
        rule_of(rhythm)
        adjustment_of(rhythm)
    except Invalid as refused:
        assert refused.sentence


def test_a_weekday_is_chosen_and_not():
    assert Rhythm().toggled(4).toggled(1).days == "14"
    assert Rhythm().toggled(4).toggled(4).days == ""


def _told(said: str) -> tuple[str, str]:
    return told(said, locale="en-GB")


def test_what_an_answer_file_changed_is_said_from_its_numbers_alone():
    assert _told("2-1-0-0-0-0") == ("The bank's answer: 2 settled, 1 refused.", "")
    assert _told("2000-0-0-0-0-0")[0] == "The bank's answer: 2,000 settled."
    assert _told("0-0-0-0-0-0")[0] == "This file says nothing of your payments here."
    assert _told("1-0-0-0-0-2")[0] == "The bank's answer: 1 settled, 2 not booked yet."
    assert _told("0-0-0-0-0-2") == ("", "")
    assert _told("<b>hello</b>") == _told("1-2") == _told("") == ("", "")
    assert _told("unreadable")[1]


def test_a_new_transfer_begins_between_two_accounts_of_one_currency():
    eur, usd = currency("EUR"), currency("USD")
    assert beside([("a", eur), ("b", usd), ("c", eur), ("d", eur)]) == "c"
    assert beside([("a", eur), ("b", usd)]) == beside([("a", eur)]) == beside([]) == ""
