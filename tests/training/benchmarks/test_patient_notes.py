"""The patient notes are well-formed and balanced."""

import re
from collections import Counter
from pathlib import Path

import pytest

from seamless_retail.training.benchmarks.patient_notes import Note, read_notes

ALLERGENS = frozenset(
    {
        "milk",
        "gluten",
        "peanuts",
        "nuts",
        "sesame-seeds",
        "soybeans",
        "eggs",
        "fish",
        "crustaceans",
        "molluscs",
        "celery",
        "mustard",
        "lupin",
        "sulphur-dioxide-and-sulphites",
    }
)
KEY = re.compile(r"(allergen|medicine|condition|diet):([a-z0-9]+(?:[-_ ][a-z0-9]+)*)")


@pytest.fixture(scope="module")
def notes() -> tuple[Note, ...]:
    """All notes of the packaged file."""
    return read_notes()


def test_there_are_300_different_notes(notes: tuple[Note, ...]) -> None:
    """No id and no text occurs twice."""
    assert len(notes) == len({note.id for note in notes}) == len({note.text for note in notes}) == 300


def test_languages_styles_and_halves_are_balanced(notes: tuple[Note, ...]) -> None:
    """Eight languages of 37 or 38 notes, and both styles and halves equally often."""
    languages = Counter(note.lang for note in notes)
    assert set(languages) == {"en", "fr", "de", "es", "it", "nl", "pt", "pl"}
    assert set(languages.values()) == {37, 38}
    assert Counter(note.style for note in notes) == {"customer": 150, "clinical": 150}
    assert Counter(note.half for note in notes) == {"a": 150, "b": 150}
    groups = Counter((note.lang, note.style, note.half) for note in notes)
    assert set(groups.values()) == {9, 10}


def test_every_key_is_well_formed(notes: tuple[Note, ...]) -> None:
    """Kinds are known, allergens are of the fourteen, and nothing is both expected and optional."""
    for note in notes:
        for key in note.expected | note.optional:
            match = KEY.fullmatch(key)
            assert match, (note.id, key)
            assert match[1] != "allergen" or match[2] in ALLERGENS, (note.id, key)
        assert not note.expected & note.optional, note.id


def test_about_a_tenth_has_nothing_to_find(notes: tuple[Note, ...]) -> None:
    """The tag ``empty`` marks exactly the notes without an expected key."""
    empty = [note for note in notes if not note.expected]
    assert all(("empty" in note.tags) == (not note.expected) for note in notes)
    assert 0.08 <= len(empty) / len(notes) <= 0.12


def test_a_half_can_be_read_alone_and_from_any_file(notes: tuple[Note, ...], tmp_path: Path) -> None:
    """Both halves together are all notes; a file of one's own may leave ``optional`` out."""
    assert sorted(read_notes(half="a") + read_notes(half="b"), key=lambda note: note.id) == sorted(
        notes, key=lambda note: note.id
    )
    path = tmp_path / "notes.jsonl"
    path.write_text(
        '{"id":"x","lang":"en","style":"customer","text":"no nuts","expected":["allergen:nuts"],"tags":["preference"],'
        '"half":"a"}\n\n',
        encoding="utf-8",
    )
    assert [note.expected for note in read_notes(path)] == [{"allergen:nuts"}]
