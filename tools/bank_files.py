"""Bank files written from rows, for tests and the bench: the same movements in one format or another."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

ACCOUNT = "DE02120300000000202051"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement as a bank knows it; the amount is signed."""

    booked: date
    payee: str
    amount: Decimal
    purpose: str = ""
    reference: str = ""


def camt(
    rows: Iterable[Movement],
    *,
    opening: Decimal = Decimal(0),
    account: str = ACCOUNT,
    currency: str = "EUR",
    version: int = 2,
    message: int = 53,
    prefix: str = "",
) -> str:
    """A CAMT message: 52, 53 or 54, by the rules of versions 02 to 13; `prefix` stands before each element."""
    root, block = {
        52: ("BkToCstmrAcctRpt", "Rpt"),
        53: ("BkToCstmrStmt", "Stmt"),
        54: ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[message]
    listed = list(rows)
    named = f"urn:iso:std:iso:20022:tech:xsd:camt.{message:03d}.001.{version:02d}"
    closing = opening + sum((row.amount for row in listed), Decimal(0))

    def within(name: str, text: str) -> str:
        return f"<{prefix}{name}>{text}</{prefix}{name}>"

    def money(amount: Decimal) -> str:
        mark = "CRDT" if amount >= 0 else "DBIT"
        return f'<{prefix}Amt Ccy="{currency}">{abs(amount)}</{prefix}Amt>' + within("CdtDbtInd", mark)

    def balance(kind: str, amount: Decimal, day: date) -> str:
        told = within("Tp", within("CdOrPrtry", within("Cd", kind))) + money(amount)
        return within("Bal", told + within("Dt", within("Dt", f"{day}")))

    def entry(row: Movement) -> str:
        side = "Cdtr" if row.amount < 0 else "Dbtr"
        name = within("Nm", escape(row.payee))
        details = within("RltdPties", within(side, within("Pty", name) if version >= 8 else name))
        if row.purpose:
            details += within("RmtInf", within("Ustrd", escape(row.purpose)))
        return within(
            "Ntry",
            money(row.amount)
            + within("Sts", within("Cd", "BOOK") if version >= 7 else "BOOK")
            + within("BookgDt", within("Dt", f"{row.booked}"))
            + (within("AcctSvcrRef", escape(row.reference)) if row.reference else "")
            + within("NtryDtls", within("TxDtls", details)),
        )

    days = [row.booked for row in listed] or [date(2026, 11, 1)]
    balances = balance("OPBD", opening, min(days)) + balance("CLBD", closing, max(days)) if message == 53 else ""
    space = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    body = within("Acct", within("Id", within("IBAN", account)) + within("Ccy", currency)) + balances
    body += "\n".join(["", *map(entry, listed), ""])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}Document {space}="{named}">'
        + within(root, within(block, body))
        + f"</{prefix}Document>\n"
    )


def mt940(
    rows: Sequence[Movement],
    *,
    opening: Decimal = Decimal(0),
    account: str = ACCOUNT,
    currency: str = "EUR",
    shape: str = "german",
) -> str:
    """An MT940 statement; its texts are `german` (`?20` subfields), `dutch` (`/REMI/` codes) or `plain`."""

    def money(amount: Decimal) -> str:
        return f"{abs(amount)}".replace(".", ",")

    def balance(tag: str, amount: Decimal, day: date) -> str:
        return f":{tag}:{'C' if amount >= 0 else 'D'}{day:%y%m%d}{currency}{money(amount)}"

    def words(row: Movement) -> str:
        if shape == "german":
            pieces = [row.purpose[at : at + 27] for at in range(0, len(row.purpose), 27)][:10]
            purpose = "".join(f"?{20 + at}{piece}" for at, piece in enumerate(pieces))
            text = f"166?00BOOKING{purpose}?32{row.payee[:27]}" + (f"?33{row.payee[27:54]}" if row.payee[27:] else "")
        elif shape == "dutch":
            text = f"/TRTP/SEPA/NAME/{row.payee}/REMI/{row.purpose}"
        else:
            text = row.purpose
        return "\n".join(text[at : at + 65] for at in range(0, max(len(text), 1), 65))

    closing = opening + sum((row.amount for row in rows), Decimal(0))
    days = [row.booked for row in rows] or [date(2026, 11, 1)]
    lines = [":20:STATEMENT", f":25:{account}", ":28C:1/1", balance("60F", opening, min(days))]
    for row in rows:
        mark = "C" if row.amount >= 0 else "D"
        reference = f"NONREF//{row.reference}" if row.reference else "NONREF"
        lines.append(f":61:{row.booked:%y%m%d}{row.booked:%m%d}{mark}{money(row.amount)}NMSC{reference}")
        lines.append(f":86:{words(row)}")
    lines += [balance("62F", closing, max(days)), "-", ""]
    return "\n".join(lines)


def qif(rows: Iterable[Movement], *, shape: str = "%d.%m.%Y", decimal: str = ".") -> str:
    """A QIF file of a bank account; an apostrophe in `shape` stands before the year, as Quicken writes it."""
    lines = ["!Type:Bank"]
    for row in rows:
        lines += [f"D{row.booked.strftime(shape)}", f"T{row.amount}".replace(".", decimal), f"P{row.payee}"]
        lines += [f"M{row.purpose}"] if row.purpose else []
        lines.append("^")
    return "\n".join([*lines, ""])


def ofx(rows: Iterable[Movement], *, account: str = ACCOUNT, currency: str = "EUR") -> str:
    """An OFX file of one account, as SGML without closing tags."""
    told = [
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{row.booked:%Y%m%d}<TRNAMT>{row.amount}<FITID>{row.reference or at}"
        f"<NAME>{escape(row.payee)}<MEMO>{escape(row.purpose)}</STMTTRN>"
        for at, row in enumerate(rows)
    ]
    return (
        f"OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}<BANKACCTFROM><BANKID>1<ACCTID>{account}"
        "<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\n"
        + "\n".join(told)
        + "\n</BANKTRANLIST></STMTRS></STMTTRNRS></OFX>\n"
    )


def csv(rows: Iterable[Movement], *, account: str = ACCOUNT, currency: str = "EUR") -> str:
    """A delimited file of one account."""
    lines = ["Account number;Booking date;Payee;Purpose;Amount;Currency"]
    lines += [f"{account};{row.booked};{row.payee};{row.purpose};{row.amount};{currency}" for row in rows]
    return "\n".join([*lines, ""])


def zipped(files: dict[str, bytes | str]) -> bytes:
    """A zip archive of these files, by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
