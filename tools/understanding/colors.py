"""Color words and the families shoppers mean by them: "blue" also asks for navy and sky blue, "navy" only for navy."""

from collections.abc import Collection

from seamless_retail.tools.understanding.word_lists import (
    COLOR_FAMILIES,
    COLOR_SPELLINGS,
    COLORS_AMONG_CLOTHES,
    SHADES,
)

_FAMILY_OF = {color: family for family, colors in COLOR_FAMILIES.items() for color in colors}


def family_of(color: str) -> str:
    """The family of a color name, or the name itself: ``navy`` → ``blue``, ``pale mint`` → ``green``."""
    name = color
    while name not in _FAMILY_OF and " " in name:
        name = name.partition(" ")[2]
    return _FAMILY_OF.get(name, name)


def color_names(vocabulary: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What each color word asks for: the catalogue's colors it covers, the word's own color first.

    A word whose color the catalogue lacks stands for itself, so that the filter matches nothing instead of anything.
    """
    known = set(vocabulary)
    names: dict[str, tuple[str, ...]] = {
        color: (color,) for color in (*_FAMILY_OF, *known) if color in known or color not in COLORS_AMONG_CLOTHES
    }
    for family in COLOR_FAMILIES:
        members = sorted(color for color in known if family_of(color) == family and color != family)
        names[family] = (family, *members)
        names |= {f"{shade} {family}": names[family] for shade in SHADES if f"{shade} {family}" not in names}
    for spelling, color in COLOR_SPELLINGS.items():
        if spelling not in known and (color in names or spelling not in COLORS_AMONG_CLOTHES):
            names[spelling] = names.get(color, (color,))
    return names


def spoken_colors(colors: tuple[str, ...]) -> tuple[str, ...]:
    """The colors a customer named, given what :func:`color_names` made of them: a family hides its members."""
    families = {color for color in colors if color in COLOR_FAMILIES}
    return tuple(color for color in colors if color in families or family_of(color) not in families)
