"""The input guard over what a message is in English; it has read the original before, by its rules."""

from dataclasses import dataclass
from typing import Any

from seamless_retail.lobes.guardrails.input_guard.steps import ScreenQuery
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.scripts import is_other_script
from seamless_retail.lobes.state import BrainState


@dataclass(frozen=True, slots=True)
class ScreenTranslation:
    """The step ``screen_translation`` of the node ``router``: instructions that only a translation shows."""

    screen: ScreenQuery

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Write what :class:`ScreenQuery` writes; nothing for a message in English.

        What is in other letters and was not read by anything goes on as it is, and is judged as it is.
        """
        before, read_by = state.get("screening") or {}, Spoken.of(state).read_by
        read = read_by in ("translator", "glossary") or (not read_by and is_other_script(state["query"]))
        if not read or before.get("refusal"):
            return {}
        update = self.screen(state)
        if not update:
            return {}
        found = update["screening"]
        left_out = "\n".join(filter(None, (before.get("left_out", ""), found.get("left_out", ""))))
        notice = before.get("notice", "") or found.get("notice", "")
        return {**update, "screening": {**found, "left_out": left_out, "notice": notice}}
