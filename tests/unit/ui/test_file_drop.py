"""Files come into pages by one component, which assets/upload.js serves: one place on a page."""

import re
from pathlib import Path

import pytest
import reflex as rx

import fintwin.fintwin  # noqa: F401 - brings all pages
from fintwin.ui import shell
from fintwin.ui.components import dialogs_of
from fintwin.ui.components.files import file_drop

PLACES = {"/import", "/payments/outside", "/rates", "/transactions"}
SCRIPT = (Path(__file__).parents[3] / "assets" / "upload.js").read_text()


def drawn(route: str) -> str:
    with dialogs_of(route):
        return str(shell._declared[route].view().render())


@pytest.mark.parametrize("route", sorted(shell._declared))
def test_a_page_takes_files_in_one_place_or_nowhere(route):
    page = drawn(route)
    marks = ['"data-drop"', 'type:"file"', '"data-upload-bar"', '"data-upload-line"']
    assert [page.count(mark) for mark in marks] == [int(route in PLACES)] * len(marks)


def test_its_parts_are_those_that_the_script_works_on():
    place = str(file_drop("Drop it", to="/there", on_sent=rx.noop()).render())
    asked = set(re.findall(r"\[(data-[a-z-]+)\]", SCRIPT))
    assert asked == {"data-drop", "data-upload", "data-uploaded", "data-upload-bar", "data-upload-line"}
    assert all(f'"{name}"' in place for name in asked)
