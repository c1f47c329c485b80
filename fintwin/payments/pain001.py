"""ISO 20022 pain.001.001.09: a file of credit transfers in euros that a person gives to their bank. Values only.

Source of the structure: the ISO message definition and the EPC's implementation guidelines for SEPA credit transfers.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date
from decimal import Decimal
from itertools import groupby
from xml.etree import ElementTree as Tree

from fintwin.payments.rail import Answer, Batch, Order, Receipt

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME = 70
LONGEST_TEXT = 140

_PLAIN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_LETTERS = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o",
        "Ø": "O", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "Þ": "Th", "€": "EUR",
        "&": "+", "’": "'", "‘": "'", "–": "-", "—": "-", "_": "-",
    }
)  # fmt: skip


class FileRail:
    """The rail that is a file: the person carries it to their bank, and brings the bank's answer back."""

    name = "file"

    def submit(self, batch: Batch) -> Receipt:
        """The batch as a document."""
        return Receipt(document(batch))

    def answers(self, orders: Sequence[Order]) -> Sequence[Answer]:
        """A file cannot be asked."""
        return ()


def plain(text: str, *, most: int) -> str:
    """A text in the characters that every bank takes, cut to `most`; accents fall away, umlauts are written out."""
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_LETTERS))
    bare = "".join(char for char in spelled if not unicodedata.combining(char))
    kept = re.sub(r"\s+", " ", _PLAIN.sub(" ", bare))
    # A slash is bank-speak at either end and doubled.
    kept = re.sub(r"/{2,}", "/", kept).strip().strip("/").strip()
    return kept[:most].rstrip(" /")


def document(batch: Batch) -> bytes:
    """The whole file, UTF-8; one block for each day of execution."""
    root = Tree.Element("Document", xmlns=NAMESPACE)
    body = _child(root, "CstmrCdtTrfInitn")
    head = _child(body, "GrpHdr")
    _child(head, "MsgId", batch.message)
    _child(head, "CreDtTm", f"{batch.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _sums(head, batch.orders)
    _child(_child(head, "InitgPty"), "Nm", plain(batch.payer, most=LONGEST_NAME))
    ordered = sorted(batch.orders, key=lambda order: (order.execute_on, order.end_to_end))
    for number, (day, orders) in enumerate(groupby(ordered, key=lambda order: order.execute_on), 1):
        _block(body, batch, number=number, day=day, orders=list(orders))
    Tree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Tree.tostring(root, encoding="unicode")}\n'.encode()


def _block(body: Tree.Element, batch: Batch, *, number: int, day: date, orders: Sequence[Order]) -> None:
    block = _child(body, "PmtInf")
    _child(block, "PmtInfId", f"{batch.message}-{number}")
    _child(block, "PmtMtd", "TRF")
    _child(block, "BtchBookg", "false")  # each order is a line of the statement, so that its answer can be told apart
    _sums(block, orders)
    _child(_child(_child(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _child(_child(block, "ReqdExctnDt"), "Dt", day.isoformat())
    _child(_child(block, "Dbtr"), "Nm", plain(batch.payer, most=LONGEST_NAME))
    _account(block, "DbtrAcct", batch.payer_iban)
    _child(_child(_child(_child(block, "DbtrAgt"), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")
    _child(block, "ChrgBr", "SLEV")
    for order in orders:
        one = _child(block, "CdtTrfTxInf")
        _child(_child(one, "PmtId"), "EndToEndId", order.end_to_end)
        _child(_child(one, "Amt"), "InstdAmt", _amount(order.amount)).set("Ccy", order.currency)
        _child(_child(one, "Cdtr"), "Nm", plain(order.name, most=LONGEST_NAME))
        _account(one, "CdtrAcct", order.iban)
        said = plain(order.remittance, most=LONGEST_TEXT)
        if said:
            _child(_child(one, "RmtInf"), "Ustrd", said)


def _sums(parent: Tree.Element, orders: Sequence[Order]) -> None:
    _child(parent, "NbOfTxs", str(len(orders)))
    _child(parent, "CtrlSum", _amount(sum((order.amount for order in orders), Decimal(0))))


def _account(parent: Tree.Element, tag: str, iban: str) -> None:
    _child(_child(_child(parent, tag), "Id"), "IBAN", iban)


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _child(parent: Tree.Element, tag: str, text: str | None = None) -> Tree.Element:
    made = Tree.SubElement(parent, tag)
    made.text = text
    return made
