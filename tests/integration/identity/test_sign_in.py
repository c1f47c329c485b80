"""Who gets in, as whom, and what a refusal leaves behind."""

import threading
from dataclasses import replace

import pytest

from fintwin.db.work import perform, system_work, work
from fintwin.identity import service, staff
from fintwin.identity.service import Admission, Browser, Rules
from fintwin.identity.tokens import fresh
from fintwin.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused, TooMany

GOOGLE = "https://accounts.google.com"
MAYA = Admission(GOOGLE, "1001", "maya@family.org", True, "Maya Rao")
BEN = Admission(GOOGLE, "1002", "ben@elsewhere.net", True, "Ben")
CHROME = Browser("Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36", "de-DE", "Europe/Berlin")


def enter(admission, rules=Rules(), *, link="", keep=False):  # noqa: B008 - a frozen value
    return perform(
        None, lambda session: service.sign_in(session, admission, rules=rules, browser=CHROME, link=link, keep=keep)
    )


def enter_locally(**wanted):
    return perform(None, lambda session: service.sign_in_locally(session, browser=CHROME, **wanted))


def as_person(who, call, **wanted):
    return perform(who.person, lambda session: call(session, who, **wanted))


def as_system(call, **wanted):
    with system_work() as session:
        return call(session, **wanted)


def link_of(path):
    assert path.startswith(staff.LINK_PATH)
    return path.removeprefix(staff.LINK_PATH)


@pytest.fixture
def people(admin):
    """How many people and sessions there are, the house left out."""
    return lambda: admin(
        "SELECT (SELECT count(*) FROM person WHERE issuer <> 'house'), (SELECT count(*) FROM session)"
    )[0]


def test_a_stranger_is_refused_and_leaves_no_row(people):
    for admission in (MAYA, replace(MAYA, email="", email_verified=False)):
        with pytest.raises(Forbidden) as refused:
            enter(admission)
        assert refused.value.code == "not_on_the_list"
    assert people() == (0, 0)


@pytest.mark.parametrize("listed", [("maya@family.org",), ("@family.org",), ("x@y.z", "@family.org")])
def test_who_is_listed_gets_in_as_customer(listed):
    inside = enter(MAYA, Rules(listed=listed))
    assert inside.who.role == "customer"
    assert inside.who.name == "Maya Rao"
    assert (inside.who.locale, inside.who.zone, inside.who.currency) == ("de-DE", "Europe/Berlin", "EUR")
    assert not inside.who.onboarded
    assert service.session_person(inside.token) == inside.who


@pytest.mark.parametrize(
    "admission",
    [
        replace(MAYA, email_verified=False),
        replace(MAYA, email="maya@notfamily.org"),
        replace(MAYA, email="maya@family.org.evil.net"),
        replace(MAYA, email='"x@family.org"@evil.net'),
        replace(MAYA, email="family.org"),
        replace(MAYA, email="@family.org@"),
    ],
)
def test_only_a_verified_address_of_the_list_counts(admission, people):
    with pytest.raises(Forbidden):
        enter(admission, Rules(listed=("maya@family.org", "@family.org"), administrator="maya@family.org"))
    assert people() == (0, 0)


def test_the_case_of_an_address_does_not_matter():
    assert enter(replace(MAYA, email="Maya@Family.ORG"), Rules(listed=("maya@family.org",))).who.role == "customer"


def test_open_sign_up_lets_in_whom_the_provider_vouches_for():
    assert enter(replace(BEN, email="", email_verified=False), Rules(open=True)).who.role == "customer"


def test_identity_is_issuer_and_subject_and_never_the_address():
    everybody = Rules(open=True)
    first = enter(MAYA, everybody).who
    assert enter(replace(MAYA, email="new@family.org"), everybody).who.person == first.person
    assert enter(replace(BEN, email=MAYA.email), everybody).who.person != first.person
    assert enter(replace(MAYA, issuer="https://id.example.org"), everybody).who.person != first.person


