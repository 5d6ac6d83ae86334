"""How customers ask for a field of a product: several wordings each, with ``{it}`` for the product."""

from random import Random

_VALUES: dict[str, tuple[str, ...]] = {
    "Brand": ("Who makes {it}?", "What brand is {it}?", "Which brand is {it} from?", "Who is the maker of {it}?"),
    "Category": ("What kind of product is {it}?", "Which category is {it} in?", "What is {it} sold as?"),
    "Season": ("Which season is {it} for?", "What time of year is {it} made for?", "When can I wear {it}?"),
    "Audience": ("Who is {it} for?", "Is {it} for women, men or kids?", "Who would wear {it}?"),
    "Material": ("What is {it} made of?", "Which material is {it}?", "What fabric is used for {it}?"),
    "Occasion": ("What occasions is {it} good for?", "Where would I wear {it}?", "What is {it} meant for?"),
    "Pattern": ("What pattern does {it} have?", "Which pattern is on {it}?", "How is {it} patterned?"),
    "Fit": ("How does {it} fit?", "What is the fit of {it}?", "What cut is {it}?"),
    "Neckline": ("What neckline does {it} have?", "How is the neck of {it} cut?"),
    "Sleeve": ("What sleeves does {it} have?", "How long are the sleeves of {it}?"),
    "Length": ("How long is {it}?", "What length is {it}?"),
    "Feature": ("What features does {it} have?", "What is special about {it}?", "Which extras does {it} have?"),
    "Care": ("How do I wash {it}?", "How should I care for {it}?", "What are the care instructions for {it}?"),
    "Colors": ("What colors does {it} come in?", "Which colors of {it} are there?", "In what colors can I get {it}?"),
    "Sizes": ("What sizes does {it} come in?", "Which sizes are there of {it}?", "What size can I get {it} in?"),
    "Price": ("How much is {it}?", "What does {it} cost?", "What is the price of {it}?", "How expensive is {it}?"),
    "Heel": ("What heel does {it} have?", "What kind of heel is on {it}?"),
    "Heel height": ("How high is the heel of {it}?", "What is the heel height of {it}?"),
    "Color family": ("Which color family is {it}?", "What color group does {it} belong to?"),
    "Certification": ("How is {it} certified?", "Which certification does {it} carry?"),
    "Flavour": ("What does {it} taste of?", "Which flavour is {it}?", "What flavour is {it}?"),
    "Diet": ("Which diets does {it} suit?", "What diets is {it} right for?", "What diet labels does {it} have?"),
    "Storage": ("How should I store {it}?", "Where do I keep {it}?", "How is {it} kept?"),
    "Origin": ("Where does {it} come from?", "What is the origin of {it}?", "Which country is {it} from?"),
    "Roast": ("How dark is {it} roasted?", "What roast is {it}?"),
    "Ingredients": (
        "What is the main ingredient of {it}?",
        "What is {it} mostly made from?",
        "What comes first in {it}?",
    ),
    "Contains": ("Which allergens does {it} contain?", "What allergens are in {it}?"),
    "Allergens": ("Which allergens does {it} contain?", "What allergens are in {it}?"),
    "May contain": ("What traces may {it} contain?", "Which traces can be in {it}?"),
    "Serving": ("How big is a serving of {it}?", "What is the serving size of {it}?"),
}
MEMBERS: dict[str, tuple[str, ...]] = {
    "Season": ("Is {it} for {item}?", "Can I wear {it} in {item}?"),
    "Material": ("Is there {item} in {it}?", "Is {it} made with {item}?"),
    "Occasion": ("Is {it} good for {item}?", "Does {it} suit {item}?"),
    "Feature": ("Does {it} have {item}?", "Is {it} with {item}?"),
    "Colors": ("Does {it} come in {item}?", "Can I get {it} in {item}?", "Is there {item} for {it}?"),
    "Sizes": ("Is there a size {item} of {it}?", "Can I get {it} in size {item}?"),
    "Diet": ("Is {it} {item}?", "Would you call {it} {item}?"),
    "Contains": ("Does {it} contain {item}?", "Is there {item} in {it}?"),
    "May contain": ("May {it} contain traces of {item}?", "Can there be traces of {item} in {it}?"),
}
"""Wordings of a yes-or-no question on one item of a list."""


def asks_about(label: str) -> bool:
    """Whether there are wordings for a field of this label."""
    return label in _VALUES


def ask_value(label: str, it: str, random: Random) -> str:
    """A question for the value of a field."""
    return random.choice(_VALUES[label]).format(it=it)


def ask_member(label: str, item: str, it: str, random: Random) -> str:
    """A question whether ``item`` stands in a field."""
    return random.choice(MEMBERS[label]).format(it=it, item=item)
