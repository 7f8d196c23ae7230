"""Words for a font that has nothing but ASCII."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.imaging.text import to_ascii


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("person", "person"),
        ("Fußgänger", "Fussganger"),
        ("Łódź, İstanbul, Ærø", "Lodz, Istanbul, Aero"),
        ("Щука Ёлка объект", "Shchuka Elka obieekt"),
        ("Ψάρι γάτα", "Psari gata"),
        ("ﬁn ①", "fin 1"),
        ("人 person 人人", "? person ?"),
        ("a\tb\x00c", "a b c"),
        ("人", ""),
        ("👩\u200d🚀", ""),
        ("", ""),
    ],
)
def test_spelling(text: str, ascii_text: str) -> None:
    assert to_ascii(text) == ascii_text


@given(st.text())
def test_nothing_but_printable_ascii_comes_out(text: str) -> None:
    spelled = to_ascii(text)
    assert spelled.isascii()
    assert spelled == "" or spelled.isprintable()


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126)).filter(lambda t: any(c.isalnum() for c in t))
)
def test_printable_ascii_stays_as_it_is(text: str) -> None:
    assert to_ascii(text) == text
