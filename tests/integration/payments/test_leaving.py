"""Who leaves takes schedules and bank orders along; what others scheduled to them fails and says so."""

from datetime import UTC, datetime
from decimal import Decimal as D

from fintwin.db.work import system_work, work
from fintwin.ledger import verify
from fintwin.payments import bank, running, schedules
from fintwin.payments.schedules import Plan


def test_an_erasure_takes_all_along_and_others_schedules_fail(database, person, opened, admin):
    maya, ben = person("Maya"), person("Ben")
    hers, his = opened(maya, "100.00"), opened(ben, "100.00")
    today = datetime.now(UTC).date()

    def scheduled(who, account, number):
        plan = Plan(kind="person", account=account.id, number=number, amount=D(10), starts=today)
        with work(who.person) as session:
            return schedules.create(session, who, plan=plan, key="plan")

    gone = scheduled(maya, hers, his.number)
    assert running.run(maya.person, gone.id) == 1
    with work(maya.person) as session:
        order = {"name": "Ben", "iban": "NL91ABNA0417164300", "amount": "5.00", "key": "order"}
        bank.order(session, maya, account=hers.id, **order)
        bank.send(session, maya, account=hers.id, payer_iban="DE89370400440532013000")
    left = scheduled(ben, his, hers.number)
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=maya.person)
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    for table in ("schedule", "schedule_run", "bank_order", "bank_file"):
        assert admin(f"SELECT count(*) FROM {table} WHERE owner = :id", id=maya.person) == [(0,)]
    assert running.run(ben.person, left.id) == 0
    with work(ben.person) as session:
        seen = schedules.by_uuid(session, ben, schedule=left.uuid)
    assert (seen.ended, seen.failed) == (True, "The payee's account is closed.")
    with system_work() as session:
        assert verify.run(session) == []
