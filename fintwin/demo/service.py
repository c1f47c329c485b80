"""The demo household: made for whoever asks, erased with one click (`web.auth` switches between its two adults).

These use cases act for two people at once, so each is a unit of work of its own. The people are of issuer `demo`, so that no money goes between them and real
persons; the books are like anybody's.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import Session

from fintwin.db.counted import count_tables
from fintwin.db.work import perform, system_work, work
from fintwin.demo import story
from fintwin.demo.household import OUTSIDE, Household, Movement, Schedule, household
from fintwin.demo.story import MAYA
from fintwin.identity import erasure
from fintwin.identity import service as identity
from fintwin.identity.acting import acting
from fintwin.identity.origin import proposed
from fintwin.identity.principal import Principal
from fintwin.identity.service import Browser, SignedIn
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, bulk, categories, journal
from fintwin.ledger import service as ledger
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.posting import Item, Kind
from fintwin.payments import contacts, instalments, requests, schedules
from fintwin.payments import service as payments
from fintwin.payments.recurrence import Rule
from fintwin.payments.schedules import Plan

IDLE = timedelta(days=7)
"""A household that nobody looked at for so long is erased."""


def open(browser: Browser, *, clock: Clock = system_clock, seed: int | None = None) -> SignedIn:
    """A household of the visitor's own, with two years of history, and a session as its first adult.

    One that the command line made is handed over where it fits; else one is made, whole or not at all.

    Args:
        browser: gives locale and zone, and by them the currency.
        seed: of the story; random if not given.

    Raises:
        TooMany: there are twenty households already.
    """
    with work(None) as session:
        origin = proposed(locale=browser.locale, zone=browser.zone, on=today(clock, zone="UTC"))
        people = session.connection().scalar(_TAKE, asdict(origin))
        _act_as(session, people[MAYA] if people else _make(session, browser, clock=clock, seed=seed).person)
        return identity.enter_demo(session, browser=browser)


def prepare(*, locale: str, zone: str, clock: Clock = system_clock) -> str:
    """Make a household that waits for the next visitor of its currency; the currency's code.

    Raises:
        TooMany: there are twenty households already.
    """
    with work(None) as session:
        first = _make(session, Browser(locale=locale, zone=zone), clock=clock, seed=None)
        _act_as(session, first.person)
        session.connection().execute(text("SELECT set_demo_ready()"))
        return first.currency


def wipe(who: Principal) -> None:
    """End a household: its sessions at once, its rows as soon as the worker comes to it.

    Raises:
        Refused: not a demo person (`not_demo`).
    """
    if not who.demo:
        raise Refused("Only a demo household has this button.", code="not_demo")
    perform(who.person, lambda session: erasure.ask(session, who))


def end_idle(*, clock: Clock = system_clock) -> int:
    """Send away the households that nobody has used for a week; how many."""
    with system_work() as session:
        idle = session.connection().scalars(_IDLE, {"before": clock() - IDLE}).all()
        for person in idle:
            session.connection().execute(text("SELECT end_demo(:person)"), {"person": person})
    return len(idle)


_IDLE = text(
    """
    SELECT min(p.id) FROM person p
    LEFT JOIN session s ON s.owner = p.id LEFT JOIN account a ON a.owner = p.id
    WHERE p.issuer = 'demo' AND p.status <> 'closed'
    GROUP BY split_part(p.subject, '/', 1)
    HAVING greatest(max(p.created_at), max(s.seen_at), max(a.last_transaction_at)) < :before
    """
)


_TAKE = text("SELECT take_ready_demo(:locale, :zone, :currency)")


def _make(session: Session, browser: Browser, *, clock: Clock, seed: int | None) -> Principal:
    """A household with its books, in a unit of work without a person; the first adult."""
    people = identity.open_demo(session, names=story.NAMES, browser=browser, clock=clock)
    adults = tuple(_act_as(session, person) for person in people)
    first = adults[MAYA]
    life = household(
        seed=secrets.randbits(48) if seed is None else seed,
        today=today(clock, zone=first.zone),
        currency=currency(first.currency),
    )
    _book(session, adults, life, clock=clock)
    count_tables(session)
    return first


def _act_as(session: Session, person: int) -> Principal:
    """Go on as another person in the same transaction; only here, for people of one demo household."""
    _as(session, person)
    return acting(session)


def _as(session: Session, person: int) -> None:
    if session.info.get("person") != person:
        session.info["person"] = person
        session.connection().execute(text("SELECT set_config('app.person', :person, true)"), {"person": str(person)})


@dataclass(frozen=True, slots=True)
class _Books:
    """One adult's accounts by the story's keys, and categories by code."""

    who: Principal
    accounts: Mapping[str, AccountView]
    categories: Mapping[str, int]

    @property
    def wallet(self) -> AccountView:
        return self.accounts["wallet"]


def _book(session: Session, adults: tuple[Principal, ...], life: Household, *, clock: Clock) -> None:
    """Fill both books in three rounds, since a wallet must have the money before it leaves."""
    books = tuple(_open(session, who, life, adult) for adult, who in enumerate(adults))
    for adult, one in enumerate(books):
        _as(session, one.who.person)
        before = [m for m in life.movements[adult] if m.giving != "wallet"]
        journal.post_batch(session, one.who, [_item(one, m, life) for m in before], whole=True)
        contacts.add(session, one.who, number=books[1 - adult].wallet.number, name=story.NAMES[1 - adult])
    _pay(session, books, life)
    for adult, one in enumerate(books):
        _as(session, one.who.person)
        after = [m for m in life.movements[adult] if m.giving == "wallet"]
        journal.post_batch(session, one.who, [_item(one, m, life) for m in after], whole=True)
        _classify_received(session, one)
        session.connection().execute(text("SELECT date_demo_payments()"))
        if life.request.asker == adult:
            requests.ask(
                session,
                one.who,
                account=one.wallet.id,
                number=books[1 - adult].wallet.number,
                amount=life.request.amount,
                message=life.request.message,
                key="demo:request",
            )
        for number, plan in enumerate(life.schedules):
            if plan.adult == adult:
                schedules.create(
                    session,
                    one.who,
                    plan=_plan(one, books[1 - adult], plan),
                    key=f"demo:schedule:{number}",
                    clock=clock,
                )


def _open(session: Session, who: Principal, life: Household, adult: int) -> _Books:
    _as(session, who.person)
    opened = {
        one.key: accounts.open_account(
            session,
            who,
            name=one.name,
            type=one.type,
            custody=one.custody,
            currency=life.currency,
            key=f"demo:{one.key}",
            opening=one.opening if one.custody == "tracked" else None,
            opened=life.since - timedelta(days=1),
        )
        for one in life.accounts[adult]
    }
    return _Books(who, opened, {one.code: one.id for one in categories.ensure(session, who)})


def _item(books: _Books, one: Movement, life: Household) -> Item:
    kind = Kind.DEPOSIT if one.giving == OUTSIDE else Kind.WITHDRAWAL if one.taking == OUTSIDE else Kind.OWN_TRANSFER
    return Item(
        kind=kind,
        amount=one.amount,
        currency=life.currency.code,
        booked=one.booked,
        giving=books.accounts[one.giving].id if one.giving else None,
        taking=books.accounts[one.taking].id if one.taking else None,
        description=one.description or None,
        payee=one.payee or None,
        category=books.categories[one.category] if one.category else None,
    )


def _plan(books: _Books, other: _Books, one: Schedule) -> Plan:
    giving, taking = books.accounts.get(one.giving), books.accounts.get(one.taking)
    source = giving or taking
    if source is None:
        raise ValueError(f"{one} has no account")
    between = taking is None and not one.payee
    return Plan(
        kind="deposit" if giving is None else "own" if taking else "person" if between else "withdrawal",
        account=source.id,
        amount=one.amount,
        starts=one.starts,
        rule=Rule("MONTHLY"),
        adjustment="preceding" if one.back else "following",
        taking=taking.id if giving and taking else None,
        number=other.wallet.number if between else "",
        description=one.description,
        payee=one.payee,
        category=books.categories[one.category] if one.category else None,
    )


def _pay(session: Session, books: tuple[_Books, ...], life: Household) -> None:
    """Make the payments that the adults sent each other, each on its day."""
    payer = books[life.instalments.payer]
    _as(session, payer.who.person)
    plan = instalments.begin(
        session,
        payer.who,
        account=payer.wallet.id,
        number=books[1 - life.instalments.payer].wallet.number,
        total=life.instalments.total,
        parts=life.instalments.parts,
        description=life.instalments.description,
        key="demo:instalments",
    )
    for number, one in enumerate(life.payments):
        payer, payee = books[one.payer], books[1 - one.payer]
        _as(session, payer.who.person)
        key = f"demo:payment:{number}"
        booked = ledger.pay_person(
            session,
            payer.who,
            account=payer.wallet.id,
            number=payee.wallet.number,
            amount=one.amount,
            key=key,
            description=one.description,
            category=payer.categories[one.category],
            clock=_noon(one.booked, payer.who.zone),
        )
        payments.lay_down(
            session,
            payer.who,
            transaction=booked.transaction,
            number=payee.wallet.number,
            name=payee.who.name,
            key=key,
            plan=plan.id if one.instalment else None,
        )


def _noon(day: date, zone: str) -> Clock:
    return lambda: datetime.combine(day, time(12), ZoneInfo(zone))


def _classify_received(session: Session, books: _Books) -> None:
    """What comes back for an outlay is a refund to who had laid it out."""
    received = session.connection().scalars(
        text("SELECT transaction FROM payment WHERE owner = :owner AND side = 'in'"), {"owner": books.who.person}
    )
    bulk.classify(session, books.who, transactions=received.all(), category=books.categories["refunds"])
