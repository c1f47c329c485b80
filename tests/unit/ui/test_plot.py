"""Charts: coordinates and words."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.money import currency
from fintwin.ui.components.plot import LABELS, LINES, TABLE_ROWS, Moment, nice_ticks, plot, spark

EUR = currency("EUR")
START = date(2026, 9, 1)
TODAY = date(2026, 11, 21)


def days(count, **series):
    return [
        Moment(START + timedelta(place), **{name: value(place) for name, value in series.items()})
        for place in range(count)
    ]


def cash(count=170):
    ahead = (TODAY - START).days
    return days(
        count,
        booked=lambda place: D(1000 - 5 * place) if place <= ahead else None,
        likely=lambda place: D(1500 - 8 * place) if place > ahead else None,
    )


def drawn(moments, **more):
    return plot(moments, of=EUR, locale="en-GB", subject="Cash", **more)


def test_nothing_known_is_an_empty_plot():
    assert drawn([]).points == []
    assert drawn([]).series == []


def test_the_dashed_line_begins_where_the_solid_one_ends():
    chart = drawn(cash(), today=TODAY)
    at = next(point for point in chart.points if point["x"] == chart.today)
    assert at["booked"] == at["likely"]
    assert not any("likely" in point for point in chart.points if point["x"] < chart.today)


def test_the_lowest_point_lies_ahead():
    chart = drawn(cash(), today=TODAY)
    assert chart.lowest_x == chart.points[-1]["x"]
    assert chart.lowest_y == 148.0


def test_unknown_days_are_gaps_not_zeros():
    chart = drawn(days(3, booked=lambda place: None if place == 1 else D(5)))
    assert "booked" not in chart.points[1]
    assert chart.rows[1].cells == [""]


def test_series_without_values_are_not_named():
    assert drawn(cash(), today=TODAY).heads == ["Booked", "Most likely"]


def test_the_axis_has_room_on_a_phone():
    chart = drawn(days(900, booked=D))
    assert len(chart.x_ticks) <= LABELS
    assert [tick.split("|")[1] for tick in chart.x_ticks] == ["2027", "2028", "2029"]


def test_the_table_keeps_today_the_lowest_and_the_last():
    chart = drawn(cash(), today=TODAY)
    shown = [row.day for row in chart.rows]
    assert len(shown) <= TABLE_ROWS
    assert "21 Nov 2026" in shown
    assert shown[-1] == "17 Feb 2027"


def test_large_ticks_are_found_by_the_number_a_browser_writes():
    assert set(drawn(days(2, booked=lambda place: D(2500000 * place))).y_texts) == {"0", "1000000", "2000000"}


def test_the_summary_says_it_in_words():
    assert drawn(cash(), today=TODAY).summary == (
        "Cash went from €1,000 on 1 Sept 2026 to €595 on 21 Nov 2026. The lowest point ahead is €148 on 17 Feb 2027."
    )


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@given(amounts, amounts)
def test_at_most_four_grid_lines_within_the_span(one, other):
    low, high = min(one, other), max(one, other)
    ticks = nice_ticks(low, high)
    assert len(ticks) <= LINES
    assert all(low <= tick <= high for tick in ticks)


@pytest.mark.parametrize(("low", "high", "ticks"), [(0, 1050, (0, 500, 1000)), (-300, 900, (0, 500)), (5, 5, (5,))])
def test_ticks_are_round(low, high, ticks):
    assert nice_ticks(D(low), D(high)) == tuple(map(D, ticks))


def test_a_sparkline_needs_two_values():
    assert spark([D(1)]) == spark([None, D(1)]) == ""
    assert spark([D(1), D(3)]) == "M0.0 23.0 L88.0 3.0"
    assert spark([D(2), D(2)]) == "M0.0 13.0 L88.0 13.0"


def test_a_sparkline_breaks_at_the_unknown():
    assert spark([D(1), None, D(1), D(2)]).count("M") == 2
