"""What the books say of the days to come."""

from datetime import date

from sqlmodel import Session

from fintwin.cashflow import history
from fintwin.cashflow.ahead import Ahead, ahead, everyday, irregular
from fintwin.cashflow.recurring import Learned, learn
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.ledger import accounts as book
from fintwin.ledger import result

LOWEST_AHEAD = (
    "The lowest that cash now comes to in the next 60 days if every payment that comes back falls due as it did before,"
    " and everyday life costs what it cost in an ordinary month of the last six. Income that keeps no rhythm is not in it."
)


def learned(session: Session, who: Principal, *, as_of: date | None = None, clock: Clock = system_clock) -> Learned:
    """Recurring payments and the months' rest, learned from the last four years in the person's currency."""
    day = as_of or today(clock, zone=who.zone)
    return learn(history.flows(session, who, until=day), as_of=day)


def cash_ahead(session: Session, who: Principal, *, days: int = 60, clock: Clock = system_clock) -> Ahead | None:
    """Known cash in the days to come; None where no cash account's balance is known."""
    day = today(clock, zone=who.zone)
    cash = result.cash_now(session, who)
    if cash.amount is None:
        return None
    accounts = frozenset(str(account.uuid) for account in cash.behind)
    cards = frozenset(str(account.uuid) for account in book.accounts(session, who) if account.type == "credit")
    known = learned(session, who, as_of=day)
    return ahead(
        cash.amount,
        known.streams,
        accounts=accounts,
        as_of=day,
        days=days,
        each_day=everyday(known, cards=cards),
        left_out=irregular(known, as_of=day),
    )
