"""Which letters a text is written in."""

_LAST_LATIN = "\u024f"


def is_other_script(text: str) -> bool:
    """Whether a third of the letters of a text, or more, belong to no Latin alphabet."""
    if text.isascii():
        return False
    letters = [character for character in text if character.isalpha()]
    return bool(letters) and 3 * sum(character > _LAST_LATIN for character in letters) >= len(letters)
