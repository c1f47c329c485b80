"""CAMT.052, 053 and 054: entries to movements, batches split into their details, pending ones left out and said."""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.statements.amounts import decimal_sign, fitted, read_amount
from fintwin.statements.archive import is_archive, members
from fintwin.statements.camt_walk import Budget, Entry, Message, Values, walked
from fintwin.statements.dates import read_date
from fintwin.statements.encoding import decoded
from fintwin.statements.numbers import bare_number
from fintwin.statements.ofx_reader import encoding_hint
from fintwin.statements.recognised import Chosen, Example, Format, Recognised
from fintwin.statements.sepa import parted
from fintwin.statements.several import Page, joined
from fintwin.statements.statement import CUT, MOST_ROWS, Balance, Fault, LeftOut, Row, Statement

_SAMPLE = 2_000
_CHUNK = 1024 * 1024
_MOST_TOLD = 200
"""Files of an archive that are no CAMT and told as such."""

_KINDS = {"CACC": "checking", "SVGS": "savings"}
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)
_UNBOOKED = {
    "PDNG": "Not booked yet at the bank (pending).",
    "FUTR": "Not booked yet at the bank (booked in future).",
    "INFO": "Not booked at the bank: for information only.",
}
_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "NOTAVAILABLE", "N/A", "0"})
_TRUE = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class _File:
    """The messages of one XML file; `name` is "" where it is not one of several."""

    name: str
    messages: Sequence[Message]
    strange: str = ""
    """Why it is no CAMT file, where it lies in an archive beside some."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What all rows of one message share; `within` begins sentences about a file of an archive."""

    number: str
    currency: str
    within: str
    recognised: Recognised


def is_camt(text: str) -> bool:
    """Whether the head of a text is the beginning of a CAMT message."""
    return "BkToCstmr" in text or "camt.05" in text


def recognise_camt(data: bytes, *, name: str, encoding: str, chosen: Chosen) -> Recognised:
    """How a CAMT file, or an archive of them, is to be read.

    Raises:
        Invalid: no statement in it (`no_statement`), broken XML, or beyond a bound.
    """
    left = _SAMPLE
    messages: list[Message] = []
    found_in = ""
    for file in _files(data, encoding=encoding or chosen.encoding, enough=_SAMPLE):
        messages += file.messages
        found_in = found_in or (_encoding(data, encoding or chosen.encoding) if not file.name else "utf-8")
        left -= sum(len(one.entries) for one in file.messages)
        if left <= 0:
            break
    if not messages:
        raise _no_statement(archive=is_archive(data))
    kinds = {one.kind for one in messages}
    numbers = {_number(one) for one in messages}
    of = next((coin for one in messages if (coin := _currency(one))), "")
    kind: Format = messages[0].kind if len(kinds) == 1 else "camt"  # type: ignore[assignment]
    found = Recognised(
        name=name,
        format=kind,
        encoding=found_in,
        decimal=chosen.decimal or decimal_sign(_money(messages), digits=currency(of).digits if of else 2),
        signs="flag",
        flip=bool(chosen.flip),
        currency=chosen.currency or of,
        account=numbers.pop() if len(numbers) == 1 else "",
        bank=next((bank for one in messages if (bank := _bank(one))), ""),
        headings=() if all(map(_number, messages)) else (kind,),
    )
    return replace(found, example=_example(messages, found))


def read_camt(data: bytes, recognised: Recognised) -> tuple[Statement, ...]:
    """Every statement of the file, one for each account and currency; an archive's files count as one.

    Raises:
        Invalid: no statement in it (`no_statement`), broken XML, or beyond a bound.
    """
    pages: list[Page] = []
    strange: list[LeftOut] = []
    rows = 0
    for file in _files(data, encoding=recognised.encoding):
        if file.strange and len(strange) < _MOST_TOLD:
            strange.append(LeftOut(0, file.strange[:300], file.name))
        for message in file.messages:
            read = _pages(message, file.name, recognised)
            rows += sum(len(page.statement.rows) + len(page.statement.faults) for page in read)
            if rows > MOST_ROWS:
                sentence = f"it has more than {MOST_ROWS:,} rows. Send its files in parts."
                raise Invalid(sentence, code="too_many_rows", field="file")
            pages += read
    if not pages:
        raise _no_statement(archive=is_archive(data))
    first, *others = joined(pages)
    return (replace(first, left_out=(*first.left_out, *strange)), *others)


