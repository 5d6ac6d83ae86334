"""Plain sentences of a shop, as frames, that a small base model learns to say again word for word.

They are the sentences of the catalogue's descriptions and of the policies, of the training split, what the composer
says of a product, and the training sides of the authored triples. No product, policy or triple of another side is among
them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database.seed.policies import make_policies
from seamless_retail.core.style_check import frame
from seamless_retail.models.persona_prompt import reply_of, words_of
from seamless_retail.training.data.clara_policies import facts_of, policies_of
from seamless_retail.training.data.clara_shop import catalogue_of
from seamless_retail.training.data.persona_records import Examples, Side

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_NUMBER = re.compile(r"#\d+")
MOST_WORDS = 24
_SAID = (
    "The {name} costs {price} [{mark}].",
    "{name}: {price}, in {count} sizes [{mark}].",
    "{count} of the {name} are in stock at {store} [{mark}].",
    "The {name} is not in stock at {store} [{mark}].",
    "I found {count} products like the {name}, from {price} [{mark}].",
    "Your order {order} holds {count} of the {name} [{mark}].",
    "You can return the {name} within {count} days [{mark}].",
    "{store} has {count} of the {name} for {price} each [{mark}].",
)


def plain_sentences(examples: Examples, sides: Sequence[Side], seed: int = 0) -> list[str]:
    """Frames without repetition, in a fixed order."""
    random = Random(f"{seed} plain sentences")
    products = catalogue_of("train").products
    policies = policies_of(make_policies(), "train")
    found = [
        *(sentence for product in products for sentence in _about(product, random)),
        *(part for policy in policies for part in _sentences(policy.body)),
    ]
    return list(dict.fromkeys([*(s for s in found if len(s.split()) <= MOST_WORDS), *own_sentences(examples, sides)]))


def own_sentences(examples: Examples, sides: Sequence[Side]) -> list[str]:
    """All three wordings of the triples, as frames."""
    chosen = [triple for triple in examples.triples if triple.side in sides]
    return [triple.framed(level) for triple in chosen for level in ("neutral", "low", "high")]


def phrases(examples: Examples, sides: Sequence[Side]) -> list[str]:
    """What the triples write out between the words that stay, as a numbered reply has it, the frequent ones first."""
    chosen = [triple for triple in examples.triples if triple.side in sides]
    replies = [reply_of(*triple.change(level), "numbered") for triple in chosen for level in ("low", "high")]
    runs = Counter(run for reply in replies for run in _NUMBER.split(reply) if run)
    frequent = [(run, words_of(run)) for run, _ in runs.most_common()]
    return [run for run, words in frequent if len(words) > 2 or (len(words) == 2 and run[-1] in ",!:")]


def policy_answers() -> list[tuple[str, str]]:
    """Questions on the policies of the training split, with the sentences that answer them."""
    facts = [fact for policy in policies_of(make_policies(), "train") for fact in facts_of(policy)]
    return [(question, " ".join(fact.sentences[:1])) for fact in facts for question in fact.questions if fact.sentences]


def _about(product: Product, random: Random) -> Iterator[str]:
    yield from _sentences(product.description, product.name)
    said = random.choice(_SAID).format(
        name=product.name,
        price=f"${random.randint(2, 200)}.{random.choice(('00', '50', '95', '99'))}",
        count=random.randint(2, 40),
        store=random.choice(("Downtown", "Riverside")),
        order=f"W{random.randint(1000, 9999)}",
        mark=random.randint(1, 3),
    )
    yield frame(said, [product.name, "Downtown", "Riverside"]).text


def _sentences(text: str, *names: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(" ".join(text.split())):
        if len(sentence.split()) > 2:
            yield frame(sentence, names).text
