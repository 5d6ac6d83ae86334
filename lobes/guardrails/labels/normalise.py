"""Folding a label to plain lower-case letters, with the way back to the text as it was given.

Folding is NFKC per character cluster, lower case, no diacritics on Latin, Greek and Cyrillic letters, no Arabic vowel
marks, no invisible characters, one form for letters that are written in several (ß, œ, ي, ё). Look-alike letters of
another script are resolved later, word by word, because only the word shows which script is meant.
"""

import re
import unicodedata
from dataclasses import dataclass

_ONE_FORM = {"ß": "ss", "ẞ": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ـ": ""} | dict(
    zip(
        "øłđðıŀħςёأإآٱىةؤئکی’‘ʼ`´′‐‑‒–—−\xa0ɑɡɩᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ×�",
        "olddilhσеاااايهويكي''''''------ agiabcdeghijklmnoprstuvwyzx?",
        strict=True,
    )
)
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed\ufe00-\ufe0f\u20d0-\u20f0]")
_CLUSTER = re.compile(
    "[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|.[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u093c\u09bc]*", re.DOTALL
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CLUSTERED = re.compile("[\u1100-\u11ff\u0300-\u036f\u3099\u309a\uff9e\uff9f\u093c\u09bc]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; ``starts`` and ``ends`` give the place of each of its characters in the text as given."""

    text: str
    starts: tuple[int, ...] | None = None
    """None when every character kept its place."""
    ends: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the text as given of a non-empty span of the folded text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


class _Folds(dict[str, str]):
    def __missing__(self, cluster: str) -> str:
        self[cluster] = folded = _fold_cluster(cluster)
        return folded


def _fold_cluster(cluster: str) -> str:
    if cluster in _ONE_FORM:
        return _ONE_FORM[cluster]
    text = unicodedata.normalize("NFKC", cluster).lower()
    parts = []
    for character in text:
        plain = character
        if not "\u0900" <= character <= "\u0dff" and not "\u3040" <= character <= "\u30ff" and character < "\uac00":
            plain = _MARKS.sub("", unicodedata.normalize("NFD", character))
        parts.append("".join(_ONE_FORM.get(part, part) for part in plain))
    return "".join(
        part for part in "".join(parts) if unicodedata.category(part) not in ("Cf", "Cc") or part in "\n\t\r"
    )


_FOLDS = _Folds()


def fold(text: str) -> Folded:
    """Fold a text."""
    if text.isascii() and (text.isprintable() or not _CONTROL.search(text)):
        return Folded(text.lower())
    clusters = _CLUSTER.findall(text) if _CLUSTERED.search(text) else list(text)
    parts = [_FOLDS[cluster] for cluster in clusters]
    folded = "".join(parts)
    if len(parts) == len(text) == len(folded) and "" not in parts:
        return Folded(folded)
    starts, ends, place = [], [], 0
    for cluster, part in zip(clusters, parts, strict=True):
        starts += [place] * len(part)
        place += len(cluster)
        ends += [place] * len(part)
    return Folded(folded, tuple(starts), tuple(ends))


def fold_term(term: str) -> str:
    """A term of the lexicon, folded."""
    return fold(term).text
