"""The profile of a person: saved step by step, sealed where it is personal, complete once."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from fintwin.db.work import perform
from fintwin.identity import service
from fintwin.identity.service import Browser
from fintwin.kernel.errors import Invalid, Misconfigured, NotFound


@pytest.fixture
def inside(database):
    browser = Browser("", "en-US", "")
    return perform(None, lambda session: service.sign_in_locally(session, name="Maya", browser=browser))


def as_person(who, call, **wanted):
    return perform(who.person, lambda session: call(session, who, **wanted))


def test_each_step_is_kept(inside):
    who = inside.who
    as_person(who, service.save_profile, changes={"goal": "savings", "phone": "+44 20 7946 0000"})
    with pytest.raises(Invalid):
        as_person(who, service.save_profile, changes={"risk_appetite": "low", "birth_year": "3000"})
    kept = as_person(who, service.profile)
    assert (kept.goal, kept.phone, kept.risk_appetite, kept.birth_year) == ("savings", "+44 2079460000", "", None)
    as_person(who, service.save_profile, changes={"risk_appetite": "low", "monthly_income": "3,900.00"})
    kept = as_person(who, service.profile)
    assert (kept.goal, kept.risk_appetite, kept.monthly_income) == ("savings", "low", D("3900"))


def test_onboarding_is_finished_once(inside):
    who = inside.who
    with pytest.raises(Invalid) as refused:
        as_person(who, service.complete_profile)
    assert (refused.value.code, refused.value.field) == ("missing_answer", "goal")
    assert not service.believed(inside.token).onboarded
    as_person(who, service.save_profile, changes={"goal": "savings", "risk_appetite": "low"})
    first = as_person(who, service.complete_profile)
    assert service.believed(inside.token).onboarded
    assert as_person(who, service.complete_profile).completed_at == first.completed_at


def test_the_gate_sees_a_change_at_once(inside):
    assert service.believed(inside.token).name == "Maya"
    changes = {"name": "Maya R", "currency": "INR", "zone": "Asia/Kolkata", "locale": "hi-IN"}
    as_person(inside.who, service.save_profile, changes=changes)
    seen = service.believed(inside.token)
    assert (seen.name, seen.currency, seen.zone, seen.locale) == ("Maya R", "INR", "Asia/Kolkata", "hi-IN")


def test_the_phone_number_is_sealed_in_the_table(inside, admin, person):
    as_person(inside.who, service.save_profile, changes={"phone": "+44 20 7946 0000"})
    [(stored,)] = admin("SELECT phone_sealed FROM profile WHERE owner = :id", id=inside.who.person)
    assert "7946" not in stored
    assert stored.startswith("gAAAA")
    other = person("Ben")
    admin("UPDATE profile SET phone_sealed = :stored WHERE owner = :id", stored=stored, id=other.person)
    with pytest.raises(Misconfigured):
        as_person(other, service.profile)


@pytest.mark.parametrize(
    ("locale", "zone", "expected"),
    [
        ("de-DE", "Europe/Berlin", ("de-DE", "Europe/Berlin", "DE", "EUR", 1)),
        ("en-US", "America/Chicago", ("en-US", "America/Chicago", "US", "USD", 7)),
        ("nonsense", "Mars/Olympus", ("en-US", "UTC", "US", "USD", 7)),
    ],
)
def test_the_browser_proposes_where_someone_is(database, locale, zone, expected):
    browser = Browser("", locale, zone)
    who = perform(None, lambda session: service.sign_in_locally(session, name="Maya", browser=browser)).who
    seen = as_person(who, service.profile)
    assert (seen.locale, seen.zone, seen.country, seen.currency, seen.week_start) == expected


def test_a_profile_is_its_persons_own(inside, person):
    ben = person("Ben")
    forged = replace(ben, person=inside.who.person)
    with pytest.raises(NotFound):
        perform(ben.person, lambda session: service.profile(session, forged))
    with pytest.raises(NotFound):
        perform(ben.person, lambda session: service.save_profile(session, forged, changes={"name": "Mallory"}))
    assert as_person(inside.who, service.profile).name == "Maya"


def test_a_change_of_locale_and_currency_leaves_the_income_that_was_typed(inside):
    who = inside.who
    as_person(who, service.save_profile, changes={"locale": "de-DE", "currency": "JPY"})
    as_person(who, service.save_profile, changes={"monthly_income": "300.000"})
    as_person(who, service.save_profile, changes={"locale": "en-US"})
    assert as_person(who, service.profile).monthly_income == D(300000)
    changes = {"locale": "de-DE", "currency": "EUR", "monthly_income": "3,900.50"}
    as_person(who, service.save_profile, changes=changes)
    assert as_person(who, service.profile).monthly_income == D("3900.50")
