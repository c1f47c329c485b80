"""What banks answer to orders, read from camt.052/053/054 and pain.002 of any version. Values only.

Only what names an order by its end-to-end id, or a message by its id, is of interest here; the statement itself is read
by the room of statements.
"""

import contextlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from fintwin.kernel.errors import Invalid
from fintwin.payments.rail import Answer

LARGEST: Final = 20 * 1024 * 1024
MOST: Final = 10_000
"""Answers in one file."""
_MOST_TAGS: Final = 1_500_000
"""Tags in one file: so many answers have no more, and a tree of them fits into memory."""

REASONS: Final = {
    "AC01": "The account number is wrong.",
    "AC03": "The account number is wrong.",
    "AC04": "The account is closed.",
    "AC06": "The account is blocked.",
    "AG01": "The account does not take transfers.",
    "AM04": "There was not enough money in the account.",
    "AM05": "The bank took it for a duplicate.",
    "BE04": "The payee's address is missing.",
    "CUST": "It was called back.",
    "DUPL": "The bank took it for a duplicate.",
    "MD07": "The account's owner has died.",
    "MS02": "The payee does not want it.",
    "MS03": "The bank gives no reason.",
    "RC01": "The bank is not known.",
}
"""Codes of ISO 20022 in words; others are shown as they are."""


def read(data: bytes) -> list[Answer]:
    """Every answer that a file holds, in its order.

    Raises:
        Invalid: too large, no such file, or too many answers (code `bad_answer_file`).
    """
    if len(data) > LARGEST:
        raise _bad("The file is larger than 20 MB.")
    if data.count(b"<") > _MOST_TAGS:
        raise _bad("This file has far more in it than 10,000 answers.")
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise _bad("This is not a file of answers: banks call it CAMT.053, CAMT.054 or PAIN.002.") from None
    kinds = {_name(child) for child in root}
    if kinds & {"BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn"}:
        found = _of_statement(root)
    elif "CstmrPmtStsRpt" in kinds:
        found = _of_report(root)
    else:
        raise _bad("This is not a file of answers: banks call it CAMT.053, CAMT.054 or PAIN.002.")
    answers: list[Answer] = []
    for answer in found:
        if len(answers) >= MOST:
            raise _bad("This file has more than 10,000 answers.")
        answers.append(answer)
    return answers


def reason_text(code: str) -> str:
    """A reason in words."""
    return REASONS.get(code, f"The bank says: {code}." if code else "The bank gives no reason.")


def _of_statement(root: Element) -> Iterator[Answer]:
    """A booked entry out of the account settles an order; one into it, under the order's own id, gives it back."""
    for entry in _outermost(root, "Ntry"):
        status = _at(entry, "Sts")
        if status is not None and (_text(status, "Cd") or (status.text or "").strip()) not in {"BOOK", ""}:
            continue
        details = list(_outermost(entry, "TxDtls"))
        day = _day(_text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm"))
        for one in details:
            end_to_end = _text(one, "Refs", "EndToEndId")
            if not end_to_end or end_to_end == "NOTPROVIDED":
                continue
            amount = _amount_of(one, _at(entry, "Amt") if len(details) == 1 else None)
            outgoing = (_text(one, "CdtDbtInd") or _text(entry, "CdtDbtInd")) == "DBIT"
            yield Answer(
                verdict="settled" if outgoing else "returned",
                end_to_end=end_to_end[:35],
                amount=amount[0] if amount else None,
                currency=amount[1] if amount else "",
                on=day,
                reason=""
                if outgoing
                else (_text(one, "RtrInf", "Rsn", "Cd") or _text(one, "RtrInf", "Rsn", "Prtry"))[:100],
            )


def _of_report(root: Element) -> Iterator[Answer]:
    """A report of statuses: what was rejected. That something was accepted says nothing of its end."""
    for whole in (one for one in root.iter() if _name(one) == "OrgnlGrpInfAndSts"):
        if _text(whole, "GrpSts") == "RJCT":
            yield Answer("refused", message=_text(whole, "OrgnlMsgId")[:35], reason=_reason(whole))
    for block in (one for one in root.iter() if _name(one) == "OrgnlPmtInfAndSts"):
        if _text(block, "PmtInfSts") == "RJCT" and _at(block, "TxInfAndSts") is None:
            yield Answer("refused", message=_text(block, "OrgnlPmtInfId")[:35], reason=_reason(block))
    for one in (one for one in root.iter() if _name(one) == "TxInfAndSts"):
        if _text(one, "TxSts") != "RJCT":
            continue
        amount = _amount_of(one, None)
        yield Answer(
            "refused",
            end_to_end=_text(one, "OrgnlEndToEndId")[:35],
            amount=amount[0] if amount else None,
            currency=amount[1] if amount else "",
            reason=_reason(one),
        )


def _reason(parent: Element) -> str:
    return (_text(parent, "StsRsnInf", "Rsn", "Cd") or _text(parent, "StsRsnInf", "Rsn", "Prtry"))[:100]


def _amount_of(parent: Element, otherwise: Element | None) -> tuple[Decimal, str] | None:
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("OrgnlTxRef", "Amt", "InstdAmt")):
        found = _at(parent, *path)
        if found is not None and found.get("Ccy"):
            break
    else:
        found = otherwise
    if found is None:
        return None
    with contextlib.suppress(InvalidOperation):
        amount = Decimal((found.text or "").strip())
        if amount.is_finite() and 0 < amount < Decimal(10) ** 16:
            return amount, found.get("Ccy", "")[:3]
    raise _bad("An amount in this file could not be read.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise _bad("A date in this file could not be read.") from None


def _outermost(parent: Element, name: str) -> Iterator[Element]:
    """Elements of a name below another, in their order; what lies inside one of them belongs to it alone."""
    waiting = [iter(parent)]
    while waiting:
        one = next(waiting[-1], None)
        if one is None:
            waiting.pop()
        elif _name(one) == name:
            yield one
        else:
            waiting.append(iter(one))


def _at(parent: Element, *path: str) -> Element | None:
    found: Element | None = parent
    for name in path:
        found = next((child for child in found if _name(child) == name), None) if found is not None else None
    return found


def _text(parent: Element, *path: str) -> str:
    found = _at(parent, *path)
    return (found.text or "").strip() if found is not None else ""


def _name(one: Element) -> str:
    return str(one.tag).rpartition("}")[2]


def _bad(why: str) -> Invalid:
    return Invalid(why, code="bad_answer_file", field="file")
