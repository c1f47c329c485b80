"""Which account a statement belongs to: by its number, never by its name; an account without one may take it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.ledger.accounts import AccountView, accounts
from fintwin.statements.numbers import same_account
from fintwin.statements.recognised import Recognised
from fintwin.statements.statement import Statement

NEW = 0
"""Stands for "a new account" where a person chose it."""

_FILLED = text(
    """
    SELECT DISTINCT p.account FROM statement_part p JOIN statement_import i ON i.id = p.imported
    WHERE p.owner = :owner AND p.account IS NOT NULL
      AND (i.status IN ('asked', 'booking', 'done', 'undoing', 'undone')
           OR i.status = 'ready' AND p.number <> '' AND :number <> '' AND p.number <> :number)
    """
)
_NAME = 80
_KINDS = {"checking": "Checking", "savings": "Savings", "credit": "Credit card", "investment": "Investment"}


def tracked(session: Session, who: Principal) -> list[AccountView]:
    """The accounts that files may fill: mirrors of accounts at a bank, closed ones included."""
    return [one for one in accounts(session, who, closed=True) if not one.held]


def account_of(
    session: Session,
    who: Principal,
    *,
    statement: Statement,
    recognised: Recognised,
    choices: Mapping[int, int],
    part: int,
    among: Sequence[AccountView],
    alone: bool = True,
) -> AccountView | None:
    """The account whose movements a statement tells; None where a new one is to be opened.

    What was chosen; the account with this number; the one that a statement with this number went to before. Without a
    number: the one that a file with the same headings went to before, for a part that the file called the same. Else
    the only open one of this currency that has no number yet and that no other file fills.

    Args:
        alone: no other statement of the file is in this currency; of several none is guessed by what is left.
    """
    fitting = [one for one in among if one.currency.code == statement.currency or not statement.currency]
    if part in choices:
        return next((one for one in fitting if one.id == choices[part]), None)
    if statement.account:
        for one in fitting:
            if one.bank_number and same_account(one.bank_number, statement.account):
                return one
        if found := _before(session, who, fitting, "p.number = :told", statement.account):
            return found
    elif recognised.layout and (
        found := _before(
            session,
            who,
            fitting,
            "p.number = '' AND i.layout = :told AND (:called = '' OR p.name = :called)",
            recognised.layout,
            called=statement.name[:_NAME],
        )
    ):
        return found
    return _waiting(session, who, statement, fitting) if alone else None


def _waiting(
    session: Session, who: Principal, statement: Statement, among: Sequence[AccountView]
) -> AccountView | None:
    """The only open account that has no number and that no other file fills or is about to fill."""
    told = {"owner": who.person, "number": statement.account}
    filled = {number for (number,) in session.connection().execute(_FILLED, told)}
    bare = [one for one in among if one.open and not one.bank_number and one.id not in filled]
    if len(bare) != 1 or (statement.kind and statement.kind != bare[0].type):
        return None
    return bare[0]


def _before(
    session: Session, who: Principal, among: Sequence[AccountView], condition: str, told: str, *, called: str = ""
) -> AccountView | None:
    """The account that the latest booked import of this kind went to."""
    rows = session.connection().execute(
        text(
            "SELECT p.account FROM statement_part p JOIN statement_import i ON i.id = p.imported"  # noqa: S608 - two conditions of ours
            f" WHERE p.owner = :owner AND i.status = 'done' AND p.account IS NOT NULL AND {condition}"
            " ORDER BY i.booked_at DESC LIMIT 20"
        ),
        {"owner": who.person, "told": told} | ({"called": called} if ":called" in condition else {}),
    )
    known = {one.id: one for one in among}
    return next((known[number] for (number,) in rows if number in known), None)


def name_of(statement: Statement, *, file: str) -> str:
    """What to call a new account: its name in the file, or its kind, or the file, and the end of its number."""
    if statement.name:
        return statement.name[:_NAME]
    called = _KINDS.get(statement.kind) or ("" if statement.account else file.rpartition(".")[0]) or "Account"
    ending = f" ··{statement.account[-4:]}" if statement.account else ""
    return called[:70] + ending
