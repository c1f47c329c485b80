"""Who calls, and what they say of themselves."""


def test_a_name_that_no_answer_can_carry_is_refused_like_any_other(maya):
    for name in ("half \\ud83d", "occupation"):
        answer = maya.browser.put(
            "/api/v1/profile", content=f'{{"{name}": "x"}}', headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
