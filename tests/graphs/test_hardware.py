"""What the machine offers, and which compression tier that means."""

import itertools
from pathlib import Path

import pytest

from seamless_retail.graphs.hardware import (
    GIB,
    TIERS,
    Accelerator,
    Hardware,
    control_group_limit,
    find_hardware,
    fitting_tier,
)


def machine(memory_gib: float, *gpus: Accelerator) -> Hardware:
    return Hardware("x86_64", 8, int(memory_gib * GIB), int(memory_gib * GIB), gpus)


def card(memory_gib: float, usable: bool = True) -> Accelerator:
    return Accelerator("cuda", "card", int(memory_gib * GIB), usable)


@pytest.mark.parametrize(
    ("hardware", "tier"),
    [
        (machine(1), "extreme"),
        (machine(4), "aggressive"),
        (machine(15.5), "balanced"),  # a 16 GiB machine, less what the firmware keeps
        (machine(64), "conservative"),
        (machine(256, card(8)), "aggressive"),  # models run on the card, so its memory counts
        (machine(16, card(79)), "conservative"),
        (machine(16, card(79, usable=False)), "balanced"),  # torch cannot use it, so the machine's memory counts
        (machine(16, Accelerator("mps", "Apple GPU", 64 * GIB)), "conservative"),
    ],
)
def test_the_tier_follows_the_memory_of_the_device_that_models_run_on(hardware: Hardware, tier: str) -> None:
    assert fitting_tier(hardware).name == tier


def test_the_four_tiers_have_their_rates_and_widths() -> None:
    assert [(tier.name, tier.rate, tier.width) for tier in TIERS] == [
        ("conservative", 16, 512),
        ("balanced", 32, 256),
        ("aggressive", 64, 128),
        ("extreme", 128, 64),
    ]


def test_each_tier_needs_a_quarter_of_the_memory_of_the_one_before() -> None:
    needs = [tier.memory_needed_bytes for tier in TIERS]
    assert [before / after for before, after in itertools.pairwise(needs)] == [4, 4, 4]


@pytest.mark.parametrize(
    ("name", "content", "limit"),
    [
        ("memory.max", "2147483648\n", 2 * GIB),
        ("memory.max", "max\n", None),
        ("memory/memory.limit_in_bytes", "1073741824\n", GIB),
    ],
)
def test_a_containers_memory_limit_is_respected(tmp_path: Path, name: str, content: str, limit: int | None) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    assert control_group_limit(tmp_path) == limit


def test_this_machine_is_described() -> None:
    found = find_hardware()
    assert found.cores >= 1
    assert 0 < found.memory_available_bytes <= found.memory_bytes
