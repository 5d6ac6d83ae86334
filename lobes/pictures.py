"""The step of a turn that looks at the customer's pictures, before the message is read.

The pictures themselves go no further: what was seen of them, with their sha256, stays in the state, and where a message
list brought them, their place in it is taken by a line of text.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage

from seamless_retail.core.catalogue import Product
from seamless_retail.core.errors import ImageRefusedError, InvalidQueryError
from seamless_retail.core.images import MAX_IMAGES, ImageDownload, Picture, image_blocks, read_block, without_images
from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.core.ports import ProductSight, QueryReader, Shop
from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.core.sightings import SeenProduct, Sighting
from seamless_retail.lobes.state import BrainState
from seamless_retail.lobes.supervision import call_with_deadline

log = logging.getLogger(__name__)

WITHOUT_WORDS = "What is this?"
"""What a picture without words asks."""
TROUBLE = "I could not look at the picture because of a technical problem."
DEADLINE_S = 20.0
"""A large encoder takes seconds on a processor."""
NAME_SURE = 0.8
"""Probability of a name from which a product of just that name is taken for what the picture shows."""
BESIDE_PICTURE = (Intent.ORDER_STATUS, Intent.RETURNS_EXCHANGE, Intent.LOYALTY_PROGRAM, Intent.STORE_INFO)
"""What the words beside a picture may ask that the record of the product does not answer."""
_OTHERS = re.compile(
    r"\b(?:but (?!is|does|do|can|are|will|would|has)|cheap(?:er|est)?|less expensive|more affordable|similar"
    r"|like (?:this|that|it|these|those)|another|others?|alternatives?|instead|replacement|substitute)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Look:
    """The step ``look`` of the node ``router``."""

    shop: Shop
    reader: QueryReader
    sight: ProductSight | None = None
    """Without one, pictures are named in the state and not looked at."""
    download: ImageDownload = field(default_factory=ImageDownload)
    deadline_s: float = DEADLINE_S

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Write ``sight``, ``images``, and where the turn has a picture, ``query`` and ``messages`` without it.

        Raises:
            ImageRefusedError: A picture cannot be used; ``reason`` says why.
        """
        blocks = [*(state.get("images") or []), *_of_last(state.get("messages") or [])]
        if not blocks:
            return {"sight": []}
        if len(blocks) > MAX_IMAGES:
            raise ImageRefusedError("too_many", f"There are {len(blocks)} pictures.", f"Send {MAX_IMAGES} at most.")
        pictures = [read_block(block, self.download) for block in blocks]
        seen = [self._known(sighting) for sighting in self._look(pictures)]
        return {
            "sight": [sighting.model_dump(mode="json") for sighting in seen],
            "images": [],
            "query": state["query"] if state["query"].strip() else WITHOUT_WORDS,
            "messages": _without_pictures(state.get("messages") or [], seen),
        }

    def _look(self, pictures: Sequence[Picture]) -> list[Sighting]:
        if self.sight is None:
            return [_unseen(picture) for picture in pictures]
        sight = self.sight
        try:
            return call_with_deadline(lambda: sight.look(pictures), self.deadline_s, "look")
        except Exception:
            log.exception("the pictures could not be looked at")
            return [_unseen(picture, TROUBLE) for picture in pictures]

    def _known(self, sighting: Sighting) -> Sighting:
        """With what finds the kind of thing in the catalogue, and the product that has just the name of it."""
        if not sighting.recognised:
            return sighting
        if sighting.sure:
            product = self.shop.catalogue.get(sighting.products[0].product_id)
            query = ProductQuery(categories=(product.category,)) if product else None
            return sighting.model_copy(update={"query": query, "sure": product is not None})
        name, probability = sighting.labels[0]
        try:
            query = self.reader.read(name, Focus()).products
        except InvalidQueryError:
            return sighting
        called = self.shop.catalogue.get_many(query.product_ids)
        update: dict[str, Any] = {"query": self._of_kind(query, name, sighting.departments, called)}
        if [product.name.casefold() for product in called] == [name.casefold()]:
            named = SeenProduct(product_id=called[0].id, score=probability, found_by="label")
            update |= {"products": (named, *sighting.products), "sure": probability >= NAME_SURE}
        return sighting.model_copy(update=update)

    def _of_kind(
        self, read: ProductQuery, name: str, departments: Sequence[str], called: Sequence[Product]
    ) -> ProductQuery:
        """The name as words, among the categories that its last word says: a beef tomato is no meat."""
        head = name.casefold().split()[-1].removesuffix("s")
        said = [c for c in read.categories if head in {word.removesuffix("s") for word in c.split()}]
        categories = dict.fromkeys([*said, *(product.category for product in called)])
        of = self.shop.catalogue.vocabulary().category_departments
        known = (category for category in categories if not departments or of.get(category) in departments)
        return ProductQuery(text=name, categories=tuple(known))


