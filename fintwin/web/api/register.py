"""The register with its filters and search, and beside it what is pending or came to nothing."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid, all_of
from fintwin.kernel.pages import cursor as page_cursor
from fintwin.ledger import accounts as account_book
from fintwin.ledger import ended, narrowing, pending, register, search_words
from fintwin.ledger.posting import Outside
from fintwin.ledger.register import Filter
from fintwin.ledger.service import counterparts
from fintwin.web.api.calls import Day, Listed, Reference, Size, Who, decimal, look, referred
from fintwin.web.api.lines import Known, Transaction, booked_line, failed_line, pending_line

router = APIRouter(tags=["transactions"])


class Reversed(StrEnum):
    """Pairs that cancel out."""

    HIDDEN = "hidden"
    ONLY = "only"
    ALL = "all"


class Wanted(BaseModel):
    """Which transactions are asked for."""

    model_config = ConfigDict(frozen=True)

    account: UUID | None = None
    since: Day | None = Field(default=None, alias="from", description="The first booking date.")
    until: Day | None = Field(default=None, alias="to", description="The last one.")
    least: Size | None = Field(default=None, alias="min", description="Smallest amount, whichever way it went.")
    most: Size | None = Field(default=None, alias="max", description="Largest one.")
    flow: Literal["in", "out"] | None = None
    category: Reference | None = Field(default=None, description="With those below it.")
    q: str = Field(
        default="",
        max_length=search_words.LONGEST,
        description="Words, and the register's operators: `amount>100 -tag:work payee:shop is:out has:note on:2026-01`.",
    )
    reversed: Reversed = Field(default=Reversed.HIDDEN, description="Pairs that cancel out.")
    status: Outside = Field(
        default=Outside.SUCCESS, description="What is not `success` takes `account`, `limit` and `cursor` alone."
    )
    limit: int = Field(default=register.PAGE, ge=1, le=200, description="Items of one page.")
    cursor: str = Field(default="", max_length=120, description="`next` of the page before.")


@router.get("/transactions")
async def transactions(who: Who, wanted: Annotated[Wanted, Query()]) -> Listed[Transaction]:
    """Transactions, the latest first."""
    if wanted.status is Outside.SUCCESS:
        return await look(who, _booked, wanted=wanted)
    beyond = wanted.model_fields_set - {"status", "account", "limit", "cursor"}
    if beyond:
        names = sorted(Wanted.model_fields[one].alias or one for one in beyond)
        raise all_of([Invalid("This filter is for what is booked.", code="bad_filter", field=name) for name in names])
    return await look(who, _unbooked, wanted=wanted)


def _booked(session: Session, who: Principal, *, wanted: Wanted) -> Listed[Transaction]:
    known = narrowing.known(session, who)
    only = None if wanted.account is None else account_book.by_uuid(session, who, wanted.account).id
    base = Filter(
        account=only,
        since=wanted.since,
        until=wanted.until,
        least=decimal(wanted.least),
        most=decimal(wanted.most),
        flow=wanted.flow,
        category=None if wanted.category is None else referred(wanted.category, "category"),
        reversed={Reversed.HIDDEN: None, Reversed.ONLY: True, Reversed.ALL: False}[wanted.reversed],
    )
    search = search_words.parse(wanted.q)
    narrowed = narrowing.narrow(base, search, known=known, today=today(system_clock, zone=who.zone))
    if narrowed.faults:
        raise all_of([Invalid(one.sentence, code="bad_search", field="q") for one in narrowed.faults])
    after = page_cursor(wanted.cursor)
    page = register.page(session, who, filter=narrowed.filter, after=after, rows=wanted.limit)
    return Listed(items=[booked_line(row) for row in page.rows], next=None if page.after is None else str(page.after))


def _unbooked(session: Session, who: Principal, *, wanted: Wanted) -> Listed[Transaction]:
    known = Known.of(session, who)
    limit = wanted.limit
    only = None if wanted.account is None else account_book.by_uuid(session, who, wanted.account).id
    before = referred(wanted.cursor, "cursor") if wanted.cursor else None
    found: list[Transaction]
    if wanted.status is Outside.FAILED:
        over = ended.ended(session, who, account=only, before=before, most=limit + 1)
        names = counterparts(session, transfers=[one.transfer for one in over if one.transfer is not None])
        found = [failed_line(one, known, names.get(one.transfer or 0, "")) for one in over]
    else:
        under_way = wanted.status is Outside.PROCESSING
        waiting = pending.pending(session, who, account=only, before=before, most=limit + 1, under_way=under_way)
        names = counterparts(session, transfers=[one.transfer for one in waiting if one.transfer is not None])
        found = [pending_line(one, known, names.get(one.transfer or 0, "")) for one in waiting]
    return Listed(items=found[:limit], next=found[limit - 1].reference if len(found) > limit else None)
