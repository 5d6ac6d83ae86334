"""Reciprocal rank fusion."""

import pytest

from seamless_retail.retrievers.fusion import reciprocal_rank_fusion, relative_score_fusion


def test_scores_follow_the_formula() -> None:
    fused = dict(reciprocal_rank_fusion([["a", "b"], ["b", "c"]], k=60))
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})


def test_an_item_in_both_rankings_beats_the_heads_of_each() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([["a", "b"], ["c", "b"]])] == ["b", "a", "c"]


def test_ties_keep_the_order_of_appearance() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([["x"], ["y"], ["z"]])] == ["x", "y", "z"]


def test_nothing_fuses_to_nothing() -> None:
    assert reciprocal_rank_fusion([[], []]) == []


def test_relative_scores_are_each_rankings_own_and_add_up() -> None:
    lexical = [("a", 30.0), ("b", 20.0), ("c", 10.0)]
    dense = [("b", 0.9), ("d", 0.5)]
    assert relative_score_fusion([lexical, dense]) == [("b", 1.5), ("a", 1.0), ("c", 0.0), ("d", 0.0)]


def test_a_ranking_without_differences_gives_all_of_its_items_the_same() -> None:
    assert relative_score_fusion([[("a", 2.0), ("b", 2.0)], []]) == [("a", 1.0), ("b", 1.0)]
