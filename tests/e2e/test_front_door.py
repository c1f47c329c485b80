"""What a visitor meets before anything else."""


def test_the_front_door_opens_without_a_word_against_the_policy(visitor):
    page = visitor("/")
    page.wait_for_function("document.title.includes('FinTwin')")
    answer = page.request.get("/healthz")
    assert answer.ok
