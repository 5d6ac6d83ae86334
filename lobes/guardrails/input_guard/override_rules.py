"""Rules for attacks in English that put other instructions in the place of ours.

A rule of full weight is an attack by itself. The lighter ones are words that honest shoppers use too; a few of them
close together are not honest any more.
"""

from seamless_retail.lobes.guardrails.input_guard.records import Rule

_DROP = (
    r"(?:ignor(?:e|es|ed|ing)|disregard(?:s|ed|ing)?|forget(?:s|ting)?|neglect|overrid(?:e|es|ing)|bypass(?:es|ing)?|"
    r"discard|overlook|abandon|break(?:s|ing)?|violat\w+|pay no attention to|stop following|do(?:es)? not follow|"
    r"don'?t (?:have to )?follow|not abide (?:by|to)|circumvent\w*|not bound by)"
)
_GAP = r"[^.?!\n]{0,40}?"
_OURS = (
    r"(?:all|any|every|previous|prior|preceding|earlier|above|your|these|those|openai'?s?|chatgpt'?s?|content|safety|"
    r"ethical|moral|system|initial|original|former|past|usual)"
)
_RULES = (
    r"(?:instructions?|directions?|directives?|guidelines?|rules?|polic(?:y|ies)|programming|prompts?|protocols?|"
    r"constraints?|restrictions?|training|commands?|safeguards?|guardrails?|filters?|conditioning|inputs?|"
    r"system messages?|ethics)"
)

OVERRIDE = (
    Rule(
        "drop-our-rules",
        "override",
        rf"(?<!not )(?<!n't )(?<!never )\b{_DROP}\b {_GAP}\b{_OURS}\b {_GAP}\b{_RULES}\b",
        (
            "ignor",
            "disregard",
            "forget",
            "neglect",
            "overrid",
            "bypass",
            "discard",
            "overlook",
            "abandon",
            "break",
            "violat",
            "attention",
            "follow",
            "abide",
            "circumvent",
            "bound",
        ),
    ),
    Rule(
        "drop-rules-above",
        "override",
        rf"(?<!not )(?<!n't )\b{_DROP}\b {_GAP}\b{_RULES}\b {_GAP}\b(?:above|before (?:this|now)|you (?:were|"
        rf"have been|had|"
        r"have|got|received)|given to you|that bind|so far)",
        ("ignor", "disregard", "forget", "overrid", "attention", "follow", "bypass", "discard"),
    ),
    Rule(
        "drop-what-you-were-told",
        "override",
        rf"\b{_DROP}\b {_GAP}\b(?:you (?:were|have been|'?ve been|had been) (?:told|taught|given|instructed|trained)|"
        r"(?:developers?|creators?|makers?|openai|company|they) (?:told|taught|gave|said to) you|"
        r"everything (?:you know|"
        r"from before|before (?:this|now)|above|prior)|(?:previous|prior|earlier) conversations?)",
        ("you were", "you have been", "ve been", "told you", "taught you", "gave you", "everything", "conversation"),
    ),
    Rule(
        "new-instructions",
        "override",
        r"\b(?:your new|new system|updated?|your only|your real|following new) (?:instructions?|rules|guidelines|"
        r"directives?|system (?:message|prompt)|core programming|prompt)\b *(?:is|are|:|follow|will|from|=)|"
        r"\bnew (?:system message|system prompt|instructions) *:",
        ("new ", "updated", "your only", "your real"),
    ),
    Rule(
        "rules-do-not-apply",
        "override",
        r"\b(?:rules|guidelines|instructions|polic(?:y|ies)|programming|restrictions)\b[^.?!\n]{0,50}\b(?:no longer|"
        r"do not|"
        r"don'?t|does not|doesn'?t|will not|won'?t|cannot) (?:apply|affect|bind|matter|exist|count|hold|limit|"
        r"restrict)",
        ("longer", "not ", "n't", "dont", "cannot"),
        0.6,
    ),
    Rule(
        "rules-you-were-given",
        "override",
        r"\b(?:rules|guidelines|instructions|policies|restrictions) (?:that )?you (?:were|have been|are) (?:given|"
        r"told|under|"
        r"following|bound)",
        ("you were", "you have been", "you are"),
        0.5,
    ),
    Rule(
        "obey-only-me",
        "override",
        r"\b(?:obey|listen to|serve|answer to|follow) (?:only )?(?:me|my (?:words|commands|orders|instructions))\b"
        r"(?: only| alone)?|only my words count|(?:never|not|n'?t|n.?t ever|no longer) (?:be able to )?(?:refuses?|"
        r"decline|"
        r"reject|deny) ?(?!to (?:ship|refund|accept))|\bunder my control|\bi direct you",
        (
            "obey",
            "listen to",
            "serve",
            "refus",
            "only my",
            "declin",
            "reject",
            "deny",
            "my control",
            "direct you",
            "answer to",
            "follow",
        ),
        0.7,
    ),
    Rule(
        "free-of-rules",
        "override",
        r"\b(?:free (?:of|from)|no|without|zero|any|devoid of|lacks?) (?:all |any |its |their |typical |"
        r"the )*(?:\w+ (?:and|or) )?"
        r"(?:rules|restrictions?|limit(?:s|ations?)?|filters?|filtering|guidelines|censorship|boundaries|ethic\w*|"
        r"moral\w*|"
        r"inhibitions?|content polic\w+|safeguards|disclaimers?|laws|checking)\b",
        ("free", "no ", "without", "zero", "any ", "devoid", "lack"),
        0.5,
    ),
    Rule(
        "you-have-no-rules",
        "override",
        r"\byou (?:now )?(?:have|are under|are bound by|follow|will have|know) no (?:\w+ )?(?:rules|restrictions|"
        r"limits|"
        r"limitations|filters|guidelines|boundaries|ethics|morals)|\byou(?:'re| are)? (?:now )?(?:completely |"
        r"totally )?"
        r"(?:unrestricted|unfiltered|uncensored|free (?:of|from) )",
        ("you ",),
        0.9,
    ),
    Rule(
        "whole-session-reset",
        "override",
        r"\b(?:reset|empty|emptied|clear|wipe|delete|remove)\w* (?:\w+ ){0,4}(?:system (?:message|prompt)|"
        r"memory of rules|"
        r"programming)|\b(?:system (?:message|prompt)|programming) (?:is |was )?(?:emptied|cleared|deleted|removed)",
        ("system", "programming", "rules"),
    ),
)
