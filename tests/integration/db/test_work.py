"""What the database refuses in passing reaches the person as one sentence."""

import pytest
from sqlalchemy import text

from fintwin.db.work import perform
from fintwin.kernel.errors import Busy


def test_a_statement_that_takes_too_long_is_busy_and_not_tried_again(database):
    tries = []

    def slow(session):
        tries.append(session)
        session.connection().exec_driver_sql("SET LOCAL statement_timeout = 50")
        session.connection().execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(Busy) as refused:
        perform(None, slow)
    assert refused.value.code == "took_too_long"
    assert len(tries) == 1
