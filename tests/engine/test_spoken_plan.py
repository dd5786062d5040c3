"""What leave is given for is read at three in the morning."""

from engine.explain.telling import spoken


def test_parameters_of_a_step_are_words_and_none_is_left_out() -> None:
    told = spoken(
        {"title": "Charge it", "what": ["alerts", "changes"], "if_quiet": True, "most": 3, "deep": {"a": [1]}}
    )
    assert told == 'title: Charge it; what: alerts, changes; if_quiet: yes; most: 3; deep: {"a":[1]}'
