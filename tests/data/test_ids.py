from hypothesis import given
from hypothesis import strategies as st

from data import ids


def test_ids_are_the_same_on_every_machine() -> None:
    assert ids.derive("A", "default", "x") == "A-de5zxape1s"
    assert ids.fingerprint("a", "b") == ids.fingerprint("a", "b")


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=2, max_size=3))
def test_parts_are_kept_apart(parts: list[str]) -> None:
    joined = ["".join(parts)]
    assert parts == joined or ids.fingerprint(*parts) != ids.fingerprint(*joined)
