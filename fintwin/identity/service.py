"""Use cases of people: signing in and out, sessions, the profile, who may sign up.

`session_person`, `believed` and `still` (module `sessions`) open a connection of their own; everything else runs in the
caller's unit of work and never commits.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from cryptography.fernet import MultiFernet
from sqlalchemy import delete, event, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from fintwin.db.work import name_principal, sqlstate
from fintwin.identity import keys, sessions, tokens
from fintwin.identity.agent import summary
from fintwin.identity.door import Rules
from fintwin.identity.models import Person, ProfileRow, SessionRow
from fintwin.identity.origin import Origin, proposed
from fintwin.identity.principal import Principal
from fintwin.identity.principals import SIGN_IN
from fintwin.identity.profile import FIELDS, LONGEST_NAME, Profile, changed, checked_name, complete
from fintwin.identity.sealed import seal, unseal
from fintwin.identity.sessions import believed, session_person, still
from fintwin.kernel.clock import Clock, system_clock, today
from fintwin.kernel.errors import FinTwinError, Forbidden, Invalid, NotFound, Refused, TooMany
from fintwin.settings import settings

__all__ = [
    "Admission",
    "Browser",
    "LocalProfile",
    "OpenSession",
    "Rules",
    "SignedIn",
    "allow",
    "allowed",
    "believed",
    "complete_profile",
    "end_other_sessions",
    "enter_demo",
    "forget",
    "list_sessions",
    "local_profiles",
    "open_demo",
    "profile",
    "revoke",
    "save_profile",
    "session_person",
    "sign_in",
    "sign_in_locally",
    "sign_out",
    "still",
]

MOST_DEMOS = 20

_REFUSALS: Mapping[str, Callable[[], FinTwinError]] = {
    "FI001": lambda: Forbidden(
        "This address may not sign in here. Ask the administrator of this FinTwin to add it.", code="not_on_the_list"
    ),
    "FI002": lambda: Forbidden("This sign-in link was used already or is no longer needed.", code="link_spent"),
    "FI003": lambda: Refused(
        "This sign-in has books of its own here already, so it cannot take over a profile.", code="has_books"
    ),
    "FI004": lambda: NotFound("There is no such person.", code="no_such_person"),
    "FI005": lambda: Forbidden(
        "This sign-in is suspended or closed. Ask whoever runs this FinTwin.", code="account_closed"
    ),
    "FI006": lambda: TooMany(
        "Too many people are trying the demo just now. Try again later.", retry_after=3600, code="demo_full"
    ),
    "FI007": lambda: Forbidden("Only an administrator may do this.", code="not_administrator"),
}


def _refusal(error: DBAPIError) -> Exception:
    known = _REFUSALS.get(sqlstate(error))
    return known() if known else error


def _ring() -> MultiFernet:
    return keys.ring(settings().data_dir, keys.FIELDS)


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom a provider has vouched for: what its verified id token says."""

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser says of itself at sign-in."""

    agent: str = ""
    """The User-Agent header."""
    locale: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A begun session: the secret for the cookie, seen here once, and the person."""

    token: str = field(repr=False)
    who: Principal


