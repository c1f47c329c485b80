"""Parts sum to the whole, to the last cent, or are refused with the place that is wrong."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.ledger.attachments import shown_name, type_of
from fintwin.ledger.parts import MOST, Part, leading, rest, whole

EUR, YEN = currency("EUR"), currency("JPY")
cents = st.integers(1, 10_000_000).map(lambda number: D(number) / 100)


@given(st.lists(cents, min_size=1, max_size=MOST - 1), cents)
def test_the_last_part_takes_what_is_left(amounts, more):
    total = sum(amounts, D(0)) + more
    parts = whole(total, [*(Part(1, amount) for amount in amounts), Part(2, None)], of=EUR)
    assert sum(part.amount for part in parts) == total
    assert parts[-1].amount == more == rest(total, amounts)


@given(st.lists(cents, min_size=2, max_size=MOST), cents)
def test_parts_that_are_less_or_more_are_refused(amounts, off):
    total = sum(amounts, D(0))
    parts = [Part(1, amount) for amount in amounts]
    assert whole(total, parts, of=EUR) == tuple(parts)
    for wrong in (total + off, max(total - off, D("0.001"))):
        with pytest.raises(Invalid) as caught:
            whole(wrong, parts, of=EUR)
        assert (caught.value.code, caught.value.field) == ("parts_do_not_sum", f"part{len(parts) - 1}")


@pytest.mark.parametrize(
    ("parts", "of", "code", "field"),
    [
        ([Part(1, D(0)), Part(2, None)], EUR, "amount_not_positive", "part0"),
        ([Part(1, D(-5)), Part(2, D(15))], EUR, "amount_not_positive", "part0"),
        ([Part(1, D("NaN")), Part(2, None)], EUR, None, "part0"),
        ([Part(1, None), Part(2, D(5))], EUR, "amount_not_positive", "part0"),
        ([Part(1, D(10)), Part(2, None)], EUR, "parts_do_not_sum", "part1"),
        ([Part(1, D("1.5")), Part(2, None)], YEN, None, "part0"),
        ([Part(1, D(1))] * (MOST + 1), EUR, "too_many_parts", "parts"),
    ],
)
def test_bad_parts_are_refused_in_their_place(parts, of, code, field):
    with pytest.raises(Invalid) as caught:
        whole(D(10), parts, of=of)
    assert caught.value.field == field
    assert code is None or caught.value.code == code


def test_the_largest_part_leads_and_the_first_of_equal_ones():
    assert leading([]) is None
    assert leading([Part(1, D(2)), Part(2, D(5)), Part(3, D(5))]) == 2


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("Bon für Käse".encode(), "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "application/octet-stream"),
        (b"  <!DOCTYPE html><script>alert(1)</script>", "application/octet-stream"),
        (b"\xef\xbb\xbf<html>", "application/octet-stream"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"\xfe\xff\x00<", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_content_is_and_never_what_a_browser_runs(data, kind):
    assert type_of(data) == kind


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fake\\bon.png", "bon.png"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 136 + ".pdf"),
    ],
)
def test_a_name_is_one_printable_line_without_a_path(given, shown):
    assert shown_name(given) == shown
