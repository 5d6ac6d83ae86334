"""Spherical interpolation, against the formula on plain vectors."""

import math

import pytest
import torch

from seamless_retail.models.adapters.slerp import coefficients, products


def test_products_of_factors_are_those_of_the_matrices():
    torch.manual_seed(0)
    factors = [(torch.randn(2, 5), torch.randn(4, 2), 0.5), (torch.randn(3, 5), torch.randn(4, 3), 2.0)]
    dense = torch.stack([(scale * b @ a).flatten() for a, b, scale in factors]).double()
    torch.testing.assert_close(products(factors), dense @ dense.T, atol=1e-4, rtol=1e-4)


def test_one_adapter_is_scaled_by_its_weight():
    assert coefficients(torch.tensor([[4.0]]), [-0.3]) == pytest.approx([-0.3])


def test_adapters_at_right_angles_keep_their_strength():
    found = coefficients(torch.eye(2), [1.0, 1.0])
    assert found == pytest.approx([1.0, 1.0])


def test_adapters_that_pull_the_same_way_do_not_add_up():
    found = coefficients(torch.ones(2, 2), [1.0, 1.0])
    assert sum(found) == pytest.approx(math.sqrt(2))


def test_it_is_the_formula():
    one, two, weights = torch.tensor([3.0, 0.0]), torch.tensor([1.0, 2.0]), [0.6, 0.2]
    vectors = torch.stack([one, two])
    found = torch.tensor(coefficients(vectors @ vectors.T, weights)) @ vectors
    share, angle = 0.25, math.atan2(2, 1)
    direction = math.sin((1 - share) * angle) * one / 3 + math.sin(share * angle) * two / math.sqrt(5)
    length = (0.75 * 3 + 0.25 * math.sqrt(5)) * math.hypot(*weights)
    torch.testing.assert_close(found, direction / math.sin(angle) * length)


def test_a_negative_weight_takes_the_adapter_the_other_way():
    gram = torch.tensor([[1.0, 0.3], [0.3, 1.0]])
    turned = torch.tensor([[1.0, -0.3], [-0.3, 1.0]])
    one, two = coefficients(gram, [0.5, -0.5])
    assert coefficients(turned, [0.5, 0.5]) == pytest.approx([one, -two])


def test_an_adapter_that_adds_nothing_here_changes_nothing():
    assert coefficients(torch.tensor([[0.0, 0.0], [0.0, 1.0]]), [1.0, 1.0])[1] > 0