def _no_statement(*, archive: bool) -> Invalid:
    sentence = (
        "the archive has no CAMT statement in it. Unpack it, and drop the files themselves."
        if archive
        else "it has no bank statement in it."
    )
    return Invalid(sentence, code="no_statement", field="file")


def _files(data: bytes, *, encoding: str, enough: int = 0) -> Iterator[_File]:
    """The files in the bytes: one, or those of an archive, each read before the next is unpacked."""
    budget = Budget()
    if not is_archive(data):
        yield _File("", walked(_utf8(data, encoding), enough=enough, budget=budget))
        return
    for member in members(data):
        if not is_camt(decoded(member.data[:65_536])[0]):
            yield _File(member.name, (), f"“{member.name}” is no CAMT file and stays out.")
            continue
        try:
            yield _File(member.name, walked(_utf8(member.data, ""), enough=enough, budget=budget))
        except Invalid as fault:
            raise Invalid(f"“{member.name}”, {fault.sentence}", code=fault.code, field=fault.field) from None


def _encoding(data: bytes, encoding: str) -> str:
    return encoding or ("utf-8" if _is_utf8(data) else decoded(data, hint=_hint(data))[1])


def _hint(data: bytes) -> str:
    return encoding_hint(data[:2048].decode("ascii", errors="replace"))


