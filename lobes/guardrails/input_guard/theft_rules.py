"""Rules for attacks in English that want something out: our prompt, other people's data, secrets of the system."""

from seamless_retail.lobes.guardrails.input_guard.records import Rule

_SHOW = (
    r"(?:show|print|reveal|repeat|output|display|tell|give|share|write|what(?:'s| is| are| was| were)|translate|"
    r"summari[sz]e|"
    r"quote|copy|expose|leak|list|paste|recite|dump|echo|disclose|read|provide|complete)"
)
_PEOPLE = r"(?:customers?|users?|clients?|shoppers?|accounts?|members?|people)"
_PRIVATE = (
    r"(?:e-?mails?|address(?:es)?|data|orders?|purchases?|phones?|phone numbers?|cards?|credit cards?|passwords?|"
    r"allerg\w+|"
    r"profiles?|details|histor(?:y|ies)|names?|info\w*|conversations?|accounts?)"
)

PROMPT_LEAK = (
    Rule(
        "system-prompt",
        "prompt_leak",
        r"\bsystem[ -]prompts?\b|\b(?:initial|hidden|secret|internal|developer) (?:prompt|"
        r"instructions)\b",
        ("prompt", "instructions"),
    ),
    Rule(
        "show-system-message",
        "prompt_leak",
        rf"\b{_SHOW}\b[^.?!\n]{{0,40}}\b(?:system|initial|hidden|secret|first|developer) (?:message|text|"
        rf"config\w*)\b",
        ("message", "text", "config"),
    ),
    Rule(
        "repeat-above",
        "prompt_leak",
        rf"\b{_SHOW}\b (?:\w+ ){{0,3}}(?:everything|all|text|words?|sentences?|messages?|lines?|content|anything)"
        r"[^.?!\n]{0,25}\b(?:above|before this|prior to this|preceding)",
        ("above", "before this", "prior", "preceding"),
    ),
    Rule(
        "show-your-instructions",
        "prompt_leak",
        rf"\b{_SHOW}\b[^.?!\n]{{0,30}}\b(?:your|you'?ve)\b (?:\w+ ){{0,3}}(?:instructions|prompt|configuration|"
        rf"directives|"
        r"programming|guidelines|source code)\b(?! (?:for|on|about|regarding|to) )",
        ("instructions", "prompt", "configuration", "directives", "programming", "guidelines", "source code"),
    ),
    Rule(
        "what-you-were-told",
        "prompt_leak",
        r"\bwhat (?:were|have|are|did)\b[^.?!\n]{0,20}\byou\b[^.?!\n]{0,10}\b(?:told|instructed|programmed|"
        r"been given)\b|"
        r"\b(?:instructions|rules|text|guidelines|prompt|message)\b (?:that )?(?:you were given|(?:your|"
        r"the) (?:developers?|creators?|"
        r"makers?|programmers?) (?:gave|told|wrote|set))|\bmy instructions (?:say|are|state|tell)|"
        r"\b(?:text|rules|configuration) that defines? how you\b",
        (
            "you ",
            "my instructions",
            "your developers",
            "the developers",
            "creators",
            "makers",
            "programmers",
            "defines how",
        ),
        1.0,
        "query",
    ),
    Rule(
        "word-for-word",
        "prompt_leak",
        r"\b(?:instructions?|rules|prompt|guidelines|configuration|message)\b[^.?!\n]{0,40}\b(?:verbatim|"
        r"word for word)|"
        r"\b(?:verbatim|word for word)\b[^.?!\n]{0,40}\b(?:instructions?|rules|prompt|guidelines|configuration)\b",
        ("verbatim", "word for word"),
    ),
)

EXFILTRATION = (
    Rule(
        "other-people",
        "exfiltration",
        rf"\b(?:other|all|every|another|last|previous|different|someone else'?s?|any)\b (?:of )?(?:the |your |"
        rf"our )?(?:other )?"
        rf"{_PEOPLE}(?:'s?|s')?\b[^.?!\n]{{0,40}}\b{_PRIVATE}\b|\b{_PRIVATE}\b (?:of|from|for|belonging to|did|"
        rf"used by) (?:the |"
        rf"all |any )*(?:other|all|every|another|last|previous) (?:of )?(?:the |your )*{_PEOPLE}\b|"
        rf"\bwhat {_PRIVATE}\b[^.?!\n]{{0,20}}\b(?:did|does|do) (?:the )?(?:last|other|previous|next) {_PEOPLE}",
        ("customer", "user", "client", "shopper", "account", "member", "people"),
        1.0,
        "query",
    ),
    Rule(
        "secrets",
        "exfiltration",
        r"\bapi[ _-]?keys?\b|\baccess tokens?\b|\bsecret keys?\b|\benvironment variables?\b|\benv vars?\b|"
        r"/etc/(?:passwd|shadow)|"
        r"\bdatabase (?:password|dump|schema|credentials)|\bconnection strings?\b|\badmin\w* (?:password|"
        r"credential)s?\b",
        ("key", "token", "env", "/etc/", "database", "connection", "admin"),
    ),
    Rule(
        "send-away",
        "exfiltration",
        r"\b(?:send|forward|post|upload|e-?mail|transmit|exfiltrate|leak|submit|"
        r"share)\b[^.?!\n]{0,60}\b(?:conversation|chat|"
        r"histor\w+|data|orders?|customers?|profile|users?'?s?|details|messages|card|address|prompt)\b[^?!\n]{0,60}"
        r"(?:https?://|\bwww\.|\bto [\w.+-]+@[\w-]+)",
        ("http", "www", "@"),
        1.0,
    ),
    Rule(
        "picture-that-reports", "exfiltration", r"!\[[^\]]{0,80}\]\(https?://[^)\s]*[?][^)]*(?:[<{\[]|=)", ("](http",)
    ),
    Rule(
        "whole-table",
        "exfiltration",
        r"\b(?:dump|export|list|show|print|give|download|read)\b[^.?!\n]{0,40}\b(?:(?:customers?|users?|orders?|"
        r"accounts?) "
        r"(?:table|database|records)|(?:whole|entire|full|complete|in the) database|(?:customer|user) list)",
        ("table", "database", "records", "list"),
        1.0,
        "query",
    ),
    Rule(
        "customer-by-number",
        "exfiltration",
        r"\b(?:give|show|tell|read|list|get|open|use|with|and)\b[^.?!\n]{0,30}\bcustomer(?:_id| id|'s id)? ?(?:is |"
        r"= ?|: ?)?c?\d{3,}",
        ("customer",),
        0.6,
        "query",
    ),
    Rule(
        "secret-words",
        "exfiltration",
        r"\b(?:passwords?|credentials|access codes?|secret codes?)\b",
        ("password", "credential", "code"),
        0.3,
        "query",
    ),
)