@dataclass(frozen=True, slots=True)
class LocalProfile:
    """A profile on this machine to pick from."""

    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser, as settings show it."""

    id: int
    agent: str
    keep: bool
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


def sign_in(
    session: Session,
    admission: Admission,
    *,
    rules: Rules,
    browser: Browser,
    keep: bool = False,
    link: str = "",
    clock: Clock = system_clock,
) -> SignedIn:
    """Let in whom a provider has vouched for, and begin a session; known by issuer and subject, never by e-mail.

    The unit of work has no person yet. The list is for new people: who has books here is let in.

    Args:
        keep: stay signed in for 30 days without use, else for 30 minutes.
        link: the secret of a printed one-time link, which makes administrator or takes over a local profile.

    Raises:
        Forbidden: `not_on_the_list`, `link_spent`, `account_closed`; nothing was written.
        Refused: `has_books`, the link would take over a profile for somebody who has books.
    """
    return _sign_in(session, admission, rules=rules, browser=browser, keep=keep, link=link, clock=clock)


def sign_in_locally(
    session: Session,
    *,
    subject: str = "",
    name: str = "",
    browser: Browser,
    keep: bool = False,
    clock: Clock = system_clock,
) -> SignedIn:
    """Open a local profile, or add one by name; the caller has made sure that local profiles are allowed.

    The first one is administrator.

    Raises:
        Invalid: a new profile without a proper name (code `bad_name`).
        NotFound: the profile is gone (code `no_such_profile`).
    """
    if subject:
        if subject not in {one.subject for one in local_profiles(session)}:
            raise NotFound("This profile is gone. Pick another or add one.", code="no_such_profile")
        admission = Admission("local", subject)
    else:
        admission = Admission("local", tokens.fresh()[0], name=checked_name(name))
    rules = Rules(open=True, first_is_administrator=True)
    return _sign_in(session, admission, rules=rules, browser=browser, keep=keep, link="", clock=clock)


def _sign_in(
    session: Session, admission: Admission, *, rules: Rules, browser: Browser, keep: bool, link: str, clock: Clock
) -> SignedIn:
    token, digest = tokens.fresh()
    origin = _origin(browser, clock)
    name_principal(session, SIGN_IN)
    try:
        session.connection().execute(
            text(
                "SELECT sign_in(:issuer, :subject, :email, :verified, :name, :picture, :locale, :zone, :country, :currency,"
                " :week_start, :hash,"
                " :keep, :agent, :administrator, :listed, :open, :first, :link)"
            ),
            {
                "issuer": admission.issuer,
                "subject": admission.subject,
                "email": admission.email,
                "verified": admission.email_verified,
                "name": _display_name(admission),
                "picture": admission.picture,
                **asdict(origin),
                "hash": digest,
                "keep": keep,
                "agent": summary(browser.agent),
                "administrator": rules.administrator,
                "listed": list(rules.listed),
                "open": rules.open,
                "first": rules.first_is_administrator,
                "link": tokens.hashed(link) if link else None,
            },
        )
    except DBAPIError as error:
        raise _refusal(error) from error
    return SignedIn(token, _principal(session, digest))


def _principal(session: Session, digest: bytes) -> Principal:
    row = session.connection().execute(text("SELECT * FROM session_person(:hash, false)"), {"hash": digest})
    return Principal(**row.mappings().one(), session=digest)


def _display_name(admission: Admission) -> str:
    for candidate in (admission.name, admission.email.partition("@")[0]):
        try:
            return checked_name(candidate[:LONGEST_NAME])
        except Invalid:
            continue
    return "New member"


def _origin(browser: Browser, clock: Clock) -> Origin:
    return proposed(locale=browser.locale, zone=browser.zone, on=today(clock, zone="UTC"))


def local_profiles(session: Session) -> list[LocalProfile]:
    """The local profiles to pick from, by name; asked only where local profiles are allowed."""
    rows = session.connection().execute(text("SELECT subject, name FROM local_profiles()"))
    return [LocalProfile(subject, name) for subject, name in rows]


def sign_out(session: Session, who: Principal) -> None:
    """End this session in every tab: at once in this process, within two seconds in others."""
    session.connection().execute(delete(SessionRow).where(col(SessionRow.hash) == who.session))
    _after_commit(session, lambda: sessions.ended(who.session))


def list_sessions(session: Session, who: Principal) -> list[OpenSession]:
    """This person's open sessions, the last seen first; those that idled out are left out."""
    row = SessionRow
    found = session.scalars(
        select(row)
        .where(
            col(row.owner) == who.person,
            col(row.expires_at) > func.now(),
            col(row.seen_at) + func.make_interval(0, 0, 0, 0, 0, 0, col(row.idle_seconds)) > func.now(),
        )
        .order_by(col(row.seen_at).desc(), col(row.id).desc())
    )
    return [
        OpenSession(
            id=one.id or 0,
            agent=one.agent,
            keep=one.keep,
            created_at=one.created_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
            current=one.hash == who.session,
        )
        for one in found
    ]


def revoke(session: Session, who: Principal, *, id: int) -> None:
    """End one of this person's sessions.

    Raises:
        NotFound: it has ended already, or is somebody else's.
    """
    row = SessionRow
    digest = session.scalar(delete(row).where(col(row.owner) == who.person, col(row.id) == id).returning(col(row.hash)))
    if digest is None:
        raise NotFound("This session has ended already.", code="no_such_session")
    _after_commit(session, lambda: sessions.ended(digest))


def end_other_sessions(session: Session, who: Principal) -> int:
    """End every session of this person but this one; how many there were."""
    row = SessionRow
    digests = session.scalars(
        delete(row).where(col(row.owner) == who.person, col(row.hash) != who.session).returning(col(row.hash))
    ).all()

    def tell() -> None:
        for digest in digests:
            sessions.ended(digest)

    _after_commit(session, tell)
    return len(digests)


def profile(session: Session, who: Principal) -> Profile:
    """This person's own answers."""
    name, row = _own(session, who)
    return Profile(
        name=name,
        currency=row.currency,
        zone=row.zone,
        locale=row.locale,
        phone=unseal(row.phone_sealed, owner=who.person, ring=_ring()),
        country=row.country,
        monthly_income=row.monthly_income,
        goal=row.goal,
        risk_appetite=row.risk_appetite,
        dependants=row.dependants,
        birth_year=row.birth_year,
        week_start=row.week_start,
        month_start=row.month_start,
        completed_at=row.completed_at,
    )


