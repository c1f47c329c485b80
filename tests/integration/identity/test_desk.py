"""What staff do about people: found, suspended, known, given roles; each audited, and never in one's own case."""

from datetime import date

import pytest

from fintwin.db.work import work
from fintwin.identity import desk, service, sessions
from fintwin.identity.service import Browser
from fintwin.kernel.errors import FinTwinError, Invalid, NotFound

WHY = "Asked for in writing"


def do(who, call, **named):
    with work(who.person) as session:
        return call(session, who, **named)


def refused(who, call, **named) -> str:
    with pytest.raises(FinTwinError) as caught:
        do(who, call, **named)
    return caught.value.code


@pytest.fixture
def audited(admin):
    return lambda who: admin(
        "SELECT kind, actor, reason, before, after FROM audit_event WHERE owner = :owner ORDER BY id", owner=who.person
    )


def test_people_are_found_by_number_name_and_address_in_pages(person, admin):
    sam = person("Sam", role="staff")
    many = [person(f"Kim {n}") for n in range(5)]
    person("Kim", issuer="demo")
    first = do(sam, desk.find, words="kim", most=3)
    rest = do(sam, desk.find, words="kim", most=3, after=first.after)
    assert [one.name for one in (*first.rows, *rest.rows)] == [one.name for one in reversed(many)]
    assert rest.after is None
    for words in (first.rows[0].customer_number, first.rows[0].email.upper()):
        assert [one.name for one in do(sam, desk.find, words=words).rows] == ["Kim 4"]
    assert do(sam, desk.find, words="%").rows == []
    assert admin(
        "SELECT DISTINCT detail FROM audit_event WHERE owner = :who AND kind = 'staff_searched'", who=sam.person
    )


def test_a_suspended_person_is_out_at_once_and_let_in_again(person, audited, admin):
    sam = person("Sam", role="staff")
    person("Ada", role="admin")  # so that the next local profile is not the administrator
    with work(None) as session:
        inside = service.sign_in_locally(session, browser=Browser(), name="Maya")
    maya = inside.who
    [(subject,)] = admin("SELECT subject FROM person WHERE id = :id", id=maya.person)
    assert sessions.believed(inside.token)
    told = []
    sessions.on_end(told.append)
    do(sam, desk.suspend, person=maya.uuid, reason=WHY)
    assert maya.session in told
    assert sessions.believed(inside.token) is None
    with pytest.raises(NotFound), work(None) as session:
        service.sign_in_locally(session, browser=Browser(), subject=subject)
    do(sam, desk.reactivate, person=maya.uuid, reason="Cleared up")
    with work(None) as session:
        service.sign_in_locally(session, browser=Browser(), subject=subject)
    kinds = [row for row in audited(maya) if row[0].startswith("staff_")]
    assert kinds == [
        ("staff_suspended", sam.person, WHY, {"status": "active"}, {"status": "suspended"}),
        ("staff_reactivated", sam.person, "Cleared up", {"status": "suspended"}, {"status": "active"}),
    ]


def test_what_is_known_of_a_person_is_said_by_staff(person, audited):
    sam, maya = person("Sam", role="staff"), person("Maya")
    do(sam, desk.set_kyc, person=maya.uuid, status="verified", reason=WHY)
    assert do(sam, desk.person, person=maya.uuid, reason=WHY).customer.kyc_status == "verified"
    assert audited(maya)[0] == (
        "staff_kyc",
        sam.person,
        WHY,
        {"kyc_status": "pending"},
        {"kyc_status": "verified"},
    )
    assert refused(sam, desk.set_kyc, person=maya.uuid, status="perhaps", reason=WHY) == "bad_choice"


def test_only_administrators_give_roles_and_change_colleagues_and_nobody_their_own(person, audited):
    ada, sam, maya = person("Ada", role="admin"), person("Sam", role="staff"), person("Maya")
    assert refused(sam, desk.set_role, person=maya.uuid, role="staff", reason=WHY) == "not_administrator"
    assert refused(sam, desk.suspend, person=ada.uuid, reason=WHY) == "not_administrator"
    for call, named in (
        (desk.suspend, {}),
        (desk.set_kyc, {"status": "verified"}),
        (desk.set_role, {"role": "customer"}),
    ):
        assert refused(ada, call, person=ada.uuid, reason=WHY, **named) == "own_case"
    do(ada, desk.set_role, person=maya.uuid, role="staff", reason=WHY)
    assert audited(maya) == [("role", ada.person, WHY, {"role": "customer"}, {"role": "staff"})]
    do(ada, desk.suspend, person=sam.uuid, reason=WHY)
    assert audited(sam)[-1][0] == "staff_suspended"


def test_the_trail_is_filtered_and_paged(person):
    ada, sam, maya = person("Ada", role="admin"), person("Sam", role="staff"), person("Maya")
    for status in ("verified", "rejected", "pending"):
        do(sam, desk.set_kyc, person=maya.uuid, status=status, reason=WHY)
    do(ada, desk.set_role, person=maya.uuid, role="staff", reason=WHY)
    whole = do(sam, desk.trail).rows
    assert [one.kind for one in whole] == ["role", "staff_kyc", "staff_kyc", "staff_kyc"]
    assert (whole[0].actor, whole[0].person, whole[0].before, whole[0].after) == (
        "Ada",
        "Maya",
        {"role": "customer"},
        {"role": "staff"},
    )
    assert [one.kind for one in do(sam, desk.trail, actor=ada.uuid).rows] == ["role"]
    first = do(sam, desk.trail, kind="staff_kyc", most=2)
    assert len(first.rows) == 2
    assert [one.after["kyc_status"] for one in do(sam, desk.trail, kind="staff_kyc", after=first.after).rows] == [
        "verified"
    ]
    with pytest.raises(Invalid) as caught:
        do(sam, desk.trail, since=date(2026, 12, 1), until=date(2026, 11, 30))
    assert (caught.value.code, caught.value.field) == ("bad_range", "until")
