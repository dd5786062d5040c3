import pytest

from engine.alerts.template import LONGEST, template


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Port 7 of 10.0.0.1 down", "Port 12 of 10.9.8.7 down"),
        ('user "eve" failed from fe80::1:2:3:4', 'user "bob" failed from 2001:db8:0:1::9'),
        ("job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 took 1.5 s", "job 7c9e6679-7425-40de-944b-e07fc1f90ae7 took 22 s"),
        ("commit 9f86d081884c7d65 deployed", "commit 60303ae22b998861 deployed"),
        ("disk  full", "disk full"),
    ],
)
def test_messages_that_differ_in_values_only_share_a_template(one, other):
    assert template(one) == template(other)


def test_words_are_kept():
    assert template("Port 7 of 10.0.0.1 down") == "Port # of # down"
    assert template("link down") != template("link up")


def test_a_hostile_length_is_cut():
    assert len(template("x y " * 100_000)) <= LONGEST
