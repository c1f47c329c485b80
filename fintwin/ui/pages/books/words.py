"""What the page says of a check and of the seals: plain words out of counts."""

from fintwin.kernel.wording import count_text
from fintwin.ledger.checks import Check, Standing

_UNDER_WAY = ("asked", "running")


def verdict(standing: Standing) -> tuple[str, str]:
    """The tone of the answer and its sentence."""
    check = standing.check
    if check is None:
        return "plain", "Your books have not been checked yet."
    if check.status in _UNDER_WAY:
        return "plain", "Your books are being checked."
    if check.status == "failed":
        return "warn", "The check could not be run."
    if check.findings:
        return "bad", "Something in your books is not as it should be."
    return "good", "Your books are whole."


def evidence(standing: Standing, *, at: str, locale: str) -> str:
    """What lies behind the answer.

    Args:
        at: when the check ended, in words.
    """
    check = standing.check
    if check is None:
        return "A check recounts every balance and compares each sealed row with its seal. It changes nothing."
    if check.status in _UNDER_WAY:
        return _progress(check, locale=locale)
    if check.status == "failed":
        return "That says nothing about your books. Try again in a moment."
    rules = (
        f"All {check.rules} rules hold"
        if check.held == check.rules
        else f"{check.rules - check.held} of {check.rules} rules {_plural(check.rules - check.held, 'does', 'do')} not hold"
    )
    rows = (
        "1 sealed row is as it was sealed"
        if check.sealed == 1
        else f"{count_text(check.sealed, locale=locale)} sealed rows are as they were sealed"
    )
    return f"{rules}, and {rows}. Checked {at}."


def advice(standing: Standing) -> str:
    """What to do about findings."""
    if standing.check is None or not standing.check.findings:
        return ""
    return (
        "Change nothing now. Whoever runs this FinTwin can see all of it with fintwin verify, and bring back a backup"
        " made before it happened."
    )


def sealed(standing: Standing, *, locale: str) -> str:
    """How many entries are sealed, of how many."""
    if standing.sealed == standing.entries:
        return f"All {count_text(standing.entries, locale=locale)}"
    return f"{count_text(standing.sealed, locale=locale)} of {count_text(standing.entries, locale=locale)}"


def waiting(standing: Standing, *, locale: str) -> str:
    """What is not sealed yet."""
    left = standing.entries - standing.sealed
    if left == 0:
        return "Nothing waits for a seal"
    return f"{count_text(left, locale=locale)} {_plural(left, 'waits', 'wait')} for the next block, within minutes"


def percent(standing: Standing) -> int:
    """How much of the chain a running check has read."""
    check = standing.check
    if check is None or check.total == 0:
        return 0
    return min(100, check.done * 100 // check.total)


def _progress(check: Check, *, locale: str) -> str:
    if check.total == 0:
        return "The rules are tried over your books."
    return f"Block {count_text(check.done, locale=locale)} of {count_text(check.total, locale=locale)} is read."


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
