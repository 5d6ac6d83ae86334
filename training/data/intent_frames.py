"""Frames filled with the words of a shop, for wishes whose product is anything: stock, search, pictures, orders.

Hand-written messages show how people ask; frames show that what they ask about does not matter.
"""

import random
import re

from seamless_retail.core.intents import Intent

FRAMES: dict[tuple[Intent, str], tuple[str, ...]] = {
    (Intent.INVENTORY_CHECK, "stock of a garment"): (
        "do you have the {color} {garment} in size {size}?",
        "is the {color} {garment} available in {size}",
        "does the {garment} come in {color}?",
        "any {color} {garment} left in {size}?",
        "{color} {garment} {size} in stock?",
        "is there a {size} of the {material} {garment} at {store}?",
        "when will the {color} {garment} be back in {size}",
        "how many {color} {garment} do you have at {store}?",
    ),
    (Intent.INVENTORY_CHECK, "stock of a grocery"): (
        "do you have {grocery} at {store}?",
        "is {grocery} in stock at {store} today",
        "how many packs of {grocery} are left",
        "when is {grocery} coming back?",
        "have you run out of {grocery}?",
        "can I pick up {number} {grocery} at {store} this afternoon",
        "i need {number} packs of {grocery}, do you have enough?",
    ),
    (Intent.PRODUCT_INQUIRY, "search"): (
        "find {color} {garment} under ${price}",
        "show me {material} {garment} for {season}",
        "i am looking for a {color} {material} {garment}, and price lower than {price}.00 dollars",
        "i want {diet} {grocery}",
        "do you sell {diet} {grocery}?",
        "{diet} {grocery} below {price} dollars",
        "{color} {garment} size {size}",
        "find {diet} {grocery} without {allergen}",
    ),
    (Intent.PRODUCT_INQUIRY, "question about a product"): (
        "is the {grocery} safe for my {allergen} allergy?",
        "does the {grocery} contain {allergen}?",
        "is the {color} {garment} made of {material}?",
        "how much is the {material} {garment}",
        "what are the ingredients of the {grocery}?",
        "can i wash the {material} {garment} at home?",
        "is the {grocery} {diet}?",
    ),
    (Intent.RECOMMENDATION, "advice"): (
        "recommend a {garment} for {season}",
        "what would go well with a {color} {garment}?",
        "which {grocery} is the best for a {diet} diet",
        "can you suggest a {diet} {grocery}?",
        "which {garment} should i buy for {season}?",
        "what can i cook with {grocery}?",
    ),
    (Intent.ORDER_STATUS, "an order by number"): (
        "where is order ORD-{order}?",
        "has ORD-{order} shipped",
        "when will the {garment} i ordered arrive?",
        "cancel order ORD-{order}",
        "my {grocery} order {order} is late",
    ),
    (Intent.RETURNS_EXCHANGE, "a purchase to send back"): (
        "i want to return the {color} {garment}",
        "can i exchange the {garment} for size {size}",
        "the {garment} i received is torn, i want a refund",
        "refund for order ORD-{order}",
        "the {grocery} i bought was spoiled, can i get my money back?",
    ),
    (Intent.VISUAL_SEARCH, "a picture with a change"): (
        "find a {garment} like the one in this picture but {color}",
        "here is a photo of a {garment}, i want it in {material}",
        "which {garment} of yours looks like this image?",
        "similar to the attached photo, but a {color} {garment}",
        "from this screenshot, find the {garment}",
        "what {grocery} is this in the photo?",
    ),
    (Intent.STORE_INFO, "a store by name"): (
        "what time does {store} open",
        "is {store} open on sunday?",
        "where is {store}",
        "do you deliver {grocery} from {store} to my street?",
        "does {store} have parking",
    ),
}

WORDS: dict[str, tuple[str, ...]] = {
    "color": ("navy", "black", "white", "red", "olive", "beige", "light blue", "burgundy", "grey", "pink", "mustard"),
    "garment": ("dress", "shirt", "blouse", "t-shirt", "sweater", "jacket", "coat", "jeans", "trousers", "skirt",
                "shorts", "sneakers", "boots", "sandals", "heels", "loafers", "bag", "scarf", "hat", "belt",
                "socks", "swimsuit", "hoodie", "cardigan", "leggings"),
    "grocery": ("granola", "corn flakes", "rye bread", "penne", "basmati rice", "tomato sauce", "lentil soup",
                "greek yogurt", "cheddar", "oat milk", "dark chocolate", "cookies", "crackers", "potato chips",
                "cashews", "almond butter", "strawberry jam", "honey", "olive oil", "green tea", "ground coffee",
                "orange juice", "vanilla ice cream", "frozen lasagna", "salmon", "tofu", "hummus", "paprika",
                "baby porridge", "protein bars"),
    "size": ("xs", "s", "m", "l", "xl", "36", "38", "42", "44", "8", "10"),
    "store": ("riverside", "the downtown store", "the Riverside store", "downtown", "the warehouse"),
    "material": ("linen", "cotton", "wool", "leather", "silk", "denim", "cashmere", "recycled polyester"),
    "season": ("summer", "winter", "autumn", "spring", "a wedding", "the office", "hiking"),
    "diet": ("vegan", "gluten free", "organic", "sugar free", "kosher", "dairy free", "high protein", "low sodium"),
    "allergen": ("nut", "peanut", "milk", "gluten", "soy", "egg", "sesame", "fish"),
    "price": ("10", "20", "25", "40", "50", "80", "120"),
    "number": ("2", "three", "5", "a dozen"),
    "order": tuple(str(100_000 + 137 * i) for i in range(1, 12)),
}  # fmt: skip

_SLOT = re.compile(r"\{(\w+)\}")


def filled_frames(per_frame: int, seed: int) -> list[tuple[str, Intent, str]]:
    """Each frame filled ``per_frame`` times: ``(text, intent, family)``, without repetitions; same seed, same list."""
    rng = random.Random(seed)
    rows: dict[str, tuple[str, Intent, str]] = {}
    for (intent, family), frames in FRAMES.items():
        for frame in frames:
            for _ in range(per_frame):
                text = _SLOT.sub(lambda slot: rng.choice(WORDS[slot[1]]), frame)
                rows.setdefault(text, (text, intent, family))
    return list(rows.values())
