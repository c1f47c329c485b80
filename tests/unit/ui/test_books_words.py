"""What the page on the books says."""

from datetime import UTC, datetime

import pytest

from fintwin.ledger.checks import Check, Standing
from fintwin.ui.pages.books import words

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def standing(*, entries=1200, sealed=1200, rows=2400, **check):
    facts = {"status": "done", "at": AT, "done": 5, "total": 5, "sealed": rows, "rules": 16, "held": 16, "findings": ()}
    return Standing(entries, sealed, None, Check(**(facts | check)) if check else None)


def evidence(of):
    return words.evidence(of, at="2 Mar 09:30", locale="en-US")


def test_a_whole_book():
    whole = standing(status="done")
    assert words.verdict(whole) == ("good", "Your books are whole.")
    assert evidence(whole) == ("All 16 rules hold, and 2,400 sealed rows are as they were sealed. Checked 2 Mar 09:30.")
    assert words.advice(whole) == ""


@pytest.mark.parametrize(("held", "words_of"), [(15, "1 of 16 rules does not hold"), (14, "2 of 16 rules do not hold")])
def test_a_broken_book(held, words_of):
    broken = standing(held=held, findings=("Account 3: ...",), rows=1)
    assert words.verdict(broken)[0] == "bad"
    assert evidence(broken).startswith(f"{words_of}, and 1 sealed row is as it was sealed.")
    assert "backup" in words.advice(broken)


def test_a_failed_check_says_nothing_of_the_books():
    assert words.verdict(standing(status="failed"))[0] == "warn"
    assert "says nothing about your books" in evidence(standing(status="failed"))


def test_a_check_under_way():
    asked, running = standing(status="asked", done=0, total=0), standing(status="running", done=3, total=8)
    assert (words.percent(asked), words.percent(running), words.percent(standing())) == (0, 37, 0)
    assert evidence(running) == "Block 3 of 8 is read."
    assert "rules" in evidence(asked)


def test_what_waits_for_a_seal():
    assert words.sealed(standing(), locale="en-US") == "All 1,200"
    assert words.sealed(standing(sealed=1199), locale="de-DE") == "1.199 of 1.200"
    assert words.waiting(standing(), locale="en-US") == "Nothing waits for a seal"
    assert words.waiting(standing(sealed=1199), locale="en-US").startswith("1 waits")
    assert words.waiting(standing(sealed=0), locale="en-US").startswith("1,200 wait ")
