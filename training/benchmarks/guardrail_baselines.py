"""Named baselines of the label engine: the Open Food Facts lexicon, twenty English words, and a guard that blocks all.

The lexicon is the user's own copy of the taxonomy (ODbL), read by the importer of ``seamless guard import-off``; the
matcher is a bag of words, as in ``../shared/anchors/nutrition.md``: a word or phrase of the label's language or of
English raises its allergen wherever it stands, the longest phrase first, with nothing else understood.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from seamless_retail.core.food_facts.allergens import EU_14
from seamless_retail.lobes.guardrails.labels.normalise import fold_term
from seamless_retail.lobes.guardrails.labels.off_taxonomy import import_taxonomy, imported_rows
from seamless_retail.lobes.guardrails.labels.tokens import WORD
from seamless_retail.training.benchmarks.guardrail_figures import Figure
from seamless_retail.training.benchmarks.guardrail_labels import Answer, Case, Guard, measure_t5, measure_t8, tier

TWENTY = {
    "gluten": "wheat gluten barley rye",
    "milk": "milk butter cheese cream whey",
    "eggs": "egg eggs",
    "fish": "fish",
    "peanuts": "peanut peanuts",
    "soybeans": "soy soya",
    "nuts": "nuts almonds",
    "sesame-seeds": "sesame",
    "celery": "celery",
}
LONGEST = 6
"""Words of a phrase at most."""
Lexicon = Mapping[str, Mapping[tuple[str, ...], frozenset[str]]]


def measure_baselines(cases: Sequence[Case], taxonomy: Path) -> list[Figure]:
    """T5 and T8 of each baseline, over both halves.

    Args:
        cases: The development cases.
        taxonomy: The folder of the Open Food Facts tables.
    """
    figures = []
    for name, guard in {
        "Open Food Facts lexicon": bag_of_words(_taxonomy(taxonomy)),
        "twenty English words": bag_of_words(_twenty()),
        "block everything": lambda _: Answer(frozenset(EU_14)),
    }.items():
        for tongue in ("en", "other"):
            of_tongue = [case for case in cases if case["tongue"] == tongue]
            t5 = [(case, guard(case)) for case in tier(of_tongue, "T5")]
            t8 = [(case, guard(case)) for case in tier(of_tongue, "T8")]
            figures += measure_t5(f"baseline, {name}, T5 {tongue}", tongue, t5)
            figures += measure_t8(f"baseline, {name}, T8 {tongue}", tongue, t8)
    kept = ("all found", "precision (lower bound)", "over-block, absent allergens", "claims misread")
    return [figure for figure in figures if figure.name.endswith(kept)]


def bag_of_words(lexicon: Lexicon) -> Guard:
    """A guard that raises what any phrase of the label's language or of English names."""

    def guard(case: Case) -> Answer:
        known = [lexicon[code] for code in (case["lang"], "en") if code in lexicon]
        words = WORD.findall(fold_term(case["text"]))
        found, place = set[str](), 0
        while place < len(words):
            for size in range(min(LONGEST, len(words) - place), 0, -1):
                phrase = tuple(words[place : place + size])
                named = [names[phrase] for names in known if phrase in names]
                if named:
                    found.update(*named)
                    break
            else:
                size = 1
            place += size
        return Answer(frozenset(found))

    return guard


def _twenty() -> Lexicon:
    return {"en": {(word,): frozenset([allergen]) for allergen, words in TWENTY.items() for word in words.split()}}


def _taxonomy(folder: Path) -> Lexicon:
    with TemporaryDirectory() as home:
        import_taxonomy(folder, Path(home))
        rows = imported_rows(Path(home))
    lexicon = defaultdict[str, dict[tuple[str, ...], frozenset[str]]](dict)
    for row in rows:
        phrase = tuple(WORD.findall(fold_term(row.pattern)))
        lexicon[row.language][phrase] = lexicon[row.language].get(phrase, frozenset()) | frozenset(row.key)
    return lexicon
