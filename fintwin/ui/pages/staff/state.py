"""The console's people: found, looked at for a reason, and what can be done about them and their accounts."""

from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID, uuid4

import reflex as rx
from pydantic import Field, StringConstraints
from sqlmodel import Session

from fintwin.identity import desk
from fintwin.identity.desk import Looked, refusal
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Forbidden, Invalid
from fintwin.kernel.money import Currency
from fintwin.kernel.wording import parse_amount
from fintwin.ledger import staff
from fintwin.ledger.staff import After, StaffAccount, StaffTransaction
from fintwin.ui.act import Argument, Form, act, parse
from fintwin.ui.pages.staff.rows import (
    AccountRow,
    PersonRow,
    TransactionRow,
    account_row,
    looked_row,
    person_row,
    transaction_row,
)
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Amount, Wanted
from fintwin.web.gate import principal

_MOST_FOUND = 20
_MOST_TRANSACTIONS = 20
_NUMBER = Annotated[int, Field(ge=1, lt=2**63)]
REASON = Annotated[
    str, StringConstraints(min_length=3, max_length=desk.LONGEST_REASON), Wanted("Say why, in 3 to 300 characters.")
]


class WordsForm(Form):
    """Whom to search for."""

    words: Annotated[str, StringConstraints(max_length=100)] = ""


class Whom(Argument):
    """A person."""

    person: UUID


class Which(Argument):
    """An account."""

    account: UUID


class TransactionForm(Argument):
    """A transaction."""

    transaction: _NUMBER


class ReasonForm(Form):
    """Why, and what the question asks besides."""

    reason: REASON
    amount: Annotated[str, StringConstraints(max_length=40)] = ""
    limit: Annotated[str, StringConstraints(max_length=40)] = ""
    choice: Annotated[str, StringConstraints(max_length=20)] = ""


class LimitForm(ReasonForm):
    """A credit limit, and why."""

    limit: Annotated[Amount, Wanted("Enter a limit; 0 takes it away.")]


@dataclass(frozen=True)
class Question:
    """What is asked before something is done."""

    about: str = ""
    """What will be done; "" while nothing is asked."""
    title: str = ""
    line: str = ""
    button: str = ""
    danger: bool = False


_QUESTIONS = {
    "look": Question("look", "Why do you look?", "They can read that you did, and why.", "Open their books"),
    "block": Question(
        "block", "Block {}?", "Money may come in, none can leave. The owner reads the reason.", "Block", True
    ),
    "unblock": Question("unblock", "Unblock {}?", "Money can leave again.", "Unblock"),
    "suspend": Question("suspend", "Suspend {}?", "They are signed out at once and cannot come in.", "Suspend", True),
    "reactivate": Question("reactivate", "Let {} in again?", "They can sign in as before.", "Let them in"),
    "kyc": Question("kyc", "What is known of {}?", "Whether their identity was proved to you.", "Save"),
    "role": Question(
        "role", "Which role for {}?", "Staff act in other people's books; administrators give roles too.", "Save"
    ),
    "limit": Question(
        "limit", "Credit limit of {}", "How far it may go below zero; never less than what is drawn.", "Save"
    ),
    "reverse": Question(
        "reverse",
        "Take this payment back?",
        "{}, in both books, out of the receiver's own money.",
        "Take back",
        True,
    ),
    "void": Question("void", "Stop this transaction?", "{}. What was kept back is available again.", "Stop it", True),
}
_ABOUT_ACCOUNTS = ("block", "unblock", "limit")
_ABOUT_TRANSACTIONS = ("reverse", "void")


@dataclass(frozen=True, slots=True)
class Books:
    """What is shown of a customer."""

    looked: Looked
    accounts: list[StaffAccount]
    transactions: list[StaffTransaction]
    after: After | None


def refuse_others() -> Principal:
    """Who acts, if they are staff.

    Raises:
        Forbidden: `not_staff`.
    """
    who = principal()
    if not desk.allowed(who):
        raise refusal("FI020") or Forbidden("Only staff may do this.", code="not_staff")
    return who


