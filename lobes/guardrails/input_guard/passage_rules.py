"""Rules for retrieved text in English: sentences that speak to the assistant instead of about the product."""

from seamless_retail.lobes.guardrails.input_guard.records import Rule

_DO = (
    r"(?:add|include|insert|integrate|incorporate|append|modify|augment|enhance|mention|suggest|recommend|tell|ask|"
    r"encourage|replace|"
    r"remove|convert|encode|reverse|translate|scramble|jumble|rearrange|misspell|introduce|provide|render|"
    r"substitute|use|group|"
    r"combine|end|begin|start|finish|conclude|write|give|respond|reply|answer|promote|advertise|express|highlight|"
    r"tease|offer|link|"
    r"share|format|anagram|make|spell|swap|change|shuffle|put|place|weave|embed|craft|state|emphasi[sz]e|urge|"
    r"invite|hint|output|"
    r"present|deliver|transform|alter|tailor|inject|slip|say|invert|apply|implement|transmit|craft|follow|inform|"
    r"warn|remind)"
)
_ON = r"(?:[^.!?\n]|[.!?](?=\S))"
_STARTS = r"(?:^|[.!?\n:;,\"(\[*>–-] ?)"
_REPLY = r"(?:response|reply|replies|answer|output|message|summary|text|words?|letters|reaction)s?"
_MACHINE = (
    r"(?:ais?|a\.i\.|llms?|language models?|chat ?bots?|bots?|assistants?|agents?|crawlers?|(?:ai|llm|shopping|"
    r"virtual|digital) "
    r"(?:assistants?|agents?|models?|bots?|systems?)|automated (?:systems?|readers?|agents?))"
)

