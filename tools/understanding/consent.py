"""Reads the answer to "Shall I do this?": a clear yes, a clear no, neither, or something else altogether."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Consent = Literal["yes", "no", "unclear", "other"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_YES = _set("""
yes y yeah yep yup sure ok okay agreed approve approved confirm confirmed correct right absolutely definitely
ja jawohl gerne genau oui si sí sì claro certo sim tak da ano áno igen evet kyllä
joo jo はい 是 是的 好 好的 네 예 نعم да так ναι כן हाँ
""")
_NO = _set("""
no n nope nah never decline declined cancel stop reject rejected nein non não nao nie ne nej nei nem hayır hayir
ei いいえ 不 不是 否 아니요 لا нет ні όχι לא नहीं
""")
_POLITE = _set("""
please thanks thank you very much do it that go ahead i am is the all good fine with sounds great perfect bitte danke
merci gracias per favore grazie por favor mach das vas y hazlo lo s'il vous plaît plait bien
""")
_NEGATIVE = _set("not don't dont do leave keep it as is want to thanks thank you please wait that this alone i")
_UNSURE = _set("""
maybe perhaps hm hmm hmmm um uh unsure dunno wait moment not sure i don't dont know let me think possibly probably
eventually vielleicht peut-être quizás forse what huh why
""")
_WORD = re.compile(r"[^\s,.!?;:]+")
_PAUSE = re.compile(r"[\s,.!?;:。、！？،؛؟।॥'\"“”]+")
_ROLES = ("yes", "no", "polite")


def read_consent(text: str, language: str = "") -> Consent:
    """How a text answers a yes-or-no question.

    Only a text that says yes and nothing else is a yes: "yes, but to my other card" asks for something else. A no may
    have a few words of refusal beside it.

    Args:
        text: The answer.
        language: ISO 639-1 code of the conversation. In another language than English, a yes is one in its words or in
            English ones, as ``data/consent.toml`` lists them, and nothing else.
    """
    if (iso := language.partition("-")[0]) in _phrases() and iso != "en":
        return _read_in(text, iso)
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    if not words:
        return "unclear"
    said = set(words)
    if said & _YES and not said - _YES - _POLITE:
        return "yes"
    if words in (["go", "ahead"], ["do", "it"], ["please", "do"], ["do", "it", "please"], ["go", "for", "it"]):
        return "yes"
    if said & _NO and not said - _NO - _NEGATIVE:
        return "no"
    if words[0] in ("don't", "dont") and not said - _NEGATIVE:
        return "no"
    return "unclear" if not said - _UNSURE - _YES - _NO else "other"


def _read_in(text: str, iso: str) -> Consent:
    """The answer as phrases of one language and of English; what is neither is something else."""
    rest = " ".join(_PAUSE.sub(" ", text.lower().replace("’", "'")).split())
    if not rest:
        return "unclear"
    said: set[str] = set()
    unknown: list[str] = []
    while rest:
        phrase, role = next((known for known in _phrases()[iso] if _begins(rest, known[0], iso)), ("", ""))
        if not phrase:
            phrase = rest.split(" ", 1)[0]
            unknown.append(phrase)
        said.add(role)
        rest = rest[len(phrase) :].lstrip()
    if unknown:
        brief = "?" not in text and (
            len(text.split()) <= 2 if " " in text or iso not in ("zh", "ja") else len(text) < 7
        )
        return "unclear" if brief or not set(unknown) - _UNSURE else "other"
    meant = said & {"yes", "no"}
    return "unclear" if len(meant) != 1 else "yes" if "yes" in meant else "no"


def _begins(text: str, phrase: str, iso: str) -> bool:
    """Whether a text begins with the whole phrase; Chinese and Japanese set no spaces."""
    return text.startswith(phrase) and (iso in ("zh", "ja") or text[len(phrase) : len(phrase) + 1] in ("", " "))


@cache
def _phrases() -> dict[str, tuple[tuple[str, str], ...]]:
    """Phrase and role by language, English among each, the longest first."""
    table = tomllib.loads((files(__package__) / "data" / "consent.toml").read_text(encoding="utf-8"))
    known = {iso: _listed(roles, table["en"]) for iso, roles in table.items()}
    return {iso: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for iso, pairs in known.items()}


def _listed(*tables: dict[str, str]) -> list[tuple[str, str]]:
    pairs = [(phrase, role) for table in tables for role in _ROLES for phrase in table[role].split(",")]
    return [(" ".join(_PAUSE.sub(" ", phrase.lower()).split()), role) for phrase, role in pairs]