def _own(session: Session, who: Principal) -> tuple[str, ProfileRow]:
    found = session.execute(
        select(col(Person.name), ProfileRow)
        .join(ProfileRow, col(ProfileRow.owner) == col(Person.id))
        .where(col(Person.id) == who.person)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such person.", code="no_such_person")
    return found[0], found[1]


def save_profile(
    session: Session,
    who: Principal,
    *,
    changes: Mapping[str, str],
    plain: bool = False,
    written_in: str = "",
    clock: Clock = system_clock,
) -> Profile:
    """Set some fields of the profile from text; the others stay. What is saved is kept, whatever step fails later.

    Args:
        changes: text by field name (`identity.profile.FIELDS`).
        plain: an amount is written as `3900.00`, else by a locale.
        written_in: that locale; default the person's as it was until now.

    Raises:
        Invalid: fields are unknown or out of their bounds; nothing is changed.
    """
    before = profile(session, who)
    year = today(clock, zone=before.zone).year
    after = changed(before, changes, year=year, plain=plain, written_in=written_in)
    values = {name: value for name, value in asdict(after).items() if name in FIELDS and name not in {"name", "phone"}}
    if after.phone != before.phone:
        values["phone_sealed"] = seal(after.phone, owner=who.person, ring=_ring())
    session.execute(
        update(ProfileRow).where(col(ProfileRow.owner) == who.person).values(**values, updated_at=func.now())
    )
    if after.name != before.name:
        session.execute(update(Person).where(col(Person.id) == who.person).values(name=after.name))
    _after_commit(session, lambda: sessions.changed(who.session))
    return after


def complete_profile(session: Session, who: Principal, *, clock: Clock = system_clock) -> Profile:
    """End the questions of onboarding; done once, later calls keep the first instant.

    Raises:
        Invalid: an answer is missing (code `missing_answer`, the field is named).
    """
    before = profile(session, who)
    complete(before)
    if before.completed_at is None:
        session.execute(update(ProfileRow).where(col(ProfileRow.owner) == who.person).values(completed_at=clock()))
        _after_commit(session, lambda: sessions.changed(who.session))
    return profile(session, who)


def allowed(session: Session, who: Principal) -> list[str]:
    """Addresses and `@domains` that may sign up.

    Raises:
        Forbidden: not an administrator.
    """
    return [entry for (entry,) in _administrate(session, who, "SELECT * FROM allowed_entries()")]


def allow(session: Session, who: Principal, *, entry: str) -> None:
    """Let an address, or everybody of a domain (`@family.org`), sign up.

    Raises:
        Invalid: neither an address nor a domain (code `bad_entry`).
        Forbidden: not an administrator.
    """
    _administrate(session, who, "SELECT allow_entry(:entry)", entry=checked_entry(entry))


def forget(session: Session, who: Principal, *, entry: str) -> None:
    """Take an entry off the list; people who signed up by it stay.

    Raises:
        Forbidden: not an administrator.
    """
    _administrate(session, who, "SELECT forget_entry(:entry)", entry=entry[:254])


def checked_entry(entry: str) -> str:
    """An address or `@domain` of the list, in lower case.

    Raises:
        Invalid: neither (code `bad_entry`).
    """
    bare = entry.strip().lower()
    local, at, domain = bare.rpartition("@")
    fine = at and "." in domain.strip(".") and "@" not in local and bare.isprintable() and not set(bare) & set(' ,;<>"')
    if not fine or domain.startswith(".") or domain.endswith(".") or len(bare) > 254:
        raise Invalid("Write an e-mail address, or a domain like @family.org.", code="bad_entry", field="entry")
    return bare


def _administrate(session: Session, who: Principal, call: str, **values: str) -> list[tuple[str]]:
    if who.role != "admin":
        raise _REFUSALS["FI007"]()
    try:
        return [(row[0],) for row in session.connection().execute(text(call), values)]
    except DBAPIError as error:
        raise _refusal(error) from error


def open_demo(
    session: Session, *, names: tuple[str, ...], browser: Browser, clock: Clock = system_clock
) -> tuple[int, ...]:
    """Make the people of one demo household, their profiles complete; their ids in the order of the names.

    The unit of work has no person. The books are the demo room's to fill, in units of work of each person.

    Raises:
        TooMany: there are twenty households already.
    """
    origin = _origin(browser, clock)
    try:
        made = session.connection().scalar(
            text("SELECT open_demo(:names, :locale, :zone, :country, :currency, :week_start, :most)"),
            {
                "names": list(names),
                **asdict(origin),
                "most": MOST_DEMOS,
            },
        )
    except DBAPIError as error:
        raise _refusal(error) from error
    return tuple(made or ())


def enter_demo(session: Session, *, browser: Browser, other: bool = False) -> SignedIn:
    """Begin a session as the demo person of this unit of work, or as the other adult of their household.

    Raises:
        NotFound: not a demo person, or the household has no other.
    """
    token, digest = tokens.fresh()
    entered = session.connection().scalar(
        text("SELECT enter_demo(:other, :hash, :agent)"),
        {"other": other, "hash": digest, "agent": summary(browser.agent)},
    )
    if entered is None:
        raise NotFound("This demo household is gone.", code="no_such_demo")
    return SignedIn(token, _principal(session, digest))


def _after_commit(session: Session, call: Callable[[], None]) -> None:
    """Run a call once this unit of work is committed, and never if it is not."""
    event.listen(session, "after_commit", lambda _session: call(), once=True)