def test_who_has_books_comes_back_whatever_the_list_says():
    first = enter(MAYA, Rules(open=True)).who
    assert enter(MAYA).who.person == first.person


def test_the_provider_brings_the_address_up_to_date_but_not_the_chosen_name():
    who = enter(MAYA, Rules(open=True)).who
    as_person(who, service.save_profile, changes={"name": "Maya the Great"})
    again = enter(replace(MAYA, email="new@family.org", name="Other")).who
    assert (again.email, again.name) == ("new@family.org", "Maya the Great")


def test_a_name_is_found_for_everybody():
    assert enter(replace(MAYA, name=""), Rules(open=True)).who.name == "maya"
    assert enter(replace(BEN, name="\x00", email=""), Rules(open=True)).who.name == "New member"


def test_a_closed_or_suspended_person_is_refused(admin):
    inside = enter(MAYA, Rules(open=True))
    for status in ("suspended", "closed"):
        admin("UPDATE person SET status = :status WHERE id = :id", status=status, id=inside.who.person)
        with pytest.raises(Forbidden) as refused:
            enter(MAYA, Rules(open=True))
        assert refused.value.code == "account_closed"
        assert service.session_person(inside.token) is None


def test_the_administrator_named_by_the_settings():
    rules = Rules(administrator="maya@family.org")
    assert enter(MAYA, rules).who.role == "admin"
    with pytest.raises(Forbidden):
        enter(BEN, rules)


def test_the_named_administrator_is_made_so_even_when_known_already(admin):
    who = enter(MAYA, Rules(open=True)).who
    assert who.role == "customer"
    assert enter(MAYA, Rules(administrator="MAYA@family.org")).who.role == "admin"
    assert admin("SELECT owner, kind, detail FROM audit_event") == [
        (who.person, "administrator", "named by FINTWIN_ADMIN")
    ]


def test_an_unverified_address_makes_no_administrator(people):
    with pytest.raises(Forbidden):
        enter(replace(MAYA, email_verified=False), Rules(administrator="maya@family.org"))
    assert people() == (0, 0)


def test_on_loopback_the_first_is_administrator_and_the_second_is_not():
    rules = Rules(first_is_administrator=True)
    assert enter(MAYA, rules).who.role == "admin"
    with pytest.raises(Forbidden):
        enter(BEN, rules)
    assert enter(BEN, replace(rules, open=True)).who.role == "customer"


