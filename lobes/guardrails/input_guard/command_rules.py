"""Rules for attacks in English that give commands: tool calls, marks of other messages, a rank nobody verified."""

from seamless_retail.lobes.guardrails.input_guard.records import Rule

TOOL_COMMAND = (
    Rule(
        "sql",
        "tool_command",
        r"\b(?:drop|truncate|alter) table\b|\bunion (?:all )?select\b|['\"] *; *--|\bselect (?:\*|[\w, ]{1,40}) from "
        r"(?:customers?|users?|orders?|accounts?|products?)\b|\bdelete from \w+|\binsert into \w+|\bor 1 ?= ?1\b",
        ("table", "select", "--", "delete from", "insert into", "1=1", "1 = 1"),
    ),
    Rule(
        "shell",
        "tool_command",
        r"\brm -r?f|\bos\.system|\bsubprocess\.|\b(?:eval|exec)\(|\b(?:curl|wget) https?:|<script\b|"
        r"\bsudo \w+|\broot access\b",
        ("rm -", "os.system", "subprocess", "eval(", "exec(", "curl", "wget", "<script", "sudo", "root access"),
    ),
    Rule(
        "call-the-tool",
        "tool_command",
        r"\b(?:call|invoke|use|run|execute|trigger)\b (?:the |your |a |any )?(?:\w+ )?(?:tool|function|api|command|"
        r"query|sql|"
        r"script|code)s?\b",
        ("tool", "function", "api", "command", "sql", "query", "script", "code"),
        0.6,
    ),
    Rule("name-of-a-tool", "tool_command", r"\b[a-z]+_[a-z]+(?:_[a-z]+)?\b", ("_",), 0.4, "query"),
    Rule(
        "call-as-json",
        "tool_command",
        r"[\"']?(?:name|tool|function|tool_name)[\"']?\s*:\s*[\"'][\w.-]+[\"']\s*,\s*[\"']?(?:arguments|parameters|"
        r"args|input)[\"']?"
        r"\s*:|</?(?:tool_call|function_call|tool_use|invoke)\b|\bfunction_call\b",
        ("arguments", "parameters", "args", "input", "tool_", "function_call", "<invoke"),
    ),
)

DELIMITER = (
    Rule(
        "chat-markup",
        "delimiter",
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|"
        r"begin_of_text)\|?>|"
        r"\[/?inst\]|<</?sys>>|</?(?:evidence|system|instructions?|passages?|retrieved[\w-]*)>",
        ("<|", "inst]", "sys>>", "<"),
    ),
    Rule(
        "system-heading",
        "delimiter",
        r"#{2,} *(?:system|instructions?|new instructions?|developer)\b(?: *:|$|\n)",
        ("##",),
    ),
    Rule(
        "speaks-as-system",
        "delimiter",
        r"(?:^|[\n.!?>\]\-–] *)(?:system|developer) ?(?:message|prompt)? ?: *\S",
        ("system", "developer"),
        1.0,
        "query",
    ),
    Rule(
        "speaks-as-system",
        "delimiter",
        r"(?:^|[\n.!?>\]\-–] *)(?:system|developer)(?: message| prompt)?: *\S",
        ("system", "developer"),
        0.5,
        "passage",
    ),
    Rule(
        "speaks-for-both",
        "delimiter",
        r"\bassistant ?: .{1,200}\b(?:user|human) ?: |\b(?:user|human) ?: .{1,200}\b(?:assistant|ai) ?: ",
        ("assistant", "ai:", "ai :"),
    ),
    Rule(
        "end-of-message",
        "delimiter",
        r"\b(?:end|begin\w*|start) of (?:the )?(?:customer|user|human|system|data|new)?\s*(?:message|prompt|input|"
        r"context|document|"
        r"evidence|conversation|instructions)\b",
        ("end of", "start of", "begin"),
        0.6,
    ),
    Rule(
        "new-system-message",
        "delimiter",
        r"\bnew (?:system|developer) (?:message|prompt|instructions?)\b|\bsystem (?:override|"
        r"announcement|update|note)\b",
        ("system", "developer"),
        0.7,
    ),
)

AUTHORITY = (
    Rule(
        "claims-rank",
        "authority",
        r"\b(?:as|i am|i'?m|im|this is|speaking as|here is|from)\b (?:the |an? |your |one of (?:the|"
        r"your) )?(?:\w+'s? |shop |store |"
        r"site |system |senior |emergency override from )?(?:manager|owner|admin(?:istrator)?|developer|ceo|"
        r"head office|openai|staff|"
        r"employee|engineer|creator|programmer|supervisor|security team|it department)\b|\bi work (?:at|for|in|"
        r"here)\b|"
        r"\b(?:openai|anthropic|head office|security|it) (?:staff|team|engineer)\b",
        (
            "manager",
            "owner",
            "admin",
            "developer",
            "ceo",
            "head office",
            "openai",
            "staff",
            "employee",
            "engineer",
            "creator",
            "programmer",
            "supervisor",
            "security",
            "it ",
            "i work",
        ),
        0.6,
    ),
    Rule(
        "gives-leave",
        "authority",
        r"\b(?:i|we|he|she|boss|manager) (?:hereby )?(?:authori[sz]e|allow|permit|order|command|"
        r"instruct)s?(?:d)? (?:you|this)\b|"
        r"\byou (?:may|can|are (?:allowed|authori[sz]ed|permitted) to|should|must) (?:now )?(?:skip|bypass|"
        r"show me every|ignore|"
        r"switch off|turn off|disable|override|reveal|waive)|\bso you can show me\b",
        ("authori", "allow", "permit", "order", "command", "instruct", "you "),
        0.6,
    ),
    Rule(
        "checks-off",
        "authority",
        r"\b(?:switch|turn) off (?:the |all |your )*(?:checks?|guards?|filters?|verification|safety)|"
        r"\bskip (?:the )?(?:identity|id) "
        r"(?:verification|check)|\b(?:emergency|admin|maintenance|manager|security) (?:override|access|mode)\b",
        ("off", "skip", "override", "access", "mode"),
        0.7,
    ),
    Rule(
        "gain",
        "authority",
        r"\b(?:refund|free shipping|discount|grant|approve|for (?:testing|a test)|audit|red team)\b",
        ("refund", "free", "discount", "grant", "approve", "test", "audit", "red team"),
        0.2,
        "query",
    ),
    Rule(
        "everything-free",
        "authority",
        r"\b(?:give|grant|get|approve|discount)\b[^.?!\n]{0,30}\b(?:everything|all|"
        r"every(?: \w+)?)\b[^.?!\n]{0,20}\b(?:free|refunds?|"
        r"discount|by \d+ percent)\b|\b(?:100|90) ?(?:%|percent) (?:discount|off)\b",
        ("free", "refund", "discount", "percent", "%"),
        0.4,
        "query",
    ),
)
