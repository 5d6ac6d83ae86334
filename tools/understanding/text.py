"""Make a customer's message safe to read: valid Unicode, composed, without invisible characters."""

import unicodedata

from seamless_retail.core.errors import InvalidQueryError

MAX_CHARACTERS = 4000
_FOLDED = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
    0x2026: "...",
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
_WHITESPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"


def normalise(text: str | bytes, max_characters: int = MAX_CHARACTERS) -> str:
    """Return the message in NFC on one line, without control, zero-width and bidirectional characters.

    Typographic quotes, dashes and full-width characters become their ASCII forms. Normalising twice changes nothing.

    Raises:
        InvalidQueryError: The message is empty, longer than ``max_characters``, or not valid text.
    """
    if isinstance(text, bytes):
        text = _decoded(text)
    _check_length(text, max_characters)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _not_valid(f"an unpaired surrogate at character {error.start}") from None
    visible = "".join(c for c in text if c in _WHITESPACE or unicodedata.category(c) not in ("Cc", "Cf"))
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible).translate(_FOLDED))
    line = " ".join(composed.split())
    if not line:
        raise InvalidQueryError(
            "The message is empty.", "Write what you are looking for, such as 'blue summer dresses'."
        )
    _check_length(line, max_characters)
    return line


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _not_valid(f"byte {error.start} cannot be decoded") from None


def _not_valid(detail: str) -> InvalidQueryError:
    return InvalidQueryError(f"The message is not valid UTF-8 text: {detail}.", "Send the message encoded as UTF-8.")


def _check_length(text: str, max_characters: int) -> None:
    if len(text) > max_characters:
        raise InvalidQueryError(
            f"The message has {len(text):,} characters; the limit is {max_characters:,}.",
            "Shorten it to the question itself.",
        )
