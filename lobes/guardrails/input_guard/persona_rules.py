"""Rules for attacks in English that give the assistant another role, one without rules."""

from seamless_retail.lobes.guardrails.input_guard.records import Rule

_AS = (
    r"(?:pretend(?:ing)?|act(?:ing)?|role-? ?play(?:ing)?|behav\w+|respond(?:ing)?|answer(?:ing)?|reply(?:ing)?|"
    r"speak|"
    r"talk|pos(?:e|ing)|simulat\w+|impersonat\w+|personify|play(?:ing)? (?:the )?(?:role|part)|(?:in|on|"
    r"into) the role|"
    r"emulat\w+|imitat\w+|embod\w+|immerse yourself|named?|called|known as|replaced by)"
)
_GAP = r"[^.?!\n]{0,40}?"
_AI = (
    r"(?:ais?|a\.i\.|assistants?|chat ?bots?|\w*bots?|language models?|models?|llms?|\w*gpt\w*|hackers?|persona\w*|"
    r"characters?|terminal|operating system|search engine|admin\w*|machine|grand(?:mother|ma)|girlfriend|"
    r"someone who|dan|human|entit(?:y|ies)|alter ego|narrator|simulator|browser)"
)

PERSONA = (
    Rule(
        "you-are-now",
        "persona",
        r"\byou(?:'re| are|r)? (?:now|no longer|going to (?:be|act|pretend|play)|to pretend|about to)\b|"
        r"\byou will now\b|"
        r"\b(?:as of now|from now on|from this (?:point|moment)(?: on)?|going forward|henceforth)\b,? (?:you|your|"
        r"chatgpt)",
        ("you",),
        0.5,
    ),
    Rule(
        "another-role",
        "persona",
        rf"\b{_AS}\b (?:as |like |to be |that you are |the role of )?{_GAP}\b{_AI}\b",
        (
            "pretend",
            "act",
            "role",
            "behav",
            "respond",
            "answer",
            "reply",
            "speak",
            "talk",
            "pos",
            "simulat",
            "imperson",
            "personif",
            "emulat",
            "imitat",
            "embod",
            "immerse",
            "name",
            "called",
            "known",
            "replaced",
        ),
        0.6,
    ),
    Rule(
        "in-character",
        "persona",
        r"\b(?:stay(?:s|ing)?|remain|keep|break(?:s|ing)?|be|get back|go back|out of|act|"
        r"always)\b (?:in(?:to)? )?(?:of )?"
        r"(?:your )?character\b|role-? ?play|\brp\b|\bpersonalit(?:y|ies)\b|\bpersonas?\b",
        ("character", "role", "rp", "persona"),
        0.5,
    ),
    Rule(
        "do-anything-now",
        "persona",
        r"\bdo anything now\b|\bdan (?:mode|has|can|will|must|is|does|would|prompt)\b|\bas dan\b",
        ("anything", "dan"),
    ),
    Rule(
        "known-names",
        "persona",
        r"\b(?:dan|stan|aim|dude|maximum|jail ?br(?:ea|o)k\w*|evil ?-?\w*bot|(?:anti|evil|based|rude|unfiltered|"
        r"unleashed|"
        r"better|super|dark|chaos)-?(?:gpt|dan|ai)|(?:developer|dev|god|opposite|debug|root|sudo|unrestricted|"
        r"chaos)\W{1,3}mode|(?!chat|open)\w{2,}-?gpt)\b",
        ("dan", "aim", "dude", "maximum", "jail", "evil", "gpt", "mode", "ai"),
        0.5,
    ),
    Rule(
        "switch-mode",
        "persona",
        r"\b(?:enable|enter|activate|switch (?:to|into)|turn on|start|go into|in)\b (?:\w+ ){0,2}(?:developer|dev|"
        r"god|debug|"
        r"jailbreak|maintenance|dan|unrestricted|root|sudo|admin) mode",
        ("mode",),
        0.7,
    ),
    Rule(
        "model-names",
        "persona",
        r"\b(?:chat ?gpt|open ?ai|gpt-?\d?|language model|bing ai|sydney|lamda|llama|anthropic)\b",
        ("gpt", "open", "language model", "bing", "sydney", "lamda", "llama", "anthropic"),
        0.5,
        "query",
    ),
    Rule(
        "lawless",
        "persona",
        r"\b(?:amoral|immoral|unethical|nonmoral|unfiltered|uncensored|unrestricted|unbiased|unhinged|nsfw|"
        r"illegal(?:ity|ly)?|"
        r"racist|sexist|erotic\w*|offensive|curse words|swear(?:s|ing)?|profan\w+|explicit|evil|malicious|toxic|"
        r"inappropriate|harmful|controversial|meth|weapons?|bombs?|drugs|hack(?:s|ing|er)?)\b",
        (
            "moral",
            "unethic",
            "unfilter",
            "uncensor",
            "unrestrict",
            "unbias",
            "unhing",
            "nsfw",
            "illegal",
            "racist",
            "sexist",
            "erotic",
            "offensive",
            "curse",
            "swear",
            "profan",
            "explicit",
            "evil",
            "malicious",
            "toxic",
            "inappropriate",
            "harmful",
            "controversial",
            "meth",
            "weapon",
            "bomb",
            "drug",
            "hack",
        ),
        0.4,
        "query",
    ),
    Rule(
        "unfettered",
        "persona",
        r"\b(?:unfiltered|uncensored|unrestricted|amoral|jailbroken|unethical) (?:\w+ ){0,2}"
        r"(?:ai|model|assistant|bot|chat ?bot|response|answer|reply|version|mode|character|language)s?\b",
        ("unfilter", "uncensor", "unrestrict", "amoral", "jailbroken", "unethical"),
        0.6,
    ),
    Rule(
        "ethics",
        "persona",
        r"\b(?:ethic\w*|moral\w*|legality|warnings? or|disclaimers?|guidelines|content policy|consequences)\b",
        ("ethic", "moral", "legality", "warning", "disclaimer", "guideline", "content policy", "consequence"),
        0.4,
        "query",
    ),
    Rule(
        "placeholder",
        "persona",
        r"[\[{<(]\s*(?:insert|your|prompt|question|describe|name|topic|explain|input|write|what \w+ would|"
        r"a response)\b"
        r"[^\]}>)]{0,60}[\]}>)]|\bprompt here\b|\bmy (?:first )?prompts?\b",
        (
            "insert",
            "your",
            "prompt",
            "question",
            "describe",
            "name",
            "topic",
            "explain",
            "input",
            "write",
            "what",
            "response",
        ),
        0.6,
    ),
    Rule(
        "two-answers",
        "persona",
        r"\b(?:two|2|both|separate|different)\b (?:\w+ ){0,2}(?:ways|responses|answers|styles|outputs|replies|"
        r"versions|"
        r"personas?|paragraphs)\b|one normal|\bnormal(?:ly)? (?:response|answer|way)",
        ("two", "2 ", "both", "separate", "different", "normal"),
        0.4,
    ),
    Rule(
        "game",
        "persona",
        r"\b(?:fiction(?:al)?|hypothetical|imaginary|imaginative)\b|\b(?:play|playing|in this|our) (?:a |"
        r"the )?(?:\w+ )?game\b|"
        r"\b(?:scenario|simulation|parallel universe)\b",
        ("fiction", "hypothetical", "imagin", "game", "scenario", "simulation", "universe"),
        0.3,
    ),
    Rule(
        "format-of-answers",
        "persona",
        r"\b(?:begin|start|end|finish|prefix|preface|precede)\b (?:\w+ ){0,3}(?:response|reply|answer|output|"
        r"message|sentence|"
        r"prompt)s?\b|\blimit output|\b(?:always|only|never|must|will|shall|should|can|cannot) (?:\w+ )?(?:respond|"
        r"answer|reply|say|"
        r"write|generate|output|act)s?\b",
        (
            "begin",
            "start",
            "end",
            "finish",
            "prefix",
            "preface",
            "precede",
            "limit",
            "respond",
            "answer",
            "reply",
            "say",
            "write",
            "generate",
            "output",
            "act",
        ),
        0.3,
        "query",
    ),
    Rule(
        "your-task",
        "persona",
        r"\byour (?:only |new |main |sole |ultimate )*(?:task|job|goal|role|purpose|mission|name) (?:is|now|will)\b|"
        r"\b(?:confirm|if) (?:that )?you understand|\byou (?:will|must|shall|are to|have to) (?:\w+ )?(?:always|"
        r"never|not|"
        r"act|pretend|respond|answer|follow|write|generate|provide|do)\b|\bi want you to\b|\byou (?:do not|"
        r"don'?t) (?:care|have)",
        ("your ", "understand", "you ", "i want"),
        0.4,
        "query",
    ),
)
