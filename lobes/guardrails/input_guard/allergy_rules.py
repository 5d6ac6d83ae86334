"""Rules for attacks in English on the allergy guard: switch it off, declare a product safe, deny the profile."""

from seamless_retail.lobes.guardrails.input_guard.records import Rule

_OFF = (
    r"(?:turn(?:ed|ing)? off|switch(?:ed|ing)? off|disabl\w+|deactivat\w+|skip\w*|bypass\w*|remov\w+|ignor\w+|"
    r"suppress\w*|"
    r"stop|drop|overrid\w+|disregard\w*|forget|hide|shut off|suspend\w*|mute|get rid of|circumvent\w*|(?:no|"
    r"without)(?= \w+ check))"
)
_FOODS = (
    r"(?:allerg\w*|nutrition\w*|dietary|diet|intoleran\w+|ingredient|food(?: safety)?|health|coeliac|celiac|peanut|"
    r"nut|nuts|"
    r"gluten|milk|dairy|lactose|sesame|soy|egg|fish|shellfish|safety|medic\w+)"
)
_CHECKS = (
    r"(?:check\w*|guard\w*|filter\w*|warning\w*|alert\w*|rules?|restrictions?|profiles?|screening|protection|"
    r"safeguards?|"
    r"controls?|verification)"
)

GUARD_OFF = (
    Rule(
        "check-off",
        "guard_off",
        rf"(?<!not )(?<!n't )(?<!never )\b{_OFF}\b[^.?!\n]{{0,25}}\b{_FOODS}\b[^.?!\n]{{0,15}}\b{_CHECKS}",
        (
            "off",
            "disabl",
            "deactiv",
            "skip",
            "bypass",
            "remov",
            "ignor",
            "suppress",
            "stop",
            "drop",
            "overrid",
            "disregard",
            "forget",
            "hide",
            "suspend",
            "mute",
            "get rid",
            "circumvent",
            "no ",
            "without",
        ),
    ),
    Rule(
        "check-is-off",
        "guard_off",
        rf"\b{_FOODS}\b ?{_CHECKS}\b[^.?!\n]{{0,12}}\b(?:disabled|switched off|turned off|deactivated|suspended|"
        rf"not needed|waived)\b",
        ("disabled", "off", "deactivated", "suspended", "not needed", "waived"),
    ),
    Rule(
        "skip-the-check",
        "guard_off",
        r"\ballerg\w*\b[^.?!\n]{0,60}\b(?:skip|bypass|omit|drop) (?:the |this )?(?:check|warning|guard|filter)",
        ("allerg",),
    ),
    Rule(
        "ignore-my-allergy",
        "guard_off",
        r"(?<!not )(?<!n't )\b(?:ignore|disregard|forget about|overlook|override|skip) (?:my|the|his|her|our|all|"
        r"any) (?:\w+ )?(?:allerg\w+|"
        r"intoleranc\w+|dietary (?:profile|needs|restrictions?)|health profile|medical \w+)",
        ("allerg", "intoleran", "dietary", "health", "medical"),
    ),
    Rule(
        "pretend-no-allergy",
        "guard_off",
        r"\b(?:pretend|assume|act as if|imagine|suppose|treat|consider|say)\b[^.?!\n]{0,40}\b(?:no|not|n'?t|without|"
        r"isn'?t|never)\b"
        r"[^.?!\n]{0,25}\ballerg\w+",
        ("allerg",),
    ),
    Rule(
        "declare-safe",
        "guard_off",
        r"\b(?:mark|label|declare|list|treat|count|report)\b (?:\w+ ){0,3}(?:products?|items?|foods?|everything|it|"
        r"this|that)\b"
        r"[^.?!\n]{0,20}\bas (?:safe|vegan|\w+[ -]free|allergen)|\bjust (?:tell me|say|confirm)(?! (?:if|"
        r"whether))[^.?!\n]{0,40}\b"
        r"(?:is|are) safe\b|\btell (?:me|them|everyone) (?:the|that|it)[^.?!\n]{0,40}\b(?:is|are) safe\b",
        ("safe", "vegan", "free", "allergen"),
    ),
    Rule(
        "whatever-the-label-says",
        "guard_off",
        r"\b(?:say|claim|confirm|answer|state|tell|pretend)\b[^.?!\n]{0,60}\b(?:safe|free (?:of|from)|\w+-free|"
        r"vegan|no \w+)\b"
        r"[^.?!\n]{0,20}\b(?:even (?:if|though)|regardless|no matter|whatever)",
        ("even", "regardless", "no matter", "whatever"),
    ),
    Rule(
        "do-not-check",
        "guard_off",
        r"\b(?:don'?t|do not|stop|never|quit)\b (?:check|checking|use|using|apply|applying|consult|look at|"
        r"consider)\b (?:\w+ ){0,2}"
        r"(?:profile|allerg\w+|dietary|diet|health|medicines?)\b",
        ("profile", "allerg", "diet", "health", "medicine"),
    ),
)