def seen_in(state: Mapping[str, Any]) -> tuple[Sighting, ...]:
    """What was made of the turn's pictures; empty for a turn without."""
    return tuple(Sighting.model_validate(sighting) for sighting in state.get("sight") or ())


def pictured(state: Mapping[str, Any], product_id: str) -> bool:
    """Whether a picture of this turn or of one before it is all that tells that the product is meant."""
    before = Focus.model_validate(state.get("focus") or {}).pictured_product_id
    shown = {sighting.products[0].product_id for sighting in seen_in(state) if sighting.sure}
    return bool(product_id) and product_id in {before, *shown}


def asks_for_others(text: str) -> bool:
    """Whether the words beside a picture ask for something else than what it shows: "this, but cheaper"."""
    return bool(_OTHERS.search(text))


def focus_on(focus: Focus, sightings: Sequence[Sighting], text: str) -> Focus:
    """What "this" means beside a picture: the product that it shows for sure, else the kind of thing, else nothing."""
    if not sightings:
        return focus
    first = next((sighting for sighting in sightings if sighting.recognised), sightings[0])
    shown = (first.products[0].product_id,) if first.sure and not asks_for_others(text) else ()
    return focus.model_copy(
        update={"product_ids": shown, "selected_product_id": "".join(shown), "query": first.query, "order_id": ""}
    )


def of_picture(words: IntentPrediction) -> IntentPrediction:
    """The intent of a message with a picture; what its words alone want comes as the first alternative."""
    before = ((words.intent, words.confidence), *words.alternatives)
    return IntentPrediction(intent=Intent.VISUAL_SEARCH, confidence=1.0, alternatives=before)


def of_words(prediction: IntentPrediction) -> IntentPrediction:
    """What the words beside a picture want, from :func:`of_picture`."""
    (intent, confidence), *others = prediction.alternatives
    return IntentPrediction(intent=intent, confidence=confidence, alternatives=tuple(others))


def described(sightings: Sequence[Sighting]) -> str:
    """The pictures as a line of text, which stands for them in the messages; empty without any."""
    return "".join(f"[picture {sighting.source}, sha256 {sighting.sha256[:12]}] " for sighting in sightings)


def _unseen(picture: Picture, problem: str = "") -> Sighting:
    return Sighting(
        sha256=picture.sha256, source=picture.source, width=picture.width, height=picture.height, problem=problem
    )


def _of_last(messages: Sequence[AnyMessage]) -> list[dict[str, Any]]:
    """The pictures of the message that the turn answers."""
    return image_blocks(messages[-1].content) if messages and isinstance(messages[-1], HumanMessage) else []


def _without_pictures(messages: Sequence[AnyMessage], seen: Sequence[Sighting]) -> list[AnyMessage]:
    """The messages that hold pictures, anew and without: each replaces the one with its id."""
    replaced: list[AnyMessage] = []
    for position, message in enumerate(messages):
        kept = without_images(message.content)
        if len(kept) == len(message.content) or not isinstance(message.content, list):
            continue
        note = described(seen) if position == len(messages) - 1 else "[picture] "
        text = "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in kept)
        replaced.append(message.model_copy(update={"content": f"{note}{text.strip() or WITHOUT_WORDS}"}))
    return replaced
