"""Delimited text to records: what is left of a cell."""

from hypothesis import given
from hypothesis import strategies as st

from fintwin.statements.records import records

cells = st.text(st.characters(codec="utf-8", exclude_characters=';"=\r\n', exclude_categories=("Cs",)), max_size=12)


@given(st.lists(cells, min_size=2, max_size=6), st.booleans())
def test_a_cell_is_one_line_without_surrounding_space(row, quoted):
    """Whatever stands in the other cells of its line."""
    [record] = records(";".join(row), delimiter=";", quoted=quoted)
    assert record.cells == [
        " ".join("".join(char if char.isprintable() else " " for char in cell).split()) for cell in row
    ]


def test_a_wrapped_cell_and_a_plain_one_of_one_line():
    [record] = records('="0012";  Shop  12 ;"=""7"""', delimiter=";")
    assert record.cells == ["0012", "Shop 12", "7"]