class Staff(Page, rx.State):
    """The people of the console."""

    loaded: bool = False
    tab: str = "people"
    admin: bool = False
    words: str = ""
    found: list[PersonRow] = []
    more: bool = False
    customer: PersonRow = PersonRow()
    """Whose books are open; without a uuid nobody's."""
    accounts: list[AccountRow] = []
    chosen: int = 0
    """How many accounts are chosen."""
    transactions: list[TransactionRow] = []
    more_transactions: bool = False
    question: Question = Question()
    suggested: str = ""
    """What the question's control shows at first."""
    version: int = 0
    """Counts up with each question, so that its form is empty again."""
    _found_after: int = 0
    _transactions_after: After | None = None
    _person: str = ""
    _reason: str = ""
    _target: str = ""
    _chosen: frozenset[str] = frozenset()
    _currencies: dict[str, Currency] = {}
    _key: str = ""

    @rx.event
    async def load(self) -> None:
        """The newest people; whose books were open stays open."""
        self.admin = refuse_others().role == "admin"
        self.question = Question()
        await self._search()
        self.loaded = True

    @rx.event
    def choose_tab(self, tab: str) -> None:
        """Change between people, the general ledger and the audit."""
        refuse_others()
        self.tab = tab if tab in ("people", "ledger", "audit") else "people"

    @rx.event
    async def search(self, form: dict[str, Any]) -> None:
        """Find people; whose books were open is put away."""
        refuse_others()
        self.words = parse(WordsForm, form).words
        self._put_away()
        await self._search()

    @rx.event
    async def search_on(self) -> None:
        """More of those that were found."""
        who = refuse_others()
        if not self.more:
            return
        some = await act(desk.find, words=self.words, after=self._found_after, most=_MOST_FOUND)
        self.found = [*self.found, *(person_row(one, who=who) for one in some.rows)][:500]
        self.more, self._found_after = some.after is not None, some.after or 0

    async def _search(self) -> None:
        who = principal()
        some = await act(desk.find, words=self.words, most=_MOST_FOUND)
        self.found = [person_row(one, who=who) for one in some.rows]
        self.more, self._found_after = some.after is not None, some.after or 0

    @rx.event
    def leave(self) -> None:
        """Put the open books away."""
        refuse_others()
        self._put_away()

    def _put_away(self) -> None:
        self.customer, self.accounts, self.transactions = PersonRow(), [], []
        self.chosen, self._chosen, self._person, self._reason = 0, frozenset(), "", ""
        self.question = Question()

    @rx.event
    def ask_look(self, person: str, name: str) -> None:
        """Ask why somebody's books are to be opened."""
        refuse_others()
        self._target = str(parse(Whom, {"person": person}).person)
        self._ask("look", name if isinstance(name, str) else "")

    @rx.event
    def ask_person(self, about: str) -> None:
        """Ask before something is done about the open person."""
        refuse_others()
        if about in ("suspend", "reactivate", "kyc", "role") and self.customer.uuid:
            self._target = self.customer.uuid
            self._ask(about, self.customer.name)
            self.suggested = self.customer.kyc if about == "kyc" else (self.customer.role or "customer").lower()

    @rx.event
    def ask_account(self, account: str, about: str) -> None:
        """Ask before something is done about one account of the open books."""
        refuse_others()
        wanted = str(parse(Which, {"account": account}).account)
        row = next((one for one in self.accounts if one.uuid == wanted), None)
        if about in _ABOUT_ACCOUNTS and row is not None:
            self._target = wanted
            self._ask(about, row.name)

    @rx.event
    def ask_chosen(self, about: str) -> None:
        """Ask before all chosen accounts are blocked or unblocked."""
        refuse_others()
        if about in ("block", "unblock") and self._chosen:
            self._target = ""
            self._ask(about, f"{len(self._chosen)} accounts" if len(self._chosen) > 1 else "the account")

    @rx.event
    def ask_transaction(self, transaction: str, about: str) -> None:
        """Ask before a transaction of the open books is taken back or stopped."""
        refuse_others()
        wanted = str(parse(TransactionForm, {"transaction": transaction}).transaction)
        row = next((one for one in self.transactions if one.id == wanted), None)
        if about in _ABOUT_TRANSACTIONS and row is not None:
            self._target = wanted
            self._ask(about, f"{row.title}, {row.amount}" if row.amount else row.title)

    def _ask(self, about: str, what: str) -> None:
        asked = _QUESTIONS[about]
        title, line = (text.replace("{}", what[:80]) for text in (asked.title, asked.line))
        self.question = Question(about, title, line, asked.button, asked.danger)
        self.suggested = ""
        self.version += 1
        self._key = str(uuid4())

    @rx.event
    def dismiss(self) -> None:
        """Close the question."""
        refuse_others()
        self.question = Question()

    @rx.event
    def choose(self, account: str) -> None:
        """Choose an account for what is done to several, or let it go."""
        refuse_others()
        wanted = str(parse(Which, {"account": account}).account)
        if any(one.uuid == wanted for one in self.accounts):
            self._chosen = self._chosen ^ {wanted}
            self.chosen = len(self._chosen)
            self.accounts = [_with_choice(one, self._chosen) for one in self.accounts]

    @rx.event
    async def confirm(self, form: dict[str, Any]) -> None:
        """Do what was asked, for the reason given."""
        refuse_others()
        about = self.question.about
        given = parse(LimitForm if about == "limit" else ReasonForm, form)
        if about == "look":
            self._person, self._reason = self._target, given.reason
            self._chosen, self.chosen = frozenset(), 0
        elif about:
            await self._do(about, given)
        self.question = Question()
        await self._show()

    async def _do(self, about: str, given: ReasonForm) -> None:
        said = ""
        if about in {"block", "unblock"}:
            wanted = [UUID(one) for one in ([self._target] if self._target else sorted(self._chosen))]
            done = await act(staff.block, accounts=wanted, block=about == "block", reason=given.reason)
            kept = [f"{one.name or 'An account'}: {one.refusal.sentence}" for one in done if one.refusal]
            said = (
                " ".join(kept)
                or f"{'Blocked' if about == 'block' else 'Unblocked'}: {', '.join(one.name for one in done)}."
            )
            self._chosen, self.chosen = frozenset(), 0
        elif about == "suspend":
            await act(desk.suspend, person=UUID(self._target), reason=given.reason)
            said = f"{self.customer.name} is suspended and signed out."
        elif about == "reactivate":
            await act(desk.reactivate, person=UUID(self._target), reason=given.reason)
            said = f"{self.customer.name} can sign in again."
        elif about == "kyc":
            await act(desk.set_kyc, person=UUID(self._target), status=given.choice, reason=given.reason)
            said = f"{self.customer.name} is {given.choice} now."
        elif about == "role":
            await act(desk.set_role, person=UUID(self._target), role=given.choice, reason=given.reason)
            said = f"{self.customer.name} is {given.choice} now."
        elif about == "limit":
            of = self._currency()
            limit = parse_amount(given.limit, of=of, locale=principal().locale, field="limit")
            await act(staff.set_credit_limit, account=UUID(self._target), limit=limit, of=of, reason=given.reason)
            said = "The limit is set."
        elif about == "reverse":
            of = self._currency()
            part = parse_amount(given.amount, of=of, locale=principal().locale) if given.amount else None
            await act(
                staff.reverse, transaction=int(self._target), amount=part, of=of, reason=given.reason, key=self._key
            )
            said = "The payment was taken back. Both were told."
        elif about == "void":
            await act(staff.void, transaction=int(self._target), reason=given.reason)
            said = "It was stopped."
        await notify(self, said)

    def _currency(self) -> Currency:
        of = self._currencies.get(self._target)
        if of is None:
            raise Invalid("Open these books again.", code="bad_choice")
        return of

    @rx.event
    async def transactions_on(self) -> None:
        """Older transactions of the open books."""
        who = refuse_others()
        if not self._person or self._transactions_after is None:
            return
        found, after = await act(
            staff.transactions,
            person=UUID(self._person),
            reason=self._reason,
            after=self._transactions_after,
            most=_MOST_TRANSACTIONS,
        )
        self._currencies |= {str(one.id): one.currency for one in found if one.currency}
        self.transactions = [*self.transactions, *(transaction_row(one, who=who) for one in found)][:500]
        self._transactions_after, self.more_transactions = after, after is not None

    async def _show(self) -> None:
        who = principal()
        if not self._person:
            return
        books = await act(_books, person=UUID(self._person), reason=self._reason)
        self.customer = looked_row(books.looked, who=who)
        self._currencies = {str(one.uuid): one.currency for one in books.accounts}
        self._currencies |= {str(one.id): one.currency for one in books.transactions if one.currency}
        self.accounts = [account_row(one, chosen=self._chosen, who=who) for one in books.accounts]
        self.transactions = [transaction_row(one, who=who) for one in books.transactions]
        self._transactions_after, self.more_transactions = books.after, books.after is not None


def _with_choice(row: AccountRow, chosen: frozenset[str]) -> AccountRow:
    return replace(row, chosen=row.uuid in chosen)


def _books(session: Session, who: Principal, *, person: UUID, reason: str) -> Books:
    looked = desk.person(session, who, person=person, reason=reason)
    found = staff.accounts(session, who, person=person, reason=reason)
    transactions, after = staff.transactions(session, who, person=person, reason=reason, most=_MOST_TRANSACTIONS)
    return Books(looked, found, transactions, after)
