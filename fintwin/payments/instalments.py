"""Paying in parts toward a total."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Conflict, NotFound, Refused
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import Currency, currency, positive
from fintwin.ledger import accounts, posting
from fintwin.ledger import service as ledger
from fintwin.payments import contacts
from fintwin.payments.standing import equal_parts, next_part


@dataclass(frozen=True, slots=True)
class PlanView:
    """A total, and how far it is paid; what is on its way counts."""

    id: int
    account: int
    currency: Currency
    number: str
    name: str
    total: Decimal
    parts: int | None
    """Equal parts; None: of any size."""
    description: str
    paid: Decimal
    payments: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def rest(self) -> Decimal:
        """What is left to pay."""
        return self.total - self.paid

    @property
    def next(self) -> Decimal:
        """What to pay next; the last part is exact."""
        return next_part(self.total, self.paid, self.parts, of=self.currency)

    @property
    def done(self) -> bool:
        """Whether nothing is left to pay."""
        return self.rest <= 0


_SELECT = """
    SELECT i.id, i.account, i.currency, i.number, coalesce(i.name, '') AS name, i.total, i.parts,
           coalesce(i.description, '') AS description, i.created_at, i.ended_at,
           coalesce(sum(p.amount - p.refunded) FILTER (WHERE p.status <> 'failed'), 0) AS paid,
           count(p.id) FILTER (WHERE p.status <> 'failed') AS payments
    FROM instalment_plan i LEFT JOIN payment p ON p.owner = i.owner AND p.plan = i.id
    WHERE i.owner = :owner
"""


def begin(
    session: Session,
    who: Principal,
    *,
    account: int,
    number: str,
    total: Decimal | str,
    key: str,
    parts: int | None = None,
    description: str = "",
    name: str = "",
) -> PlanView:
    """Set a total that is to be paid in parts, by `service.pay(plan=...)`; no money moves.

    Raises:
        Invalid: a bad number, amount, or count of parts (`bad_parts`, `too_many_parts`).
        NotFound, Refused: as a payment to this number.
        Conflict: the key made another plan (`key_reused`).
    """
    source = accounts.account(session, who, account)
    if not source.held:
        raise Refused(
            "Money for other people can only leave an account that is kept here.", code="not_held", field="account"
        )
    size = positive(total, to=source.currency, field="total")
    if parts is not None:
        equal_parts(size, parts, of=source.currency)
    bare = checked_account_number(number)
    payee = ledger.payee(session, who, number=bare)
    if payee.own:
        raise Refused("This is your own account.", code="own_payee", field="number")
    called = posting.clean(name, most=140, field="name") or payee.name
    connection = session.connection()
    unique = str(posting.checked_key(key))
    connection.execute(
        text(
            "INSERT INTO instalment_plan (owner, account, currency, number, name, total, parts, description, key)"
            " VALUES (:owner, :account, :currency, :number, :name, :total, :parts, :description, CAST(:key AS uuid))"
            " ON CONFLICT (owner, key) DO NOTHING"
        ),
        {
            "owner": who.person,
            "account": account,
            "currency": source.currency.code,
            "number": bare,
            "name": called,
            "total": size,
            "parts": parts,
            "description": posting.clean(description, most=140, field="description"),
            "key": unique,
        },
    )
    made = connection.scalar(
        text("SELECT id FROM instalment_plan WHERE owner = :owner AND key = CAST(:key AS uuid)"),
        {"owner": who.person, "key": unique},
    )
    seen = plan(session, who, plan=int(made or 0))
    if (seen.account, seen.number, seen.total, seen.parts) != (account, bare, size, parts):
        raise Conflict("This form was already used for something else. Open it again.", code="key_reused")
    return seen


def plan(session: Session, who: Principal, *, plan: int) -> PlanView:
    """One plan.

    Raises:
        NotFound: `unknown_plan`.
    """
    found = _views(session, who, " AND i.id = :plan", plan=plan)
    if not found:
        raise NotFound("There is no such plan.", code="unknown_plan", field="plan")
    return found[0]


def plans(session: Session, who: Principal) -> list[PlanView]:
    """Plans that go on, newest first, and those paid in full that were not put away."""
    return _views(session, who, " AND i.ended_at IS NULL")


def end(session: Session, who: Principal, *, plan: int) -> None:
    """Put a plan away: nothing more is paid by it. Again: nothing more."""
    session.connection().execute(
        text("UPDATE instalment_plan SET ended_at = now() WHERE owner = :owner AND id = :plan AND ended_at IS NULL"),
        {"owner": who.person, "plan": plan},
    )


def _views(session: Session, who: Principal, more: str, **values: object) -> list[PlanView]:
    rows = (
        session.connection()
        .execute(
            text(f"{_SELECT}{more} GROUP BY i.id ORDER BY i.id DESC LIMIT 50"),
            {"owner": who.person, **values},
        )
        .mappings()
        .all()
    )
    own = contacts.names(session, who, numbers=sorted({row["number"] for row in rows}))
    return [
        PlanView(**{**row, "currency": currency(row["currency"]), "name": own.get(row["number"]) or row["name"]})
        for row in rows
    ]
