"""Letters that look like those of another script, resolved word by word (after Unicode UTS #39)."""

_LATIN_OF = dict(
    zip(
        "авсԁеғһніјкӏмпорԛгѕтцуѵԝхαβϲεηικνορτυχωζμλσօսոհցզաքƅɓɛɔⅿӧәɯʋʂɭɱŋ",
        "abcdefhhijklmnopqrstuyvwxabcenikvoptuxwzmloounhgqwpbbeomoewvslmn",
        strict=True,
    )
)
_CYRILLIC_OF = dict(
    zip(
        "abcehikmoptxyοαερnr3",
        "авсенікмортхуоаерпгз",
        strict=True,
    )
)
_GREEK_OF = dict(
    zip(
        "abeikmnoptuvxyаоерктухѕ",
        "αβεικμνορτυνχγαοερκτυχσ",
        strict=True,
    )
)


def spellings(word: str) -> list[str]:
    """What a word with letters of several scripts, or only of look-alikes, may be meant to say; same length."""
    found = []
    for table, of_script in ((_LATIN_OF, _is_latin), (_CYRILLIC_OF, _is_cyrillic), (_GREEK_OF, _is_greek)):
        letters = [letter if of_script(letter) else table.get(letter, letter) for letter in word]
        spelling = "".join(letters)
        if spelling != word and all(of_script(letter) for letter in letters):
            found.append(spelling)
    return found


def _is_latin(letter: str) -> bool:
    return "a" <= letter <= "z"


def _is_cyrillic(letter: str) -> bool:
    return "\u0400" <= letter <= "\u04ff"


def _is_greek(letter: str) -> bool:
    return "\u0370" <= letter <= "\u03ff"
