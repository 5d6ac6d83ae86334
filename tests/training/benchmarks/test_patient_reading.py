"""The benchmark of patient notes compares like with like and keeps the held-out half closed."""

from seamless_retail.training.benchmarks.patient_notes import Note, read_notes
from seamless_retail.training.benchmarks.patient_reading import canonical, measure, render, score_note


def test_one_spelling_for_each_thing() -> None:
    """Aliases of the facts and spellings of an INN become one key."""
    assert canonical("condition:celiac") == canonical("condition:coeliac")
    assert canonical("medicine:cyclosporine") == canonical("medicine:ciclosporin")
    assert canonical("medicine:ferrous sulfate") == canonical("medicine:iron")
    assert canonical("medicine:warfarin") != canonical("medicine:apixaban")


def test_optional_keys_count_neither_way() -> None:
    """A missed key is missed, one too many is added, an optional one is neither."""
    text = "I take warfarin and I'm pregnant."
    keys = frozenset({"condition:gout"}), frozenset({"condition:pregnancy"})
    score = score_note(Note("x", "en", "customer", text, *keys, (), "a"))
    assert (score.found, score.missed, score.added) == (0, ("condition:gout",), ("medicine:warfarin",))


def test_no_failure_of_the_held_out_half_is_shown() -> None:
    """Only totals of half b are written."""
    figures = measure()
    held_out = {note.id for note in read_notes(half="b")}
    assert not held_out & {failed["id"] for failed in figures["failing_of_half_a"]}
    assert not any(id in render(figures) for id in held_out)
    assert [row["notes"] for row in figures["rows"] if row["language"] == "all"] == [150, 150]
