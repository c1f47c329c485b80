"""Who acts where no person does it themself: named parts of the house, in words for people.

A name is `worker:JOB`, `command:WHAT WAS TYPED` or `house:PLACE`; `db.work.under` puts it beside what is written.
"""

SIGN_IN = "house:sign-in"

_WORDS = {
    SIGN_IN: "FinTwin, at sign-in",
    "worker:dispatcher": "FinTwin, passing on what happened",
    "worker:demo.end_idle": "FinTwin, closing idle demos",
    "worker:identity.erase": "FinTwin, erasing an account",
    "worker:ledger.check": "FinTwin, checking the books",
    "worker:ledger.roll_up": "FinTwin, adding up the books",
    "worker:ledger.seal": "FinTwin, sealing the books",
    "worker:ledger.sweep": "FinTwin, when it was due",
    "worker:payments.due": "FinTwin, looking for what is due",
    "worker:payments.expire": "FinTwin, when it ran out",
    "worker:payments.run": "FinTwin, by a schedule",
    "worker:payments.settle": "FinTwin, when it was due",
    "worker:statements.book": "FinTwin, booking an import",
    "worker:statements.check": "FinTwin, reading a file",
    "worker:statements.undo": "FinTwin, taking an import back",
}


def in_words(principal: str | None) -> str:
    """How people read a principal's name; "" for None, which is a person who acted themself."""
    if principal is None:
        return ""
    if principal.startswith("command:"):
        return f"the command fintwin {principal.removeprefix('command:')}"
    return _WORDS.get(principal, "FinTwin, in the background")
