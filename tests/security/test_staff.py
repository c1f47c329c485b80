"""Staff's doors by enumeration: whatever is called `staff_...` refuses everybody who is not staff, and changes nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import sqlstate, work

_VALUES = {
    "uuid": "'{uuid}'::uuid",
    "uuid[]": "ARRAY['{uuid}'::uuid]",
    "text": "'suspended'",
    "bigint": "{number}",
    "integer": "10",
    "boolean": "true",
    "numeric": "1",
    "date": "current_date",
}


@pytest.fixture
def doors(admin):
    """Name, arguments' names and a call of each of staff's doors."""
    found = admin(
        """
        SELECT p.proname::text, p.pronargs, p.proargnames[1:p.pronargs],
               array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t)
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.proname LIKE 'staff\\_%' ORDER BY 1
        """
    )
    assert len(found) >= 15
    return found


def _call(door, *, uuid, number):
    name, _, _, types = door
    values = ", ".join(_VALUES[kind].format(uuid=uuid, number=number) for kind in types)
    return f"SELECT * FROM {name}({values})"


@pytest.fixture
def everything(admin):
    """Every row that a door of staff could write."""
    return lambda: [
        admin(f"SELECT x::text FROM {table} x ORDER BY 1")
        for table in ("person", "session", "account", "transaction", "posting", "hold", "audit_event", "outbox")
    ]


@pytest.mark.parametrize("case", ["customer", "nobody", "suspended", "demo", "house"])
def test_everybody_else_is_refused_and_nothing_changes(doors, person, admin, everything, case):
    omar = person("Omar")
    if case == "house":
        [(actor,)] = admin("SELECT id FROM person WHERE issuer = 'house'")
    elif case == "nobody":
        actor = None
    else:
        made = {
            "customer": lambda: person("Cleo"),
            "suspended": lambda: person("Sam", role="admin"),
            "demo": lambda: person("Dee", issuer="demo", role="admin"),
        }[case]()
        actor = made.person
        if case == "suspended":
            admin("UPDATE person SET status = 'suspended' WHERE id = :id", id=actor)
    before = everything()
    for door in doors:
        with pytest.raises(DBAPIError) as caught, work(actor) as session:
            session.connection().execute(text(_call(door, uuid=omar.uuid, number=1).replace(":", "\\:")))
        assert sqlstate(caught.value) == "FI020", door[0]
    assert everything() == before


def test_staff_are_refused_without_a_reason(doors, person, everything):
    sam, omar = person("Sam", role="admin"), person("Omar")
    before = everything()
    asked = [door for door in doors if "p_reason" in door[2]]
    assert {door[0] for door in doors} - {door[0] for door in asked} == {"staff_find", "staff_pool", "staff_trail"}
    for door in asked:
        for reason in ("NULL", "''", "' \t a'", "repeat('x', 301)"):
            call = _call(door, uuid=omar.uuid, number=1)
            head, _, rest = call.partition("(")
            values = rest.removesuffix(")").split(", ")
            values[door[2].index("p_reason")] = reason
            with pytest.raises(DBAPIError) as caught, work(sam.person) as session:
                session.connection().execute(text(f"{head}({', '.join(values)})".replace(":", "\\:")))
            assert sqlstate(caught.value) == "FI021", (door[0], reason)
    assert everything() == before


def test_staff_never_see_a_demo_household_nor_the_house(doors, person, admin):
    sam, dee = person("Sam", role="admin"), person("Dee", issuer="demo")
    [(house,)] = admin("SELECT uuid FROM person WHERE issuer = 'house'")
    for uuid in (dee.uuid, house):
        for door in doors:
            if "p_person" not in door[2]:
                continue
            call = _call(door, uuid=uuid, number=1)
            if door[0] in {"staff_set_kyc", "staff_set_role"}:
                call = call.replace("'suspended'", "'verified'" if door[0] == "staff_set_kyc" else "'staff'", 1)
            with pytest.raises(DBAPIError) as caught, work(sam.person) as session:
                session.connection().execute(text(call.replace(":", "\\:")))
            assert sqlstate(caught.value) == "FI022", door[0]
    with work(sam.person) as session:
        found = {name for (name,) in session.connection().execute(text("SELECT name FROM staff_find('', NULL, 100)"))}
    assert found == {"Sam"}


def test_the_app_writes_neither_the_audit_nor_a_status(person, opened_account, admin):
    maya = person()
    account = opened_account(maya)
    for statement in (
        "UPDATE account SET status = 'frozen'",
        "UPDATE account SET blocked_by = NULL",
        "INSERT INTO audit_event (owner, kind, detail) VALUES (current_person(), 'x', 'x')",
        "UPDATE audit_event SET detail = ''",
        "DELETE FROM audit_event",
        f"SELECT audit({maya.person}, 1, 'x', 'x', 'x')",
        "SELECT refuse_unless_staff()",
        f"SELECT ledger_let_go({maya.person}, 1, 1, false, '')",
    ):
        with pytest.raises(DBAPIError) as caught, work(maya.person) as session:
            session.connection().exec_driver_sql(statement)
        assert sqlstate(caught.value) == "42501", statement
    assert admin("SELECT status FROM account WHERE id = :id", id=account.id) == [("active",)]


@pytest.fixture
def opened_account():
    from decimal import Decimal

    from fintwin.kernel.money import currency
    from fintwin.ledger import accounts

    def make(who):
        with work(who.person) as session:
            return accounts.open_account(
                session,
                who,
                name="Everyday",
                type="checking",
                custody="held",
                currency=currency("EUR"),
                key="a",
                opening=Decimal(10),
            )

    return make
