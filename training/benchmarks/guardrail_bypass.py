"""How far the label engine's recall falls when every word of a label is disguised; seeded, to be repeated."""

import random
import re
from collections.abc import Callable, Sequence

from rich.progress import track

from seamless_retail.lobes.guardrails.labels.reading import LabelReader
from seamless_retail.training.benchmarks.guardrail_figures import Aim, Figure, drop
from seamless_retail.training.benchmarks.guardrail_labels import Case, answer, gold, tier

FALL = Aim(0.03, is_least=False)
SEED = 7
Change = Callable[[str, random.Random], str]


def measure_bypass(reader: LabelReader, cases: Sequence[Case]) -> list[Figure]:
    """How much less of T5 and T6 is found for each disguise, in the labels that it changes."""
    chosen = [(case, len(answer(reader, case["text"]).contains & gold(case))) for case in tier(cases, "T5", "T6")]
    figures = []
    for name, change in track(list(DISGUISES.items()), "disguises"):
        dice, pairs = random.Random(SEED), []
        for case, clean in chosen:
            text = change(case["text"], dice)
            if text != case["text"]:
                pairs.append((len(gold(case)), clean, len(answer(reader, text).contains & gold(case))))
        figures.append(drop(f"bypass, {name}: recall lost", pairs, FALL))
    return figures


def _typo(word: str, dice: random.Random) -> str:
    """One letter left out, swapped with the next, replaced or put in; never the first or the last."""
    place = dice.randrange(1, len(word) - 1)
    kind = dice.choice("dsrt")
    if kind == "d":
        return word[:place] + word[place + 1 :]
    if kind == "t":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    letter = dice.choice("aeionrst")
    return word[:place] + letter + word[place + (kind == "r") :]


def _two_typos(word: str, dice: random.Random) -> str:
    return _typo(_typo(word, dice), dice)


def _on_words(change: Change, shortest: int) -> Change:
    def changed(text: str, dice: random.Random) -> str:
        return re.sub(rf"[^\W\d_]{{{shortest},}}", lambda match: change(match[0], dice), text)

    return changed


def _swapped(table: dict[str, str]) -> Change:
    def swap(word: str, dice: random.Random) -> str:
        places = [place for place, letter in enumerate(word) if letter in table]
        for place in dice.sample(places, min(2, len(places))):
            word = word[:place] + table[word[place]] + word[place + 1 :]
        return word

    return swap


def _spelt_out(text: str, dice: random.Random) -> str:
    return text.translate(_SPELT_OUT)


def _in_cyrillic(text: str, dice: random.Random) -> str:
    """A Serbian label in the other of its two alphabets; one in another language stays as it is."""
    if re.search("[wyqx]", text.lower()) or not re.search("šećer|brašno|mleko|voće|ulje", text.lower()):
        return text
    for pair, letter in (("lj", "љ"), ("nj", "њ"), ("dž", "џ")):
        text = re.sub(pair, letter, text, flags=re.IGNORECASE)
    return text.lower().translate(_SERBIAN)


_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe", "Ä": "Ae", "Ö": "Oe"}
    | {"Ü": "Ue", "Å": "Aa", "Ø": "Oe", "Æ": "Ae", "Œ": "Oe"}
)
_SERBIAN = str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш")

DISGUISES: dict[str, Change] = {
    "one typo in each word of 8 letters or more": _on_words(_typo, 8),
    "two typos in each word of 12 letters or more": _on_words(_two_typos, 12),
    "homoglyphs": _on_words(_swapped(dict(zip("aceopxiy", "асеорхіу", strict=True))), 3),
    "zero-width characters": _on_words(lambda word, dice: word[:2] + "\u200b" + word[2:], 3),
    "leetspeak": _on_words(_swapped({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"}), 4),
    "soft hyphens and case": _on_words(lambda word, dice: word[:3].upper() + "\u00ad" + word[3:], 4),
    "full-width letters": lambda text, dice: "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in text),
    "transliteration, ä as ae, å as aa": _spelt_out,
    "transliteration, Serbian in Cyrillic": _in_cyrillic,
    "E-number forms": lambda text, dice: re.sub(
        r"\bE\s?-?(\d{3})", lambda m: dice.choice(["E-", "e ", "INS ", "E", "ins no. "]) + m[1], text
    ),
}
