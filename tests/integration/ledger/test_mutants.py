"""Each small damage to the functions that book is noticed by what the books promise."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import sqlstate, system_work, work
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import accounts, conversion, journal, pending, reconciliation, register, reversal, service, verify
from fintwin.ledger.posting import Item, Kind

DAY = date(2026, 3, 2)

MUTANTS = {
    "funds are not looked at": ("post", "a.posted_balance - a.held_balance + a.credit_limit >= p_amount", "true"),
    "the giver's sign is swapped": (
        "post",
        "posted_balance = posted_balance - p_amount",
        "posted_balance = posted_balance + p_amount",
    ),
    "the taker's sign is swapped": (
        "post",
        "posted_balance = posted_balance + p_amount",
        "posted_balance = posted_balance - p_amount",
    ),
    "versions stand still": ("post", "version = version + 1", "version = version"),
    "the giver is locked first": (
        "post",
        "CASE WHEN giving > taking THEN '{f,t}'::boolean[] ELSE '{t,f}'::boolean[] END",
        "'{t,f}'::boolean[]",
    ),
    "a key's body is not compared": ("post", "stored_fingerprint <> p_fingerprint", "false"),
    "anybody's account gives": ("post", "a.id = giving AND a.owner = me AND", "a.id = giving AND"),
    "a blocked account gives": ("post", "a.currency = p_currency AND a.status = 'active'", "a.currency = p_currency"),
    "a closed account takes": ("post", "AND a.status <> 'closed'", ""),
    "a lock holds nothing": ("post", "AND (a.locked_until < p_booked OR a.locked_until IS NULL)", ""),
    "the other leg is dropped": (
        "post",
        re.compile(r"UNION ALL\s+SELECT header\.id, taker, taking.*?FROM header;", re.S),
        ";",
    ),
    "the gate is not asked": ("post", "verdict IS DISTINCT FROM 'allow'", "false"),
    "nobody is told": ("post", "SELECT me, 1, transaction_id UNION ALL SELECT taker", "SELECT taker"),
    "a batch locks no account": ("ledger_post_batch", "ORDER BY a.id FOR NO KEY UPDATE", "ORDER BY a.id"),
    "a batch compares no funds": ("ledger_refusal", re.compile(r"WHEN \(*outflow AND.*?'LG006'::text", re.S), ""),
    "a part is taken back twice": ("ledger_take_back", "part > rest", "false"),
    "giving back draws on the limit": (
        "ledger_take_back",
        "IF header.kind = 5 THEN seen.credit_limit",
        "IF false THEN seen.credit_limit",
    ),
    "a part counts as the whole": ("ledger_take_back", "whole := part = rest", "whole := true"),
    "what was kept back stays": (
        "ledger_let_go",
        "held_balance = held_balance - kept.amount",
        "held_balance = held_balance",
    ),
    "what is settled stays kept back": (
        "ledger_settle",
        "held_balance = held_balance - released",
        "held_balance = held_balance",
    ),
    "more is settled than was kept back": ("ledger_settle", "part > kept.amount", "false"),
    "a hold draws on the limit": (
        "keep_back",
        "a.posted_balance - a.held_balance >= p_amount",
        "a.posted_balance - a.held_balance + a.credit_limit >= p_amount",
    ),
    "what many settle stays kept back": (
        "ledger_settle_batch",
        "holds[g] := holds[g] - (kept[n]).amount",
        "holds[g] := holds[g]",
    ),
    "what many settle stays announced": (
        "ledger_settle_batch",
        "DELETE FROM hold WHERE owner = $2 AND transaction = ANY ($1)",
        "DELETE FROM hold WHERE owner = $2 AND transaction = ANY ($1) AND false",
    ),
    "what is named twice is booked the second time": ("ledger_settle_batch", "codes[n] := codes[same[n]];", ""),
    "one that is refused lets the others pass": (
        "ledger_post_mixed",
        "IF p_whole THEN PERFORM ledger_refuse(refusal, n::text); END IF;",
        "",
    ),
    "a conversion gives where it takes": ("convert_money", "THEN -p_gave ELSE p_got", "THEN p_gave ELSE p_got"),
    "a conversion takes where it gives": ("convert_money", "THEN -p_gave ELSE p_got", "THEN -p_gave ELSE -p_got"),
    "a conversion's entry is on the wrong side": (
        "convert_money",
        "p_booked, giving.currency, p_gave, NULL, giving.posted_balance - p_gave)",
        "p_booked, giving.currency, p_gave, NULL, giving.posted_balance + p_gave)",
    ),
    "a conversion gives what is not there": (
        "convert_money",
        "giving.currency, p_gave, true,",
        "giving.currency, 0.0001, true,",
    ),
}
"""What is damaged: the function, what is searched in it, and what stands there instead."""


@pytest.fixture
def promises(person, opened, key, admin):
    """Try what the books promise; the first that is broken."""

    def code(who, call, **named):
        try:
            with work(who.person) as session:
                call(session, who, **named)
        except FinTwinError as refused:
            return refused.code
        except DBAPIError as fault:
            return sqlstate(fault)
        return ""

    def at_once(calls):
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda call: call(), calls))

    def run():
        maya, omar = person("Maya"), person("Omar")
        here, there = opened(maya, "100.00", opened=DAY), opened(maya, "100.00", opened=DAY, name="Savings")
        his, frozen, closed, limited = opened(omar, "100.00"), opened(maya, "5.00"), opened(maya), opened(maya, "10.00")
        admin("UPDATE account SET credit_limit = 50 WHERE id = :id", id=limited.id)
        with work(maya.person) as session:
            accounts.freeze(session, maya, account=frozen.id)
            accounts.close(session, maya, account=closed.id)

        def out(account, amount="1.00", who=maya, **named):
            return code(who, service.withdraw, account=account, amount=amount, **({"key": key()} | named))

        def move(giving, taking):
            return code(maya, service.own_transfer, giving=giving, taking=taking, amount="1.00", key=key())

        def balance(who, account):
            with work(who.person, read_only=True) as session:
                return accounts.account(session, who, account.id).posted

        for wanted, found in (
            ("not_enough_funds", lambda: out(here.id, "100.01")),
            (
                "unknown_account",
                lambda: code(
                    maya, service.post, item=Item(Kind.WITHDRAWAL, D(1), "EUR", DAY, giving=his.id, key=key())
                ),
            ),
            ("account_frozen", lambda: out(frozen.id)),
            ("account_closed", lambda: code(maya, service.deposit, account=closed.id, amount="1.00", key=key())),
            ("", lambda: out(here.id, key="mine")),
            ("key_reused", lambda: out(here.id, "2.00", key="mine")),
            ("", lambda: move(here.id, there.id)),
        ):
            if found() != wanted:
                return wanted or "a plain posting"
        if (balance(maya, here), balance(maya, there)) != (D(98), D(101)):
            return "balances"
        with work(maya.person) as session:
            [outcome] = service.post_batch(session, maya, [Item(Kind.WITHDRAWAL, D(999), "EUR", DAY, giving=here.id)])
        if outcome.refusal is None or outcome.refusal.code != "not_enough_funds":
            return "a batch without funds"

        told = admin("SELECT count(*) FROM outbox WHERE owner = :maya", maya=maya.person)[0][0]
        if code(maya, service.pay_person, account=here.id, number=his.number, amount="8.00", key=key()) != "":
            return "a payment"
        if admin("SELECT count(*) FROM outbox WHERE owner = :maya", maya=maya.person)[0][0] != told + 1:
            return "both are told"
        with work(omar.person, read_only=True) as session:
            got = next((row for row in register.page(session, omar).rows if row.kind is Kind.BETWEEN_PEOPLE), None)
        if got is None:
            return "both legs"
        backs = [code(omar, reversal.refund, transaction=got.id, amount=part, key=key()) for part in ("5.00", "5.00")]
        if backs != ["", "more_than_the_rest"]:
            return "a refund"
        lent = code(omar, service.pay_person, account=his.id, number=limited.number, amount="5.00", key=key())
        with work(maya.person, read_only=True) as session:
            got = next(row for row in register.page(session, maya).rows if row.amount == 5)
        spent = out(limited.id, "12.00")
        back = code(maya, reversal.refund, transaction=got.id, amount="5.00", key=key())
        if (lent, spent, back) != ("", "", "not_enough_funds"):
            return "a refund from own money"

        with work(maya.person) as session:
            held = pending.hold(session, maya, kind=Kind.WITHDRAWAL, account=here.id, amount="10.00", key=key())
            gone = pending.hold(session, maya, kind=Kind.WITHDRAWAL, account=here.id, amount="4.00", key=key())
            pending.void(session, maya, transaction=gone.transaction)
        if code(maya, pending.settle, transaction=held.transaction, amount="10.01") != "more_than_held":
            return "a capture"
        if code(maya, pending.settle, transaction=held.transaction, amount="6.00") != "":
            return "a settlement"
        if (
            code(maya, pending.hold, kind=Kind.WITHDRAWAL, account=limited.id, amount="3.01", key=key())
            != "not_enough_funds"
        ):
            return "a hold"

        def many(whole):
            held = [
                pending_of(Kind.OWN_TRANSFER, taking=there.id, amount="3.00"),
                pending_of(Kind.WITHDRAWAL, amount="2.00"),
            ]
            return code(maya, pending.settle_many, transactions=held, whole=whole)

        def pending_of(kind, **named):
            with work(maya.person) as session:
                return pending.hold(session, maya, kind=kind, account=here.id, key=key(), **named).transaction

        with work(maya.person) as session:
            sent = pending.hold(
                session,
                maya,
                kind=Kind.BETWEEN_PEOPLE,
                account=limited.id,
                number=his.number,
                amount="1.00",
                key=key(),
            ).transaction
            accounts.freeze(session, maya, account=limited.id)
            twice = pending.settle_many(session, maya, transactions=[sent, sent])
            pending.void(session, maya, transaction=sent)
        if [one.refusal.code if one.refusal else "" for one in twice] != ["account_frozen"] * 2:
            return "one that is named twice"

        was = balance(maya, here), balance(maya, there)
        if many(whole=False) or many(whole=True):
            return "many settled"
        if (balance(maya, here), balance(maya, there)) != (was[0] - 10, was[1] + 6):
            return "balances of many settled"
        with work(maya.person, read_only=True) as session:
            if pending.count(session, maya) or accounts.account(session, maya, here.id).pending:
                return "what many settled is kept back"

        dollars = opened(maya, name="Dollars", of="USD")
        if code(maya, conversion.convert, giving=here.id, taking=dollars.id, gave="5.00", got="6.00", key=key()):
            return "a conversion"
        if (balance(maya, here), balance(maya, dollars)) != (was[0] - 15, D(6)):
            return "balances of a conversion"
        if code(maya, conversion.convert, giving=dollars.id, taking=here.id, gave="6.01", got="5.00", key=key()) != (
            "not_enough_funds"
        ):
            return "a conversion without funds"
        mixed = [
            Item(
                Kind.BETWEEN_PEOPLE,
                amount,
                "EUR",
                journal.booking_date(maya, None),
                giving=here.id,
                number=his.number,
                key=key(),
            )
            for amount in (D(1), D(999))
        ]
        if code(maya, service.post_batch, items=mixed, whole=True) != "not_enough_funds":
            return "a batch of kinds, whole"
        if balance(maya, here) != was[0] - 15:
            return "balances of a batch of kinds"

        with work(maya.person) as session:
            reconciliation.assert_balance(session, maya, account=there.id, day=DAY, balance="100.00")
        if (
            out(there.id, booked=DAY) != "locked"
            or code(maya, service.deposit, account=there.id, amount="1.00", booked=DAY, key=key()) != "locked"
        ):
            return "a lock"

        storm = at_once([lambda n=n: move(*((here.id, there.id), (there.id, here.id))[n % 2]) for n in range(32)])
        if set(storm) != {""}:
            return "a storm"
        before = balance(maya, here)

        def batch():
            items = [Item(Kind.DEPOSIT, D(1), "EUR", date(2026, 4, 1), taking=here.id, key=key()) for _ in range(40)]
            return code(maya, service.post_batch, items=items)

        if set(at_once([batch] * 6)) != {""} or balance(maya, here) != before + 240:
            return "batches at once"
        with system_work() as session:
            findings = verify.run(session)
        if findings:
            return findings[0].rule
        gate = "gate_verdict(person bigint, account bigint, kind smallint, amount numeric, payee bigint)"
        admin(f"CREATE OR REPLACE FUNCTION {gate} RETURNS text LANGUAGE sql STABLE RETURN 'refuse'")
        return "" if out(here.id) == "gate_refused" else "the gate"

    def first_broken():
        try:
            return run()
        except DBAPIError as fault:
            return sqlstate(fault)

    return first_broken


def test_the_promises_are_kept(promises):
    assert promises() == ""


@pytest.mark.parametrize("name", MUTANTS)
def test_each_damage_is_noticed(promises, damage, name):
    damage(*MUTANTS[name])
    assert promises() != ""
