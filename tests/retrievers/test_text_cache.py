"""The cache of what was made of texts."""

import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.retrievers.text_cache import TextCache


def test_each_text_is_made_once_and_comes_back_in_order() -> None:
    made: list[str] = []

    def make(texts: list[str]) -> list[int]:
        made.extend(texts)
        return [len(text) for text in texts]

    cache = TextCache[int](8)
    assert cache.get(["ab", "c", "ab"], make) == [2, 1, 2]
    assert cache.get(["c", "def", "ab"], make) == [1, 3, 2]
    assert made == ["ab", "c", "def"]
    assert (cache.hits, cache.misses) == (2, 4)


def test_the_least_recently_used_goes_first_and_size_zero_keeps_nothing() -> None:
    cache, none = TextCache[str](2), TextCache[str](0)
    for text in ("a", "b", "a", "c"):
        cache.get([text], list)
    assert sorted(cache.values()) == ["a", "c"]
    assert none.get(["a", "b"], list) == ["a", "b"]
    assert len(none) == 0
    cache.clear()
    assert cache.values() == []


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cache size"):
        TextCache[int](-1)
