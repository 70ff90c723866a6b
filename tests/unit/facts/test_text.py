"""Which texts are taken."""

import pytest

from app.facts.text import is_printable


@pytest.mark.parametrize("text", ["Anne O'Neil", "ناز\u200cگل", "क्\u200dष", "👩\u200d🌾", "李雷"])
def test_names_as_people_spell_them(text: str) -> None:
    assert is_printable(text)


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\u202eb", "a\u200bb", "\ufeffa", "a\x7f"])
def test_what_hides_or_turns_is_refused(text: str) -> None:
    assert not is_printable(text)
