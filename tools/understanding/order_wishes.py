"""Reads what a customer wants done: which operation, to what, and into what; deterministic, without a model.

Only what is asked for outright is a wish ("cancel my last order", "could you return the shirt"). A question about what
is possible ("can I return shoes?", "how do I cancel?") is none: it is answered, and nothing is done.
"""

import re

from seamless_retail.core.wishes import Operation, Wish
from seamless_retail.tools.understanding.consent import read_consent

LONGEST_REPLY = 16
"""Words of an answer to what was asked back."""

_LEAD = re.compile(
    r"(?:(?:hi|hello|hey|please|pls|kindly|ok|okay|and|then|now|actually|so|well|yes|no|sorry|oops|just|also|"
    r"go ahead and|(?:can|could|would|will) you|i(?:'d| would) (?:like|love)(?: you)? to|"
    r"i (?:want|need|wish)(?: you)? to|i(?:'m| am) (?:going|trying) to|let(?:'s| us| me)|help me(?: to)?)"
    r"(?:\b|(?=,))[\s,!.:]*)*"
)
_END = re.compile(r"(?:[\s,]*(?:please|pls|thanks|thank you|now|then|instead|for me))*[\s.!?]*$", re.IGNORECASE)
_CART = r"(?:my |the )?(?:shopping )?(?:cart|basket|bag|trolley)"
_ORDER = r"(?:(?:my|the|this|that) (?:\w+ )?(?:order|purchase|package|parcel)\b[^,]*?|it|that|this|order \S+|ord-\d+)"

_RULES: tuple[tuple[Operation, bool, str], ...] = (
    ("undo_order_change", True, r"(?:undo|revert|reverse)(?P<what>(?: .*)?)"),
    ("undo_order_change", True, r"take back (?P<what>(?:that|the|my|this)(?: last)? change)"),
    ("undo_order_change", True, r"change (?P<what>it|that) back"),
    ("cancel_order", True, r"(?:cancel|call off)\b(?P<what>(?: .*)?)"),
    ("cancel_order", True, rf"stop (?P<what>{_ORDER})"),
    (
        "change_order_address",
        True,
        r"(?:change|update|correct|set|modify|edit) (?:the |my )?(?:delivery |shipping |ship-to )?address"
        r"(?: (?:of|on|for) (?P<what>.+?))?(?: (?:to|into)[ :]+(?P<target>.+)|: *(?P<target2>.+))?",
    ),
    (
        "change_order_address",
        True,
        rf"(?:send|ship|deliver|redirect|forward) (?P<what>{_ORDER}) to (?P<target>(?!me\b).*\d.*)",
    ),
    (
        "change_order_payment",
        True,
        rf"(?:pay|charge)(?: for)? (?P<what>{_ORDER}) (?:with|by|using|to|from) (?P<target>.+)",
    ),
    (
        "change_order_payment",
        True,
        r"(?:change|update|switch) (?:the |my )?(?:payment(?: method)?)(?: (?:of|on|for) (?P<what>.+?))?"
        r"(?: (?:to|into) (?P<target>.+))?",
    ),
    ("add_to_cart", True, rf"(?:add|put) (?P<what>.+?) (?:to|in|into) {_CART}"),
    ("remove_from_cart", True, rf"(?:remove|take|delete) (?P<what>.+?) (?:from|out of) {_CART}"),
    ("remove_from_cart", True, rf"(?:empty|clear) (?P<what>){_CART}"),
    (
        "use_points",
        True,
        r"(?:use|spend|redeem|apply|pay with) (?:(?P<target>[\d,.]+|all)(?: of)? )?(?:of )?(?:my |the )?"
        r"(?:loyalty |reward )?points\b(?P<what>.*)",
    ),
    (
        "use_vouchers",
        True,
        r"(?:use|apply|redeem|add|enter) (?:my |the |a )?(?P<what>best )?(?:discount |promo )?"
        r"(?:vouchers?|coupons?|codes?)(?: code)?(?: (?P<target>[a-z0-9-]{3,40}))?(?: (?:to|on|for) .*)?",
    ),
    (
        "place_order",
        True,
        rf"(?:check ?out|place (?:my|the|an|this) order|buy {_CART}|order {_CART})\b"
        r"(?P<what>)(?:.*? (?:with|using|by) (?P<target>.+)| .*)?",
    ),
    ("exchange_items", True, r"(?:exchange|swap|trade) (?P<what>.+?) (?:for|to|into|with|in|against) (?P<target>.+)"),
    ("exchange_items", True, r"(?:exchange|swap)\b(?P<what>(?: .*)?)"),
    ("exchange_items", False, r"(?:change|switch|replace) (?P<what>.+?) (?:for|to|into|with) (?P<target>.+)"),
    ("return_items", True, r"(?:return|send back|bring back|give back)(?! polic| label| address)(?P<what> .+)"),
    ("return_items", True, r"(?:send|bring|give) (?P<what>.+?) back"),
    (
        "request_refund",
        True,
        r"(?:refund|(?:ask for|request|get|i (?:want|need)|i'd like) (?:a |my )?refund)"
        r"(?: (?:for|of|on))?(?P<what>(?: .*)?)",
    ),
    ("request_refund", True, r"(?:get |have |i want )?my money back(?: (?:for|on))?(?P<what>(?: .*)?)"),
)
_COMPILED = tuple((operation, certain, re.compile(pattern)) for operation, certain, pattern in _RULES)
_NOT_OURS = re.compile(r"\b(?:subscription|appointment|account|membership|newsletter|search|filter|reservation)\b")
_ADVICE = re.compile(r"\b(?:polic\w+|how (?:do|can|to)|allowed|possible|what if)\b")


def read_wish(text: str) -> Wish | None:
    """The wish of a message, or ``None``.

    Args:
        text: The message as the customer wrote it.
    """
    plain = _END.sub("", " ".join(text.replace("’", "'").split()))
    lower = plain.lower()
    if len(lower) != len(plain) or _ADVICE.search(lower):
        return None
    lead = _LEAD.match(lower)
    start = lead.end() if lead else 0
    for operation, certain, pattern in _COMPILED:
        found = pattern.fullmatch(lower, start)
        if found is not None and not _NOT_OURS.search(lower):
            return Wish(
                operation=operation,
                what=_said(found, plain, "what"),
                target=_said(found, plain, "target"),
                certain=certain,
            )
    return None


def complete(asked: Wish | None, text: str) -> Wish | None:
    """The wish that was asked back about, with the customer's answer put in; ``None`` if the text answers nothing."""
    if asked is None or "?" in text or len(text.split()) > LONGEST_REPLY or read_consent(text) in ("no", "unclear"):
        return None
    reply = _END.sub("", " ".join(text.split()))
    if asked.missing == "target":
        return asked.model_copy(update={"target": reply, "missing": ""})
    what = reply if asked.missing == "item" else f"{asked.what} {reply}"
    return asked.model_copy(update={"what": what.strip(), "missing": ""})


def _said(found: re.Match[str], text: str, name: str) -> str:
    """A group in the customer's own letters."""
    for group in (name, f"{name}2"):
        if group in found.re.groupindex and found[group] is not None:
            start, end = found.span(group)
            return text[start:end].strip(" ,.:")
    return ""