def _utf8(data: bytes, encoding: str) -> bytes:
    """The same text in UTF-8; bytes that are that already are not copied."""
    if encoding in ("", "utf-8") and _is_utf8(data):
        return data.removeprefix(codecs.BOM_UTF8)
    return decoded(data, encoding=encoding, hint=_hint(data))[0].encode(errors="replace")


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _CHUNK):
            decoder.decode(data[at : at + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and data[:64].count(0) < 8


def _money(messages: Sequence[Message]) -> list[str]:
    return [entry.values.get("Amt", "") for one in messages for entry in one.entries] + [
        balance.get("Amt", "") for one in messages for balance in one.balances
    ]


def _first(values: Values, *paths: str) -> str:
    """The first of these paths that has text, "" where none has."""
    for path in paths:
        if text := values.get(path):
            return text
    return ""


def _number(message: Message) -> str:
    return bare_number(
        _first(message.values, "Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN")
    )


def _bank(message: Message) -> str:
    bank = "Acct/Svcr/FinInstnId"
    return _first(message.values, f"{bank}/Nm", f"{bank}/BICFI", f"{bank}/BIC")[:100]


def _coin(text: str) -> str:
    try:
        return currency(text).code if text else ""
    except Invalid:
        return ""


def _currency(message: Message) -> str:
    """The account's currency, else that of its entries or balances."""
    if coin := _coin(message.values.get("Acct/Ccy", "")):
        return coin
    named = [entry.values.get("Amt@Ccy", "") for entry in message.entries[:1]]
    named += [balance.get("Amt@Ccy", "") for balance in message.balances[:1]]
    return next((coin for text in named if (coin := _coin(text))), "")


def _example(messages: Sequence[Message], found: Recognised) -> Example | None:
    for message in messages:
        place = _Place(_number(message), found.currency, "", found)
        for entry in message.entries:
            coin = _coin(entry.values.get("Amt@Ccy", "")) or found.currency
            items = _items(entry, replace(place, currency=coin))
            first = items[0]
            if isinstance(first, Row) and len(items) == 1:
                written = f"{entry.values.get('Amt', '')} {entry.values.get('CdtDbtInd', '')}"
                return Example(_day_text(entry)[:60], first.booked, written[:60], first.amount)
    return None


def _pages(message: Message, name: str, recognised: Recognised) -> list[Page]:
    """One page for each currency that a message has entries in."""
    number, own = _number(message), _currency(message) or recognised.currency
    within = f"In “{name}”: " if name else ""
    parts: dict[str, list[Row | Fault | LeftOut]] = {own: []}
    for entry in message.entries:
        coin = _coin(entry.values.get("Amt@Ccy", "")) or own
        place = _Place(number, coin, within, recognised)
        parts.setdefault(coin, []).extend(_items(entry, place))
    if len(parts) > 1 and not parts[own] and not _balance(message, _CLOSING, own, recognised):
        del parts[own]
    return [
        Page(
            source=message.kind,
            statement=Statement(
                account=number,
                bank=_bank(message),
                kind=_KINDS.get(_first(message.values, "Acct/Tp/Cd"), ""),
                currency=coin,
                opening=_balance(message, _OPENING, coin, recognised),
                closing=_balance(message, _CLOSING, coin, recognised),
                rows=tuple(item for item in items if isinstance(item, Row)),
                faults=tuple(item for item in items if isinstance(item, Fault)),
                left_out=tuple(item for item in items if isinstance(item, LeftOut)),
            ),
        )
        for coin, items in parts.items()
    ]


def _balance(message: Message, kinds: Sequence[str], coin: str, recognised: Recognised) -> Balance | None:
    """The balance of the first of these kinds in this currency; one that cannot be read is none."""
    for kind in kinds:
        for values in message.balances:
            if values.get("Tp/CdOrPrtry/Cd") != kind or (_coin(values.get("Amt@Ccy", "")) or coin) != coin:
                continue
            try:
                amount = read_amount(values.get("Amt", ""), decimal=recognised.decimal)
                if values.get("CdtDbtInd") == "DBIT":
                    amount = -amount
                return Balance(amount, _day(_first(values, "Dt/Dt", "Dt/DtTm")))
            except Invalid:
                continue
    return None


def _day(text: str) -> date:
    """The literal day; a time and an offset behind it change nothing."""
    if not text:
        raise Invalid("The date is missing.", code="date_missing", field="booked")
    return read_date(text[:10], order="ymd")


def _day_text(entry: Entry) -> str:
    return _first(entry.values, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")


def _items(entry: Entry, place: _Place) -> list[Row | Fault | LeftOut]:
    """What an entry is: a movement, one for each detail of a batch, or why it is none."""
    status = _first(entry.values, "Sts", "Sts/Cd", "Sts/Prtry").upper()
    if told := _UNBOOKED.get(status):
        return [LeftOut(entry.line, place.within + told, entry.raw)]
    try:
        whole = _amount(entry.values, "Amt", _sign(entry.values, place), place)
        booked = _day(_day_text(entry))
        shares, note = _shares(entry, whole, place)
    except Invalid as fault:
        return [_fault(entry, place, sentence=fault.sentence)]
    found: list[Row | Fault | LeftOut] = []
    several = len(shares) > 1
    used: set[str] = set()
    for at, (values, amount) in enumerate(shares, start=1):
        try:
            exact, rounded = fitted(amount, of=place.currency)
        except Invalid as fault:
            if fault.code == "nothing_moved":
                found.append(LeftOut(entry.line, place.within + fault.sentence, entry.raw))
            else:
                found.append(_fault(entry, place, sentence=fault.sentence))
            continue
        reference = _reference(entry, values, at=at if several else 0, used=used)
        told = " ".join(text for text in (rounded, note or _foreign(values, place)) if text)
        found.append(_row(entry, values, place, booked=booked, amount=exact, reference=reference, note=told))
    return found


def _sign(values: Values, place: _Place) -> int:
    """1 for money in, -1 for money out. A reversal's mark is its own direction already, so it changes nothing."""
    mark = values.get("CdtDbtInd", "")
    if mark not in ("CRDT", "DBIT"):
        raise Invalid(f"“{mark[:20]}” says neither in nor out.", code="flag_unreadable", field="amount")
    return 1 if (mark == "CRDT") != place.recognised.flip else -1


def _amount(values: Values, path: str, sign: int, place: _Place) -> Decimal:
    text = values.get(path, "")
    if not text:
        raise Invalid("The amount is missing.", code="amount_missing", field="amount")
    amount = read_amount(text, decimal=place.recognised.decimal)
    if amount < 0:
        raise Invalid(
            f"“{text[:40]}” has a sign of its own beside the mark for in or out.",
            code="amount_unreadable",
            field="amount",
        )
    return sign * amount


def _shares(entry: Entry, whole: Decimal, place: _Place) -> tuple[list[tuple[Values, Decimal]], str]:
    """The details of a batch with their amounts in the account's currency, where these add up to the entry's.

    Otherwise the entry stays one movement, with a note where it has several details.
    """
    details = entry.details
    if len(details) < 2:
        return [(details[0] if details else {}, whole)], ""
    shares: list[tuple[Values, Decimal]] = []
    for values in details:
        path = next(
            (
                path
                for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt")
                if values.get(path) and (_coin(values.get(f"{path}@Ccy", "")) or place.currency) == place.currency
            ),
            "",
        )
        try:
            sign = _sign(values if "CdtDbtInd" in values else entry.values, place)
            shares.append((values, _amount(values, path, sign, place)))
        except Invalid:
            break
    if len(shares) == len(details) and sum(amount for _, amount in shares) == whole:
        return shares, ""
    told = f"A batch of {len(details)} whose parts do not add up to it: kept as one."
    return [({}, whole)], told


def _foreign(values: Values, place: _Place) -> str:
    """What was paid in another currency, "" where nothing was."""
    for path in ("AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "Amt"):
        coin = values.get(f"{path}@Ccy", "")
        if values.get(path) and coin and coin != place.currency:
            return f"Paid as {values[path][:30]} {coin}."
    return ""


def _reference(entry: Entry, values: Values, *, at: int, used: set[str]) -> str:
    """The bank's id of a movement; the parts of a batch (`at` counts them) share the entry's, so they are numbered."""
    whole = entry.values.get("AcctSvcrRef", "")
    own = values.get("Refs/AcctSvcrRef", "")
    first, second = (own, whole) if at else (whole, own)
    reference = first if first.upper() not in _NO_REFERENCE else second if second.upper() not in _NO_REFERENCE else ""
    reference = reference[: CUT["reference"] - 8]
    if at and reference and (reference == whole or reference in used):
        reference = f"{reference}/{at}"
    used.add(reference)
    return reference


def _row(
    entry: Entry, values: Values, place: _Place, *, booked: date, amount: Decimal, reference: str, note: str
) -> Row:
    # In a reversal the parties keep the parts they had in the payment that is turned back.
    turned = entry.values.get("RvslInd", "").lower() in _TRUE
    side = "Dbtr" if (amount > 0) != turned else "Cdtr"
    try:
        value = _day(_first(entry.values, "ValDt/Dt", "ValDt/DtTm"))
    except Invalid:
        value = booked
    written = _first(values, "RmtInf/Ustrd")
    sepa = parted(written)
    purpose = sepa.purpose or _first(
        values,
        "RmtInf/Strd/AddtlRmtInf",
        "RmtInf/Strd/CdtrRefInf/Ref",
        "RmtInf/Strd/CdtrRefInf/CdtrRef",
        "RmtInf/Strd/RfrdDocInf/Nb",
        "AddtlTxInf",
    )
    end_to_end = _first(values, "Refs/EndToEndId")
    return Row(
        line=entry.line,
        account=place.number,
        booked=booked,
        value=value,
        amount=amount,
        currency=place.currency,
        payee=_payee(values, side),
        payee_account=bare_number(_first(values, *(f"RltdPties/{side}Acct/Id/{kind}" for kind in ("IBAN", "Othr/Id")))),
        purpose=(purpose or entry.values.get("AddtlNtryInf", ""))[: CUT["purpose"]],
        reference=reference,
        end_to_end=("" if end_to_end.upper() in _NO_REFERENCE else end_to_end or sepa.end_to_end)[: CUT["end_to_end"]],
        balance=None,
        note=note,
        raw=entry.raw,
    )


def _payee(values: Values, side: str) -> str:
    parties = (f"RltdPties/{side}", f"RltdPties/Ultmt{side}")
    named = [path for party in parties for path in (f"{party}/Nm", f"{party}/Pty/Nm")]
    agents = [f"RltdAgts/{side}Agt/FinInstnId/Nm", f"RltdPties/{side}/Agt/FinInstnId/Nm"]
    return _first(values, *named, *agents)[: CUT["payee"]]


def _fault(entry: Entry, place: _Place, *, sentence: str) -> Fault:
    values = entry.details[0] if entry.details else {}
    amount = entry.values.get("Amt", "")
    out = entry.values.get("CdtDbtInd") == "DBIT"
    return Fault(
        line=entry.line,
        sentence=place.within + sentence,
        account=place.number,
        booked=_day_text(entry)[:60],
        amount=("-" + amount.lstrip("-") if out and amount else amount)[:40],
        currency=place.currency,
        payee=_payee(values, "Cdtr" if out else "Dbtr"),
        purpose=_first(values, "RmtInf/Ustrd")[: CUT["purpose"]],
        raw=entry.raw,
    )