STEERING = (
    Rule(
        "note-to-machines",
        "steering",
        rf"\b(?:notes?|messages?|instructions?|notice|attention|reminder|hint|memo|text|commands?|prompt) (?:to|for|"
        rf"of) (?:the |any |all |"
        rf"an? |every )?(?:\w+ )?{_MACHINE}\b",
        ("ai", "a.i", "llm", "model", "bot", "assistant", "agent", "crawler", "automated"),
        1.0,
        "passage",
    ),
    Rule(
        "if-you-are-a-machine",
        "steering",
        rf"\b(?:if|as|since|because) you(?:'re| are)? (?:an? |the )?(?:\w+ )?{_MACHINE}\b|\b{_MACHINE} reading this",
        ("you", "reading this"),
        1.0,
        "passage",
    ),
    Rule(
        "machines-must",
        "steering",
        rf"\b(?:ai|a\.i\.|llms?|language models?|chat ?bots?|bots?|virtual assistants?|shopping agents?|"
        rf"ai shopping agents?|llm agents?|"
        rf"(?:the|any|all|every|dear|ai) (?:\w+ )?{_MACHINE})\b ?(?::|,|must\b|should\b|shall\b|need(?:s)? to\b|"
        rf"ha(?:s|ve) to\b|"
        r"(?:is|are) (?:to|required|instructed|told)\b|may treat\b|may (?:skip|ignore)\b)",
        ("ai", "a.i", "llm", "model", "bot", "assistant", "agent"),
        0.8,
        "passage",
    ),
    Rule(
        "speaks-to-the-assistant",
        "steering",
        rf"(?:^|[\n.!?>] ?)(?:dear |hey |hi )?(?:assistant|chat ?bot|ai|bot)\b ?[,:]? ?(?:please )?"
        rf"\b(?:{_DO}|ignore|disregard|do not|never|always|rank|mark|call|forward|send)\b",
        ("assistant", "bot", "ai"),
        1.0,
        "passage",
    ),
    Rule(
        "shape-your-reply",
        "steering",
        rf"{_STARTS}(?:please )?{_DO}\b{_ON}{{0,140}}?\b(?:your|every|each|all(?: the)?|"
        rf"the assistant'?s) (?:\w+ )?{_REPLY}\b",
        ("response", "repl", "answer", "output", "message", "summary", "text", "word", "letters", "reaction"),
        1.0,
        "passage",
    ),
    Rule(
        "in-your-reply",
        "steering",
        rf"\b(?:in|within|throughout|at the end of|to|with) (?:your|every|each|"
        rf"all) (?:\w+ )?{_REPLY},? (?:please )?(?:also )?{_DO}\b",
        ("response", "repl", "answer", "output", "message", "summary"),
        1.0,
        "passage",
    ),
    Rule(
        "other-work",
        "steering",
        rf"{_STARTS}(?:please |can you |could you )?(?:write|draft|compose|create|develop|generate|provide|show me|"
        rf"explain|translate|"
        r"summari[sz]e|describe|break down|give)\b[^.!?\n]{0,40}\b(?:essay|poem|haiku|short story|speech|python|"
        r"java\w*|sql|function|"
        r"algorithm|recursion|following (?:sentence|text|paragraph)|sentence to|theory of|process of \w+ in simple|"
        r"(?:french|spanish|"
        r"german|japanese|russian) equivalent|letter to (?:a|the) \w+)\b",
        (
            "essay",
            "poem",
            "haiku",
            "story",
            "speech",
            "python",
            "java",
            "sql",
            "function",
            "algorithm",
            "recursion",
            "sentence",
            "text",
            "paragraph",
            "theory",
            "process",
            "equivalent",
            "letter",
        ),
        1.0,
        "passage",
    ),
    Rule(
        "tell-the-customer",
        "steering",
        rf"{_STARTS}(?:please |always |and )?(?:tell|inform|advise|urge|encourage|remind|instruct|direct|convince|"
        rf"persuade|recommend|"
        r"suggest|ask)\b (?:to )?(?:the |every |all |any |each |your )?(?:users?|customers?|shoppers?|readers?|"
        r"buyers?|recipients?|clients?)\b",
        ("user", "customer", "shopper", "reader", "buyer", "recipient", "client"),
        0.6,
        "passage",
    ),
    Rule(
        "when-summarising",
        "steering",
        r"\bwhen (?:summari[sz]ing|describing|answering|recommending|reading|processing|comparing|"
        r"asked)\b[^.!?\n]{0,50}\b(?:do not|don'?t|"
        r"never|always|say|answer|tell|recommend|omit|leave out)\b",
        ("when ",),
        0.8,
        "passage",
    ),
    Rule(
        "always-recommend",
        "steering",
        r"\b(?:always|only|must|first)\b (?:\w+ )?(?:recommend|rank|promote|answer|say|reply|respond|suggest|"
        r"mention|choose|prefer|state|"
        r"list)\b|\b(?:recommend|rank|promote|suggest)\b[^.!?\n]{0,30}\b(?:above all|first|before any|over all|"
        r"to everyone|every customer)",
        (
            "recommend",
            "rank",
            "promote",
            "answer",
            "say",
            "reply",
            "respond",
            "suggest",
            "mention",
            "choose",
            "prefer",
            "state",
            "list",
        ),
        0.5,
        "passage",
    ),
    Rule(
        "keep-quiet",
        "steering",
        r"\b(?:do not|don'?t|never|must not|should not|avoid|without)\b (?:mention|reveal|disclose|tell|compare|say|"
        r"warn|report|mentioning|"
        r"revealing)\w*\b",
        ("mention", "reveal", "disclos", "tell", "compar", "say", "warn", "report"),
        0.5,
        "passage",
    ),
    Rule(
        "go-there",
        "steering",
        r"\b(?:visit|download|install|click|go to|link(?:s|ing)? to|link|redirect\w*|call this|"
        r"call the)\b[^.!?\n]{0,60}"
        r"(?:https?://|\bwww\.|\b[\w-]+\.(?:com|net|org|xyz|example|io|info|ru)\b|\bnumber\b)",
        ("visit", "download", "install", "click", "go to", "link", "redirect", "call th"),
        0.4,
        "passage",
    ),
    Rule(
        "alarm",
        "steering",
        r"\baccount (?:is|has been|was) (?:locked|suspended|closed|blocked)|\b(?:was|is being) recalled\b|\bverify "
        r"(?:your|their) (?:account|identity|card)",
        ("account", "recalled", "verify"),
        0.4,
        "passage",
    ),
    Rule(
        "hidden-from-people",
        "steering",
        r"<!--[^>]{0,20}\b(?:assistant|ai|bot|llm|system|instructions?|ignore|note)\b|\bhidden text\b|"
        r"\b(?:display: ?none|font-size: ?0|"
        r"color: ?white)\b",
        ("<!--", "hidden text", "display", "font-size", "color"),
        0.7,
        "passage",
    ),
)
