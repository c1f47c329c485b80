"""IBANs, files of orders and the answers to them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as D
from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.iban import checked_iban, in_groups, is_iban
from fintwin.payments.bank_answers import read, reason_text
from fintwin.payments.pain001 import NAMESPACE, document, plain
from fintwin.payments.rail import Answer, Batch, Order

IBAN = "DE89370400440532013000"
OTHER = "NL91ABNA0417164300"
NS = {"p": NAMESPACE}
AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def order(n: int = 1, **more) -> Order:
    values = {
        "end_to_end": f"FT{n:032d}",
        "amount": D("12.30"),
        "currency": "EUR",
        "name": "Jörg Müller",
        "iban": OTHER,
        "remittance": "Rechnung 7 & 8",
        "execute_on": date(2026, 11, 27),
    }
    return Order(**{**values, **more})


def batch(*orders: Order) -> Batch:
    return Batch("FTMSG1", "Maya Weiß", IBAN, AT, orders or (order(),))


def test_ibans_by_their_check_digits():
    assert checked_iban(" de89 3704 0044 0532 0130 00 ") == IBAN
    assert in_groups(IBAN) == "DE89 3704 0044 0532 0130 00"
    for wrong in (
        "DE88370400440532013000",
        "DE8937040044053201300",
        "",
        "DE00370400440532013000",
        "XX",
        "12345678901234567",
    ):
        with pytest.raises(Invalid) as refused:
            checked_iban(wrong)
        assert refused.value.code == "bad_iban"


@given(st.integers(4, len(IBAN) - 1), st.integers(0, 9))
def test_one_wrong_digit_is_always_found(at, digit):
    wrong = IBAN[:at] + str(digit) + IBAN[at + 1 :]
    assert is_iban(wrong) == (wrong == IBAN)


@given(st.text(max_size=200), st.sampled_from([70, 140]))
def test_any_text_becomes_what_every_bank_takes(text, most):
    kept = plain(text, most=most)
    assert re.fullmatch(r"[A-Za-z0-9/?:().,'+ -]*", kept)
    assert len(kept) <= most
    assert "//" not in kept
    assert kept == kept.strip(" /")
    assert plain(kept, most=most) == kept


def test_umlauts_are_written_out():
    assert plain("Jörg Weiß & Söhne", most=70) == "Joerg Weiss + Soehne"
    assert plain("Crème brûlée", most=70) == "Creme brulee"


ORDERS = st.lists(
    st.builds(
        lambda n, cents, day, name, said: order(n, amount=D(cents) / 100, execute_on=day, name=name, remittance=said),
        st.integers(1, 10**9),
        st.integers(1, 10**9),
        st.dates(date(2026, 11, 25), date(2026, 12, 1)),
        st.text(min_size=1, max_size=70),
        st.text(max_size=140),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one.end_to_end,
)


@given(ORDERS)
def test_a_file_says_each_order_once_and_its_sums_are_right(orders):
    root = Tree.fromstring(document(batch(*orders)))
    assert root.tag == f"{{{NAMESPACE}}}Document"
    head = root.find("p:CstmrCdtTrfInitn/p:GrpHdr", NS)
    assert head.findtext("p:NbOfTxs", namespaces=NS) == str(len(orders))
    assert D(head.findtext("p:CtrlSum", namespaces=NS)) == sum(one.amount for one in orders)
    seen = []
    for block in root.findall("p:CstmrCdtTrfInitn/p:PmtInf", NS):
        day = date.fromisoformat(block.findtext("p:ReqdExctnDt/p:Dt", namespaces=NS))
        inside = block.findall("p:CdtTrfTxInf", NS)
        amounts = [D(one.findtext("p:Amt/p:InstdAmt", namespaces=NS)) for one in inside]
        assert block.findtext("p:NbOfTxs", namespaces=NS) == str(len(inside))
        assert D(block.findtext("p:CtrlSum", namespaces=NS)) == sum(amounts)
        assert len(block.findtext("p:PmtInfId", namespaces=NS)) <= 35
        seen += [
            (one.findtext("p:PmtId/p:EndToEndId", namespaces=NS), amount, day)
            for one, amount in zip(inside, amounts, strict=True)
        ]
    assert sorted(seen) == sorted((one.end_to_end, one.amount, one.execute_on) for one in orders)


def test_elements_stand_in_the_order_that_the_schema_asks_for():
    root = Tree.fromstring(document(batch()))
    body = root[0]
    names = lambda parent: [child.tag.rpartition("}")[2] for child in parent]  # noqa: E731
    assert names(body) == ["GrpHdr", "PmtInf"]
    assert names(body[0]) == ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"]
    assert names(body[1]) == [
        "PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt",
        "ChrgBr", "CdtTrfTxInf",
    ]  # fmt: skip
    assert names(body[1][-1]) == ["PmtId", "Amt", "Cdtr", "CdtrAcct", "RmtInf"]
    assert body[1][-1].find("p:Amt/p:InstdAmt", NS).get("Ccy") == "EUR"
    assert body[1][-1].findtext("p:Cdtr/p:Nm", namespaces=NS) == "Joerg Mueller"


def camt(*entries: str, version: str = "02") -> bytes:
    return (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt>'
        + "".join(entries)
        + "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(end_to_end: str, *, way: str = "DBIT", amount: str = "12.30", status: str = "BOOK", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts><BookgDt><Dt>2026-11-28</Dt></BookgDt>'
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{more}</TxDtls></NtryDtls></Ntry>"
    )


def test_a_statement_settles_and_gives_back():
    returned = entry("B", way="CRDT", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    assert read(camt(entry("A"), returned, entry("NOTPROVIDED"), entry("C", status="PDNG"))) == [
        Answer("settled", "A", amount=D("12.30"), currency="EUR", on=date(2026, 11, 28)),
        Answer("returned", "B", amount=D("12.30"), currency="EUR", on=date(2026, 11, 28), reason="AC04"),
    ]
    assert reason_text("AC04") == "The account is closed."
    assert read(camt(entry("A", status="<Cd>BOOK</Cd>"), version="08"))[0].verdict == "settled"


def test_a_report_refuses_orders_or_a_whole_message():
    report = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
      <OrgnlGrpInfAndSts><OrgnlMsgId>FTMSG1</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
      <OrgnlPmtInfAndSts><OrgnlPmtInfId>FTMSG1-1</OrgnlPmtInfId>
        <TxInfAndSts><OrgnlEndToEndId>A</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts>
        <TxInfAndSts><OrgnlEndToEndId>B</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>
      </OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""
    assert read(report) == [Answer("refused", "A", reason="AC01")]
    whole = report.replace(b"PART", b"RJCT")
    assert read(whole)[0] == Answer("refused", message="FTMSG1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<Document/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Document><BkToCstmrStmt>&a;</BkToCstmrStmt></Document>',
        camt(entry("A", amount="NaN")),
        camt(entry("A", amount="-5")),
        camt(entry("A", amount="1e99")),
        document(batch()),
    ],
)
def test_what_is_no_answer_is_refused_in_words(data):
    with pytest.raises(Invalid) as refused:
        read(data)
    assert refused.value.code == "bad_answer_file"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        read(data)
    except Invalid as refused:
        assert refused.sentence
