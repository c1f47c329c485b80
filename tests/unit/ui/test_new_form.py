"""The dialog for something new: nothing that comes after it has been drawn draws its fields anew."""

from fintwin.ui.pages.transactions import new_views


def test_a_form_that_has_been_drawn_asks_for_nothing_that_draws_an_amount_anew():
    """What is typed before the answer is there would be lost with the field."""
    assert "on_mount" not in new_views._transfer().event_triggers
    for form in (new_views._deposit(), new_views._withdrawal()):
        assert "announce" in str(form.event_triggers["on_mount"])
