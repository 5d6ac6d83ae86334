"""Reads the answer to "Shall I do this?": a clear yes, a clear no, neither, or something else altogether."""

import re
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


def read_consent(text: str) -> Consent:
    """How a text answers a yes-or-no question.

    Only a text that says yes and nothing else is a yes: "yes, but to my other card" asks for something else. A no may
    have a few words of refusal beside it.
    """
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
