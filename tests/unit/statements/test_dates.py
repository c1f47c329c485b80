from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.statements.dates import Order, date_like, date_order, read_date

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2026-11-21", "dmy"),
        ("2026/11/21", "mdy"),
        ("20261121", "dmy"),
        ("20261121233000.000", "ymd"),
        ("21.11.2026", "dmy"),
        ("21. 11. 2026", "dmy"),
        ("21.11.26", "dmy"),
        ("11/21/2026", "mdy"),
        ("21/11/2026 23:59", "dmy"),
        ("2026-11-21T23:59:59+05:30", "ymd"),
        ("2026-11-21 12:34:56 +0000", "ymd"),
        ("21 Nov 2026", "mdy"),
        ("Nov 21, 2026", "dmy"),
        ("21-NOV-26", "dmy"),
        ("21. November 2026", "dmy"),
        ("21 novembre 2026", "dmy"),
        ("21 nov. 2026", "dmy"),
        ("21 de noviembre de 2026", "dmy"),
        ("Sat 21 Nov 2026", "dmy"),
    ],
)
def test_days_as_banks_write_them(text, order):
    assert date_like(text)
    assert read_date(text, order=order) == DAY


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31.02.2026", "There is no 31 February."),
        ("29.02.2026", "There is no 29 February in 2026."),
        ("12.13.2026", "There is no month 13."),
        ("soon", "“soon” is not a date."),
    ],
)
def test_days_that_do_not_exist_say_so(text, sentence):
    with pytest.raises(Invalid) as refusal:
        read_date(text, order="dmy")
    assert refusal.value.sentence == sentence


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "25/04/2026"], Order("dmy", "")),
        (["03/04/2026", "04/25/2026"], Order("mdy", "")),
        (["03.04.2026"], Order("dmy", "")),
        (["03/03/2026"], Order("dmy", "")),
        (["03/04/2026"], Order("dmy", "03/04/2026")),
        (["2026-04-03"], Order("ymd", "")),
        (["01/10/2026", "02/08/2026", "03/12/2026", "04/01/2026"], Order("mdy", "")),
    ],
)
def test_the_order_is_decided_for_the_whole_file(texts, order):
    assert date_order(texts) == order


def test_european_files_are_day_first():
    assert date_order(["03/04/2026"], european=True) == Order("dmy", "")


@given(
    st.lists(st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y"]),
)
def test_written_days_are_read_back_or_asked_about(days, shape):
    texts = [day.strftime(shape) for day in days]
    found = date_order(texts)
    assert found.asks or [read_date(text, order=found.order) for text in texts] == days


@given(st.text(max_size=80))
def test_any_text_is_a_day_or_refused(text):
    for order in ("dmy", "mdy", "ymd"):
        try:
            assert 1900 <= read_date(text, order=order).year <= 2100
        except Invalid as refusal:
            assert refusal.field == "booked"
