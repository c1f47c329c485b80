"""What follows from a failed attempt."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Busy, Refused
from fintwin.payments.patience import FUNDS_TRIES, LONGEST_PAUSE, PASSING_TRIES, after, beginning

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BUSY = Busy("Busy.")
POOR = Refused("Not enough.", code="not_enough_funds")


def test_pauses_double_up_to_an_hour():
    pauses = [after(BUSY, attempts=n, now=NOW, zone="UTC", chance=0.0).again_at - NOW for n in range(1, PASSING_TRIES)]
    assert pauses == [timedelta(minutes=m) for m in (1, 2, 4, 8, 16, 32, 60)]
    assert after(BUSY, attempts=PASSING_TRIES, now=NOW, zone="UTC").again_at is None


@given(st.integers(1, PASSING_TRIES - 1), st.floats(0, 1))
def test_chance_shortens_a_pause_by_half_at_most(attempts, chance):
    whole = after(BUSY, attempts=attempts, now=NOW, zone="UTC", chance=0.0).again_at - NOW
    pause = after(BUSY, attempts=attempts, now=NOW, zone="UTC", chance=chance).again_at - NOW
    assert whole / 2 <= pause <= whole <= LONGEST_PAUSE


def test_missing_money_waits_for_the_next_day_where_the_person_lives():
    following = after(POOR, attempts=1, now=datetime(2026, 11, 23, 20, tzinfo=UTC), zone="Asia/Tokyo")
    assert following.again_at == datetime(2026, 11, 25, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert after(POOR, attempts=FUNDS_TRIES, now=NOW, zone="UTC").again_at is None


def test_other_refusals_are_final_and_some_pause():
    frozen = after(Refused("Blocked.", code="account_frozen"), attempts=1, now=NOW, zone="UTC")
    gone = after(Refused("Gone.", code="unknown_payee"), attempts=1, now=NOW, zone="UTC")
    assert (frozen.again_at, frozen.pauses) == (None, False)
    assert (gone.again_at, gone.pauses) == (None, True)


def test_days_without_a_midnight_begin_on_their_day():
    for zone in ("Africa/Cairo", "America/Santiago", "Asia/Beirut", "Europe/Berlin", "Pacific/Apia"):
        for n in range(366):
            day = date(2026, 1, 1) + timedelta(days=n)
            begins = beginning(day, zone=zone).astimezone(ZoneInfo(zone))
            assert begins.date() == day
            assert (begins - timedelta(seconds=1)).astimezone(UTC).astimezone(ZoneInfo(zone)).date() <= day
