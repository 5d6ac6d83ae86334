"""Product attributes in words: ``age range: little kid`` for ``age_range: { value:"little kid" }``.

Catalogues and marketplaces hand attributes on as records, and BM25 takes ``age_range`` for one word. MiniLM's embedding
of the record as it is does as well as that of the words, so vectors are made of the text itself.
"""

import re

_RECORD = re.compile(r"^\s*[\w.-]+\s*[:=]\s*[{\[]")
_NAME_OF_VALUE = re.compile(r"\bvalue\s*:")
_SIGNS = re.compile(r"[{}\[\]\"_]")


def plain_words(text: str) -> str:
    """A text as BM25 and compressors read it: attribute records in words, everything else as it is."""
    if not _RECORD.match(text):
        return text
    return " ".join(_SIGNS.sub(" ", _NAME_OF_VALUE.sub(" ", text)).split())
