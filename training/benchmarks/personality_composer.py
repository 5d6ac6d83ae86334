"""What the dials do to answers of the grounded composer, measured with the same scorer as the adapters."""

from typing import Any

import numpy as np

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Citation
from seamless_retail.core.personality import DIMENSIONS, Personality
from seamless_retail.lobes.composer import Composer, Sentence
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.same_facts import changed_facts
from seamless_retail.models.layer_heads import Array
from seamless_retail.models.style_scorer import StyleScorer
from seamless_retail.training.data.clara_shop import catalogue_of

DIALS = (0.0, 0.25, 0.5, 0.75, 1.0)
PRODUCTS = 24
_QUESTIONS = ("how much is it?", "what does the {} cost?", "tell me about the {}", "is the {} any good?")


def composer_figures(scorer: StyleScorer, products: int = PRODUCTS) -> dict[str, Any]:
    """Each dial at each step, the others in the middle, over answers on products of the test split."""
    drafts = [_draft(product, turn) for turn, product in enumerate(_products(products))]
    plain = _said(drafts, Personality())
    base = scorer.scores([_text(sentences) for sentences in plain])
    figures: dict[str, Any] = {}
    for place, dimension in enumerate(DIMENSIONS):
        settings = {}
        for dial in DIALS:
            personality = Personality().turned({dimension: dial})
            said = _said(drafts, personality)
            settings[dial] = _setting(drafts, plain, said, scorer.scores([_text(s) for s in said]) - base)
        own = [settings[dial]["scores"][place] for dial in DIALS]
        others = np.delete(np.array(settings[1.0]["scores"]) - np.array(settings[0.0]["scores"]), place)
        figures[dimension] = {
            "settings": {str(dial): found for dial, found in settings.items()},
            "monotone": bool(all(np.diff(own) >= 0) and own[-1] > own[0]),
            "own_move": own[-1] - own[0],
            "largest_other_move": float(np.abs(others).max()),
        }
    return figures


def _setting(
    drafts: list[Draft], plain: list[list[Sentence]], said: list[list[Sentence]], moved: Array
) -> dict[str, Any]:
    same = [not changed_facts(*one) for one in zip(drafts, plain, said, strict=True)]
    other = [_text(a) != _text(b) for a, b in zip(plain, said, strict=True)]
    return {
        "scores": tuple(float(value) for value in moved.mean(axis=0)),
        "facts_exact": sum(same) / len(same),
        "reworded": 1.0,
        "changed": sum(other) / len(other),
    }


def _said(drafts: list[Draft], personality: Personality) -> list[list[Sentence]]:
    return [list(Composer().stream(draft.model_copy(update={"personality": personality}))) for draft in drafts]


def _text(sentences: list[Sentence]) -> str:
    return " ".join(sentence.text for sentence in sentences)


def _products(count: int) -> list[Product]:
    priced = [p for p in catalogue_of("test").products if p.department == "fashion" and p.price_range]
    return priced[:: max(1, len(priced) // count)][:count]


def _draft(product: Product, turn: int) -> Draft:
    low = product.price_range[0] if product.price_range else ""
    price, units = str(low), str(3 + turn % 9)
    claims = (
        make_claim("price", [_cite(product, f"Price: {low}")], product.id, name=product.name, price=price),
        make_claim("stock", [_cite(product, f"Units {units}")], product.id, name=product.name, units=units),
    )
    question = _QUESTIONS[turn % len(_QUESTIONS)].format(product.name)
    return Draft(question=question, claims=claims, asked_product_id=product.id, turn=turn)


def _cite(product: Product, quote: str) -> Citation:
    return Citation(source_id=f"product:{product.id}", title=product.name, quote=quote, start=0, end=len(quote))