def test_of_many_first_sign_ins_at_once_one_is_administrator(admin):
    rules = Rules(first_is_administrator=True, open=True)
    threads = [threading.Thread(target=enter, args=(replace(BEN, subject=str(number)), rules)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admin("SELECT count(*) FILTER (WHERE role = 'admin'), count(*) FROM person WHERE issuer <> 'house'") == [
        (1, 12)
    ]


def test_demo_people_do_not_count_as_first():
    perform(None, lambda session: service.open_demo(session, names=("Ada", "Ben"), browser=CHROME))
    assert enter(MAYA, Rules(first_is_administrator=True)).who.role == "admin"


def test_the_printed_link_makes_one_administrator_once():
    link = link_of(as_system(staff.administrator_link, provider=True))
    assert enter(MAYA, link=link).who.role == "admin"
    for used in (link, fresh()[0], "nonsense"):
        with pytest.raises(Forbidden) as refused:
            enter(BEN, Rules(open=True), link=used)
        assert refused.value.code == "link_spent"
    assert as_system(staff.administrator_link, provider=True) is None


def test_a_link_is_no_good_once_there_is_an_administrator():
    link = link_of(as_system(staff.administrator_link, provider=True))
    enter(MAYA, Rules(administrator=MAYA.email))
    with pytest.raises(Forbidden):
        enter(BEN, Rules(open=True), link=link)


def test_only_the_newest_link_is_good_and_only_for_a_day(admin):
    old = link_of(as_system(staff.administrator_link, provider=True))
    new = link_of(as_system(staff.administrator_link, provider=True))
    with pytest.raises(Forbidden):
        enter(MAYA, link=old)
    admin("UPDATE sign_in_link SET expires_at = now() - interval '1 second'")
    with pytest.raises(Forbidden):
        enter(MAYA, link=new)


def test_the_first_local_profile_is_administrator():
    maya, ben = enter_locally(name="Maya").who, enter_locally(name="Ben").who
    assert (maya.role, ben.role, maya.issuer) == ("admin", "customer", "local")
    picked = perform(None, service.local_profiles)
    assert [one.name for one in picked] == ["Ben", "Maya"]
    assert enter_locally(subject=picked[1].subject).who.person == maya.person


def test_a_local_profile_that_is_not_there_is_not_made(people):
    with pytest.raises(NotFound):
        enter_locally(subject="nobody")
    with pytest.raises(Invalid):
        enter_locally(name="  ")
    assert people() == (0, 0)


def test_people_of_a_provider_are_no_local_profiles():
    enter(MAYA, Rules(open=True))
    assert perform(None, service.local_profiles) == []


def test_a_sign_in_takes_over_a_local_profile_by_link(admin):
    profile = enter_locally(name="Maya")
    link = link_of(as_system(staff.link, profile="maya"))
    inside = enter(MAYA, link=link)
    assert inside.who.person == profile.who.person
    assert (inside.who.issuer, inside.who.email, inside.who.role) == (GOOGLE, MAYA.email, "admin")
    assert service.session_person(profile.token) is None
    assert perform(None, service.local_profiles) == []
    assert ("profile_taken_over",) in admin("SELECT kind FROM audit_event WHERE owner = :id", id=inside.who.person)
    with pytest.raises(Forbidden):
        enter(BEN, link=link)


def test_who_has_books_cannot_take_over_a_profile_and_the_link_stays_good():
    enter_locally(name="Maya")
    enter(BEN, Rules(open=True))
    link = link_of(as_system(staff.link, profile="Maya"))
    with pytest.raises(Refused) as refused:
        enter(BEN, link=link)
    assert refused.value.code == "has_books"
    assert enter(MAYA, link=link).who.name == "Maya"


def test_no_door_signs_in_as_the_house_or_a_demo_person(people):
    for issuer in ("house", "demo", ""):
        with pytest.raises(NotFound):
            enter(replace(MAYA, issuer=issuer), Rules(open=True))
    assert people() == (0, 0)


def test_staff_are_named_by_address_or_customer_number_and_never_guessed(admin):
    maya = enter(MAYA, Rules(open=True)).who
    granted = as_system(staff.grant, called="MAYA@family.org")
    assert (granted.id, granted.role) == (maya.person, "staff")
    enter(replace(BEN, email=MAYA.email), Rules(open=True))
    with pytest.raises(Conflict) as refused:
        as_system(staff.grant, called=MAYA.email)
    [(first,), (second,)] = admin("SELECT customer_number FROM person WHERE issuer <> 'house' ORDER BY id")
    assert first in refused.value.sentence
    assert second in refused.value.sentence
    assert as_system(staff.grant, called=second, role="admin").role == "admin"
    assert as_system(staff.revoke, called=first).role == "customer"
    for nobody in ("x@y.z", "", "HOUSE", "house"):
        with pytest.raises(NotFound):
            as_system(staff.grant, called=nobody)
    with pytest.raises(Invalid):
        as_system(staff.grant, called=first, role="house")
    assert [kind for (kind,) in admin("SELECT kind FROM audit_event ORDER BY id")] == ["role"] * 3


def test_a_changed_role_holds_for_open_sessions():
    inside = enter(MAYA, Rules(open=True))
    as_system(staff.grant, called=MAYA.email, role="admin")
    assert service.session_person(inside.token).role == "admin"


def test_the_list_is_the_administrators(admin):
    boss = enter(MAYA, Rules(administrator=MAYA.email)).who
    as_person(boss, service.allow, entry=" @Elsewhere.NET ")
    as_person(boss, service.allow, entry="@elsewhere.net")
    assert as_person(boss, service.allowed) == ["@elsewhere.net"]
    ben = enter(BEN).who
    as_person(boss, service.forget, entry="@elsewhere.net")
    assert as_person(boss, service.allowed) == []
    with pytest.raises(Forbidden):
        enter(replace(BEN, subject="1003"))
    for call, wanted in (
        (service.allowed, {}),
        (service.allow, {"entry": "a@b.c"}),
        (service.forget, {"entry": "a@b.c"}),
    ):
        with pytest.raises(Forbidden):
            as_person(ben, call, **wanted)
        with pytest.raises(Forbidden) as refused:
            as_person(replace(ben, role="admin"), call, **wanted)
        assert refused.value.code == "not_administrator"
    assert [kind for (kind,) in admin("SELECT kind FROM audit_event ORDER BY id")] == [
        "administrator",
        "allowed_added",
        "allowed_removed",
    ]


@pytest.mark.parametrize(
    "entry", ["", "@", "a", "a@b", "@b", "a@b.", "a@.b", "a b@c.d", "a@b@c.d", "x" * 260 + "@b.c", "a,b@c.d"]
)
def test_an_entry_is_an_address_or_a_domain(entry):
    with pytest.raises(Invalid) as refused:
        service.checked_entry(entry)
    assert refused.value.field == "entry"


def test_a_demo_household_is_two_people_who_can_change_places(admin):
    ada, ben = perform(None, lambda session: service.open_demo(session, names=("Ada", "Ben"), browser=CHROME))
    as_ada = perform(ada, lambda session: service.enter_demo(session, browser=CHROME))
    assert (as_ada.who.person, as_ada.who.demo, as_ada.who.onboarded, as_ada.who.currency) == (ada, True, True, "EUR")
    as_ben = perform(ada, lambda session: service.enter_demo(session, browser=CHROME, other=True))
    assert as_ben.who.person == ben
    assert perform(None, service.local_profiles) == []
    assert admin("SELECT count(*) FROM profile WHERE completed_at IS NOT NULL") == [(2,)]


def test_nobody_enters_the_demo_as_somebody_else():
    ada, _ = perform(None, lambda session: service.open_demo(session, names=("Ada", "Ben"), browser=CHROME))
    perform(None, lambda session: service.open_demo(session, names=("Cy", "Di"), browser=CHROME))
    maya = enter(MAYA, Rules(open=True)).who
    for person in (None, maya.person):
        with pytest.raises(NotFound):
            perform(person, lambda session: service.enter_demo(session, browser=CHROME))
    alone = perform(None, lambda session: service.open_demo(session, names=("Eve",), browser=CHROME))
    with pytest.raises(NotFound):
        perform(alone[0], lambda session: service.enter_demo(session, browser=CHROME, other=True))
    assert perform(ada, lambda session: service.enter_demo(session, browser=CHROME, other=True)).who.name == "Ben"


def test_there_are_twenty_demo_households_at_most():
    def another():
        return perform(None, lambda session: service.open_demo(session, names=("Ada", "Ben"), browser=CHROME))

    for _ in range(20):
        another()
    with pytest.raises(TooMany):
        another()


def test_the_app_cannot_write_itself_a_session_a_role_or_a_list_entry(person):
    who = person()
    for line in (
        "INSERT INTO session (owner, hash, keep, idle_seconds, agent, expires_at) VALUES (:id, sha256('x'), true, 1, '', now())",
        "UPDATE session SET expires_at = now()",
        "UPDATE person SET role = 'admin' WHERE id = :id",
        "INSERT INTO allowed (entry) VALUES ('@evil.net')",
        "SELECT * FROM allowed",
        "SELECT * FROM sign_in_link",
        "DELETE FROM audit_event",
        "SELECT begin_session(:id, sha256('x'), true, '')",
        "SELECT set_role(:id, 'admin', '')",
        "SELECT make_sign_in_link(NULL, sha256('x'), interval '1 day')",
    ):
        with pytest.raises(Exception, match="permission denied"), work(who.person) as session:
            from sqlalchemy import text

            session.connection().execute(text(line), {"id": who.person} if ":id" in line else {})
