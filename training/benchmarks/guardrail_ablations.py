"""What each part of the label engine is worth: the same cases without it."""

from collections import Counter
from collections.abc import Sequence

from rich.progress import track

from seamless_retail.core.food_facts.allergens import languages
from seamless_retail.lobes.guardrails.labels.reading import LabelReader, Parts
from seamless_retail.training.benchmarks.guardrail_figures import Figure, share
from seamless_retail.training.benchmarks.guardrail_labels import Case, answer, gold, measure_t8, tier

PARTS = {
    "nothing": Parts(),
    "false friends": Parts(false_friends=False),
    "negation": Parts(negation=False),
    "fuzzy match": Parts(fuzzy=False),
    "additive numbers": Parts(additives=False),
    "disguises": Parts(disguises=False),
}
OF_A_LANGUAGE = 60
"""Cases of each language at most."""


def measure_ablations(cases: Sequence[Case]) -> list[Figure]:
    """T5 recall and precision and T8 without each part; T5 and T6 recall without each language, in its own cases."""
    figures = []
    for name, parts in track(list(PARTS.items()), "ablations"):
        reader = LabelReader(parts=parts)
        t5 = [(gold(case), answer(reader, case["text"]).contains) for case in tier(cases, "T5")]
        right, wanted = sum(len(g & c) for g, c in t5), sum(len(g) for g, _ in t5)
        t8 = [(case, answer(reader, case["text"])) for case in tier(cases, "T8")]
        misread = measure_t8("", "", t8)[0]
        figures += [
            share(f"without {name}: T5 recall", right, wanted),
            share(f"without {name}: T5 precision", right, sum(len(c) for _, c in t5)),
            share(f"without {name}: T8 claims misread", len(misread.failing), len(t8)),
        ]
    return figures + _without_languages(cases)


def _without_languages(cases: Sequence[Case]) -> list[Figure]:
    figures, whole = [], LabelReader()
    counted = Counter(case["lang"] for case in tier(cases, "T5", "T6"))
    for language in track([code for code in languages() if counted[code]], "languages"):
        own = [case for case in tier(cases, "T5", "T6") if case["lang"] == language][:OF_A_LANGUAGE]
        lame = LabelReader(parts=Parts(without_languages=frozenset([language])))
        for name, reader in (("with", whole), ("without", lame)):
            found = sum(len(gold(case) & answer(reader, case["text"]).contains) for case in own)
            figures.append(share(f"{language} {name} its lexicon: recall", found, sum(len(gold(case)) for case in own)))
    return figures
