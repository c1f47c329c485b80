"""What the review says it changes."""

from fintwin.ui.pages.review.state import alike_words


def test_a_cut_is_said_and_large_counts_are_grouped():
    assert alike_words(1, more=False, locale="en-GB") == "Also change 1 other row like this"
    assert alike_words(12, more=False, locale="en-GB") == "Also change 12 other rows like this"
    assert alike_words(1_999, more=True, locale="de-DE") == (
        "Also change the newest 1.999 other rows like this; the older ones are asked about afterwards"
    )
