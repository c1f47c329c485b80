"""An account's month on paper, and as a table."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from html import escape
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fintwin.identity.principal import Principal
from fintwin.kernel.bucket import Buckets
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError
from fintwin.kernel.ids import grouped
from fintwin.kernel.wording import amount_text, date_text
from fintwin.ledger import accounts, month_statement
from fintwin.ledger.month_statement import Entry, MonthStatement
from fintwin.ledger.posting import Status
from fintwin.web.exports import sent
from fintwin.web.request import problem, visitor

TABLE = "/statement.csv"
PAPER = "/statement"

_statements = Buckets(rate=1 / 2, burst=30)
"""Statements that one person may ask for."""

Text = Callable[[Session, Principal, MonthStatement, date], Iterator[str]]


def table_lines(session: Session, who: Principal, of: MonthStatement, on: date) -> Iterator[str]:
    """The statement as CSV."""
    # A byte order mark, without which spreadsheets take UTF-8 for something else.
    yield "\ufeff"
    yield from month_statement.statement_csv(of, month_statement.entries(session, who, of=of))


def paper_lines(session: Session, who: Principal, of: MonthStatement, on: date) -> Iterator[str]:
    """The statement as a page of its own, made to be printed."""
    return paper(of, month_statement.entries(session, who, of=of), locale=who.locale, on=on)


def paper(of: MonthStatement, lines: Iterable[Entry], *, locale: str, on: date) -> Iterator[str]:
    """An HTML page for A4, black on white; its scripts and styles are files of ours, as the content policy wants.

    Args:
        on: the day it is written.
    """
    account = of.account

    def money(amount: Decimal | None) -> str:
        return "not known" if amount is None else escape(amount_text(amount, of=account.currency, locale=locale))

    def bare(amount: Decimal) -> str:
        return escape(amount_text(amount, of=account.currency, locale=locale, symbol=False))

    def day(one: date, style: str = "medium") -> str:
        return escape(date_text(one, locale=locale, style=style))

    title = f"{account.name}, {date_text(of.first, locale=locale, style='month')}"
    number = grouped(account.number) if account.number else account.bank_number
    end = "Balance so far" if of.first <= on <= of.last else "Closing balance"
    facts = [
        ("Owner", escape(of.owner)),
        ("Account", escape(account.name)),
        *([("Number", escape(number))] if number else []),
        ("Period", f"{day(of.first)} to {day(of.last)}"),
        ("Currency", account.currency.code),
        ("Made on", day(on)),
    ]
    yield (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="/icons/fintwin.svg"><link rel="stylesheet" href="/statement.css">'
        '<script src="/statement.js" defer></script></head><body>'
        '<p class="bar"><button type="button" data-act="print">Print or save as PDF</button></p><main>'
        f"<header><p>FinTwin</p><h1>Account statement</h1><p>{day(of.first, 'month')}</p></header>"
        '<dl class="facts">'
    )
    yield "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    yield '</dl><dl class="sums">'
    for name, value in (
        ("Opening balance", money(of.opening)),
        ("In", money(of.inflow)),
        ("Out", money(of.outflow)),
        (end, money(of.closing)),
    ):
        yield f"<div><dt>{name}</dt><dd>{value}</dd></div>"
    yield (
        "</dl><table><thead><tr><th>Date</th><th>Text</th><th>Reference</th><th>In</th><th>Out</th><th>Balance</th></tr>"
        "</thead><tbody>"
    )
    yield _edge(day(of.first), "Opening balance", "" if of.opening is None else bare(of.opening))
    for one in lines:
        mark = " <em>undone</em>" if one.status is Status.REVERSED else ""
        details = f"<small>{escape(one.details)}</small>" if one.details else ""
        yield (
            f"<tr><td>{day(one.booked)}</td><td>{escape(one.title)}{mark}{details}</td><td>{escape(one.reference)}</td>"
            f"<td>{bare(one.amount) if one.amount > 0 else ''}</td><td>{bare(-one.amount) if one.amount < 0 else ''}</td>"
            f"<td>{'' if one.balance is None else bare(one.balance)}</td></tr>\n"
        )
    yield _edge(day(of.last), end, "" if of.closing is None else bare(of.closing), bare(of.inflow), bare(of.outflow))
    yield "</tbody></table><footer>"
    if of.closing is None:
        yield "<p>The balance of this account is not known in this month: nobody has said what it held.</p>"
    yield (
        "<p>It shows what was booked. What was taken back stands here with its counterpart, each on its day;"
        " what is pending does not.</p></footer></main></body></html>\n"
    )


def _edge(day: str, text: str, balance: str, inflow: str = "", outflow: str = "") -> str:
    return (
        f'<tr class="edge"><td>{day}</td><td>{text}</td><td></td>'
        f"<td>{inflow}</td><td>{outflow}</td><td>{balance}</td></tr>\n"
    )


def _route(text: Text, *, media: str, ending: str, shown: bool) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        try:
            who = await visitor(request)
            if who is None:
                return RedirectResponse(f"/login?next={quote('/accounts', safe='/')}", status_code=303)
            month = month_statement.month_of(request.query_params.get("month", ""))
            wanted = request.query_params.get("account", "")[:36]
            _statements.take(str(who.person))
            day = today(system_clock, zone=who.zone)

            def lines(session: Session) -> Iterator[str]:
                seen = accounts.by_uuid(session, who, wanted)
                of = month_statement.statement(session, who, account=seen.id, month=month)
                return text(session, who, of, day)

            name = f"fintwin-statement-{month_statement.month_words(month)}.{ending}"
            return await sent(who, lines, name=name, media=media, shown=shown)
        except FinTwinError as error:
            return problem(error)

    return answer


routes = [
    Route(TABLE, _route(table_lines, media="text/csv", ending="csv", shown=False), methods=["GET"]),
    Route(PAPER, _route(paper_lines, media="text/html", ending="html", shown=True), methods=["GET"]),
]
