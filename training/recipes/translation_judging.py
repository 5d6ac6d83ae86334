"""How translations are judged: chrF, on pairs that were not seen, beside answers that need no translator.

chrF (Popović 2015) is the F-score of character n-grams, here of sacrebleu with its defaults (chrF2, n ≤ 6, 0 to 100),
over all sentences of a direction.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from seamless_retail.core.languages import ENGLISH
from seamless_retail.core.ports.languages import Translator
from seamless_retail.training.data.translation_pairs import Pair

Directions = dict[tuple[str, str], list[Pair]]
Answer = Callable[[Sequence[Pair]], list[str]]
"""The pairs of one direction → what is answered for each."""


def chrf(written: Sequence[str], references: Sequence[str]) -> float:
    """Of a set of sentences, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().corpus_score(list(written), [list(references)]).score)


def by_direction(pairs: Sequence[Pair]) -> Directions:
    """The pairs by source and target language, sorted."""
    found: Directions = defaultdict(list)
    for pair in pairs:
        found[pair.direction].append(pair)
    return dict(sorted(found.items()))


def translated_by(translator: Translator) -> Answer:
    """The answers of a translator."""

    def answer(pairs: Sequence[Pair]) -> list[str]:
        return translator.translate([pair.source_text for pair in pairs], *pairs[0].direction)

    return answer


def baselines(train: Sequence[Pair]) -> dict[str, Answer]:
    """What a translator has to beat.

    ``copy`` answers the source; ``most frequent`` the target sentence that the training side has most often, of
    several the one of usual length; ``memory`` the translation of the training sentence that is most like the source
    (cosine of TF-IDF over character n-grams of 2 to 4).
    """
    seen = by_direction(train)
    return {
        "copy": lambda pairs: [pair.source_text for pair in pairs],
        "most frequent": lambda pairs: [_most_frequent(seen.get(pairs[0].direction, []))] * len(pairs),
        "memory": lambda pairs: _remembered(seen.get(pairs[0].direction, []), pairs),
    }


def judge(answer: Answer, pairs: Sequence[Pair]) -> dict[str, float]:
    """ChrF of every direction (``eng_Latn-hin_Deva``), and the means ``into English`` and ``from English``."""
    figures: dict[str, float] = {}
    into: list[float] = []
    out_of: list[float] = []
    for (source, target), some in by_direction(pairs).items():
        score = chrf(answer(some), [pair.target_text for pair in some])
        figures[f"{source}-{target}"] = round(score, 2)
        if ENGLISH.code in (source, target):
            (into if target == ENGLISH.code else out_of).append(score)
    for name, scores in (("into English", into), ("from English", out_of)):
        if scores:
            figures[name] = round(sum(scores) / len(scores), 2)
    return figures


def compared(answers: Mapping[str, Answer], pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
    """:func:`judge` of each named answer."""
    return {name: judge(answer, pairs) for name, answer in answers.items()}


def spread(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """At most about ``count`` pairs, as many of each direction as can be."""
    directions = by_direction(pairs)
    each = max(1, count // max(1, len(directions)))
    return [pair for some in directions.values() for pair in some[:each]]


def _most_frequent(seen: Sequence[Pair]) -> str:
    counts = Counter(pair.target_text for pair in seen)
    usual = sum(map(len, counts)) / max(1, len(counts))
    return min(counts, key=lambda text: (-counts[text], abs(len(text) - usual), text), default="")


def _remembered(seen: Sequence[Pair], pairs: Sequence[Pair]) -> list[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not seen:
        return [""] * len(pairs)
    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
    known = words.fit_transform([pair.source_text for pair in seen])
    likeness = words.transform([pair.source_text for pair in pairs]) @ known.T
    return [seen[int(row.argmax())].target_text for row in likeness.tocsr()]
