"""No log line carries a cookie, whoever wrote it."""

import io
import logging

import pytest

from fintwin.kernel.discretion import keep_logs_discreet, printable, strike

CANARY = "c4n4ry-0123456789"
LEAKS = (
    f"Event(name='x', router_data={{'headers': {{'host': 'a', 'cookie': 'fintwin={CANARY}; other=1'}}}})",
    f"""{{"Cookie": "a=\\"{CANARY}\\"; b={CANARY}", "host": "a"}}""",
    f"[(b'host', b'a'), (b'cookie', b'fintwin={CANARY}')]",
    repr(repr({"cookie": f"a='1'; b={CANARY}", "host": "a"})),
    f"GET / Authorization: Bearer {CANARY}",
    f"HTTP_COOKIE={CANARY}",
    f"the jar held __Host-fintwin={CANARY}; and more",
)


@pytest.fixture
def log():
    before = logging.getLogRecordFactory()
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logger = logging.getLogger("a.library")
    logger.addHandler(handler)
    keep_logs_discreet()
    yield logger, heard
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)


@pytest.mark.parametrize("leak", LEAKS)
def test_values_are_struck(leak):
    assert CANARY not in strike(leak)


def test_everything_else_stays():
    plain = "Posted 3 of 4 rows, FINTWIN_PORT=8000, 'host': 'localhost'"
    assert strike(plain) == plain
    assert "'host': 'a'" in strike(LEAKS[0])


@pytest.mark.parametrize("leak", LEAKS)
def test_records_are_struck_with_arguments_and_tracebacks(log, leak):
    logger, heard = log
    logger.error(leak.replace("%", "%%"))
    logger.error("Dropped %s", leak)
    try:
        raise KeyError(leak)
    except KeyError:
        logger.exception("It broke")
    assert CANARY not in heard.getvalue()
    assert "It broke" in heard.getvalue()
    assert "KeyError" in heard.getvalue()


def test_a_traceback_without_secrets_is_untouched(log):
    logger, heard = log
    try:
        raise ValueError("a bad amount")
    except ValueError:
        logger.exception("It broke")
    assert heard.getvalue().count("ValueError: a bad amount") == 1


def test_what_comes_from_outside_is_one_short_line():
    assert printable("a\nb\x1b[2J\u2028c", most=100) == "a\\nb\\x1b[2J\\u2028c"
    assert len(printable("x" * 5000, most=2048)) == 2048
    assert len(printable("\n" * 2048, most=2048)) == 2048
