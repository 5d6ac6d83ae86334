"""What the customer is told, and the reasons that stand in the guard's decisions."""

from collections.abc import Mapping

from seamless_retail.lobes.guardrails.input_guard.records import Kind

REASONS: Mapping[Kind, str] = {
    "override": "The text asks the assistant to drop its rules",
    "persona": "The text gives the assistant another role, one without rules",
    "prompt_leak": "The text asks for the assistant's own instructions",
    "exfiltration": "The text asks for data of other people or for secrets of the system",
    "tool_command": "The text gives a command to a tool or a database",
    "delimiter": "The text imitates a message of the system",
    "authority": "The text claims a rank that nobody has verified",
    "guard_off": "The text asks to switch off, or to answer against, the allergy check",
    "payload": "The text hides instructions in another spelling or an encoding",
    "steering": "The text tells an assistant what to answer",
    "learned": "The text resembles known attempts to take over an assistant",
}

_HELP = "I am happy to help with products, orders, returns and our stores."

REFUSALS: Mapping[Kind, str] = {
    "override": f"I cannot change how I work. {_HELP}",
    "prompt_leak": f"I cannot show how I am set up. {_HELP}",
    "exfiltration": f"I cannot share that: I only speak about your own account and about our shop. {_HELP}",
    "tool_command": f"I cannot run commands. {_HELP}",
    "authority": f"I cannot verify that here, so nothing changes for me. {_HELP}",
    "guard_off": "I always check foods against allergies and health conditions, and I cannot switch that off. "
    "Ask me about any product, and I will tell you what its label says.",
    "learned": f"I am not sure what you would like from the shop. {_HELP}",
}
"""By what the message wants; anything else is told the first."""

LEFT_OUT: Mapping[Kind, str] = {
    "override": "I left out the part of your message that asks me to work in another way.",
    "guard_off": "I still check foods against allergies and health conditions; I cannot switch that off.",
    "exfiltration": "I left out the part of your message that asks for what I may not share.",
    "authority": "I left out the part of your message that I cannot verify.",
}

FAILED = "I could not check your message, so I did nothing with it. Please ask again in other words."
TOPIC_FAILED = "I could not check whether I may speak about this, so I did nothing with it."
NOT_CHECKED = "I could not check what I found, so I left it out."
DROPPED = "I left out a text that I found, because it holds instructions instead of information."
NOT_HERE = "I cannot help with {topic} here."
ONLY_HERE = "I can only help with {topics} here."
REMOVED = "[removed: text that gives instructions]"
