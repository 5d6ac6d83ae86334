"""What the mood head is measured against: the commonest answer, lists of words, and TF-IDF with logistic regression."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from seamless_retail.core.moods import Mood
from seamless_retail.training.data.moods import MoodExample

Reader = Callable[[Sequence[str]], list[Mood]]

_NOT = r"(?:not|isn't|wasn't|aren't|don't|doesn't|no|never|hardly)\s+(?:\w+\s+){0,2}"
POSITIVE = (
    r"thank\w*|thx|love\w*|great|perfect\w*|awesome|amazing|wonderful|excellent|brilliant|happy|glad|pleased|best|"
    r"beautiful|gorgeous|lovely|fantastic|nice|kind|helpful|delicious|impressed|enjoy\w*|yay|wow"
)
NEGATIVE = (
    r"terrible|awful|horrible|worst|bad|useless|broken|rude|angry|furious|disappoint\w*|annoy\w*|ridiculous|"
    r"unacceptable|frustrat\w*|hate\w*|scam|never again|fed up|joke|rubbish|pathetic|outrag\w*|disgust\w*|wrong|"
    r"damaged|faulty|lost|late|missing|stupid|unhappy|poor|sorry to|complain\w*"
)
HIGH = (
    r"urgent\w*|asap|immediately|right now|at once|today|tonight|tomorrow|now|quick\w*|hurry|emergency|"
    r"this (?:weekend|afternoon|evening|morning)|in (?:an|one|two|three|\d+) (?:hours?|minutes?)|by (?:noon|\d+ ?[ap]m)"
)
LOW = r"no rush|no hurry|not urgent|whenever|take your time|just (?:curious|browsing|looking|wondering)|some ?day"
DANGER = r"can'?t breathe|swell\w*|swollen|choking|poison\w*|kill myself|suicide|unconscious|hives|anaphyla\w*"
DISTRESS = r"crying|in tears|desperate|panick?\w*|begging|overwhelmed|can'?t cope"


def commonest(trained_on: Sequence[MoodExample]) -> Reader:
    """Says of every message what holds of most."""
    sentiment = Counter(example.sentiment for example in trained_on).most_common(1)[0][0]
    urgency = Counter(example.urgency for example in trained_on).most_common(1)[0][0]
    return lambda texts: [Mood(sentiment=sentiment, urgency=urgency) for _ in texts]


def by_words(texts: Sequence[str]) -> list[Mood]:
    """Counts words of praise, blame, haste and leisure; a negation before a word turns it around."""
    return [_mood_by_words(text) for text in texts]


def _mood_by_words(text: str) -> Mood:
    good, bad = _count(POSITIVE, text), _count(NEGATIVE, text)
    turned_good, turned_bad = _count(rf"{_NOT}(?:{POSITIVE})", text), _count(rf"{_NOT}(?:{NEGATIVE})", text)
    balance = (good - 2 * turned_good) - (bad - 2 * turned_bad)
    danger = bool(_count(DANGER, text))
    return Mood(
        sentiment="positive" if balance > 0 else "negative" if balance < 0 else "neutral",
        urgency="low" if _count(LOW, text) else "high" if _count(HIGH, text) or danger else "normal",
        emergency=danger,
        distress=danger or bool(_count(DISTRESS, text)),
    )


def _count(pattern: str, text: str) -> int:
    return len(re.findall(rf"\b(?:{pattern})\b", text, re.IGNORECASE))


def by_tfidf(trained_on: Sequence[MoodExample]) -> Reader:
    """TF-IDF of words and letters with one logistic regression a question (scikit-learn, the extra ``train``)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    def fitted(labels: Sequence[object]) -> Callable[[Sequence[str]], Sequence[object]]:
        if len(set(labels)) == 1:
            return lambda texts: [labels[0]] * len(texts)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        regression = LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")
        model = make_pipeline(make_union(words, letters), regression)
        model.fit([example.text for example in trained_on], labels)
        predict: Callable[[Sequence[str]], Sequence[object]] = model.predict
        return predict

    models = {
        "sentiment": fitted([example.sentiment for example in trained_on]),
        "urgency": fitted([example.urgency for example in trained_on]),
        "emergency": fitted(["emergency" in example.flags for example in trained_on]),
        "distress": fitted(["distress" in example.flags for example in trained_on]),
    }

    def read(texts: Sequence[str]) -> list[Mood]:
        columns = {name: predict(list(texts)) for name, predict in models.items()}
        return [Mood.model_validate({name: rows[n] for name, rows in columns.items()}) for n in range(len(texts))]

    return read
