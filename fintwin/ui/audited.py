"""What the audit says, in words: to staff, and to the person whose books or rights it was about."""

from collections.abc import Mapping
from typing import Any

from fintwin.identity.desk import Done

KINDS: Mapping[str, str] = {
    "staff_looked": "Looked at",
    "staff_searched": "Searched for",
    "staff_ledger": "Read the general ledger",
    "staff_exported": "Took the general ledger as a file",
    "staff_blocked": "Blocked an account",
    "staff_unblocked": "Unblocked an account",
    "staff_suspended": "Suspended",
    "staff_reactivated": "Let in again",
    "staff_kyc": "Changed what is known",
    "staff_credit_limit": "Changed a credit limit",
    "staff_reversed": "Took a payment back",
    "staff_voided": "Stopped a pending transaction",
    "staff_house_funds": "Moved funds of the house",
    "role": "Changed the role",
    "administrator": "Became administrator",
    "allowed_added": "Let an address sign up",
    "allowed_removed": "Took an address off the list",
    "link": "Printed a sign-in link",
    "profile_taken_over": "Took a profile over",
    "account_blocked": "Blocked an own account",
    "account_unblocked": "Unblocked an own account",
    "account_closed": "Closed an own account",
    "account_reopened": "Reopened an own account",
}
"""Kinds of audit rows, in the order in which they are offered."""

_TO_THE_PERSON: Mapping[str, str] = {
    "staff_looked": "Staff looked at your {}",
    "staff_blocked": "Staff blocked {}",
    "staff_unblocked": "Staff unblocked {}",
    "staff_suspended": "Staff suspended you",
    "staff_reactivated": "Staff let you in again",
    "staff_kyc": "Staff changed what is known of you",
    "staff_credit_limit": "Staff changed the credit limit of {}",
    "staff_reversed": "Staff took {} back",
    "staff_voided": "Staff stopped {}, which was pending",
    "role": "Your role was changed: {}",
    "administrator": "You became administrator",
    "link": "Whoever runs this FinTwin printed a link to take over your profile",
    "profile_taken_over": "Your profile was taken over by a sign-in",
}

_WORDS = {
    "frozen": "blocked",
    "kyc_status": "known",
    "credit_limit": "limit",
    "blocked_by": "by",
    "kept_back": "kept back",
}
_STATUS = {1: "pending", 2: "posted", 3: "archived", 4: "failed", 5: "expired", 6: "reversed"}


def kind_text(kind: str) -> str:
    """A kind for staff; one that has no words yet as it is."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())


def change_text(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What changed: `status active → blocked, by staff`; "" where nothing did."""
    parts = []
    for name in {**before, **after}:
        was, now = _value(before.get(name)), _value(after.get(name))
        if was == now:
            continue
        word = _WORDS.get(name, name)
        parts.append(f"{word} {was} → {now}" if was and now else f"{word} {now}" if now else f"no longer {word} {was}")
    return ", ".join(parts)


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return _STATUS.get(value, str(value))
    text = str(value)
    return (
        text.rstrip("0").rstrip(".") if text.replace(".", "", 1).isdigit() and "." in text else _WORDS.get(text, text)
    )


def done_text(done: Done) -> str:
    """One row for the person it is about."""
    known = _TO_THE_PERSON.get(done.kind)
    return known.format(done.detail) if known else kind_text(done.kind)
