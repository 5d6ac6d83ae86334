import copy
import threading
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraModel
from seamless_retail.models.clara.losses import answer_loss

FAMILIES = ("llama", "mistral", "qwen2", "phi")
IDS = torch.tensor([[8, 9, 10, 11, 12, 13, 14], [20, 21, 22, 0, 0, 0, 0]])
MASK = IDS != 0


def answer_from_memory(model: ClaraModel) -> Tensor:
    """Stage 1 in one line: compress under one adapter, answer under another, one loss through both."""
    encoded = model.encode(IDS, MASK, 3)
    asked = torch.tensor([[30, 31, 32], [33, 34, 35]])
    prompt = torch.cat([encoded.memory, model.embed(asked)], 1)
    mask = torch.cat([encoded.memory_mask, torch.ones_like(asked, dtype=torch.bool)], 1)
    labels = torch.cat([torch.full(encoded.memory_mask.shape, -100), asked], 1)
    return answer_loss(model.decode(prompt, mask), labels)


def gradients(model: ClaraModel) -> dict[str, Tensor]:
    model.zero_grad()
    answer_from_memory(model).backward()
    return {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}


def test_a_fresh_adapter_changes_nothing_and_a_trained_one_only_its_own_role(
    make_model: Callable[..., ClaraModel],
) -> None:
    fresh, trained = make_model(trained=False), make_model()
    embeddings = fresh.embed(IDS)
    with torch.no_grad():
        bare = fresh.decode(embeddings, MASK, role=None)
        assert torch.equal(fresh.decode(embeddings, MASK, role="compressor"), bare)
        assert torch.equal(trained.decode(embeddings, MASK, role=None), bare)
        one, other = (trained.decode(embeddings, MASK, role=role) for role in ("compressor", "generator"))
    assert not torch.allclose(one, bare)
    assert not torch.allclose(one, other)


def test_outside_a_role_the_base_is_bare_even_after_an_error(model: ClaraModel) -> None:
    with pytest.raises(RuntimeError, match="stop"), model.role("generator"):
        assert model.roles.active == "generator"
        with model.role("compressor"):
            raise RuntimeError("stop")
    assert model.roles.active is None


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_reach_both_adapters_the_readout_and_not_the_base(
    make_model: Callable[..., ClaraModel], family: str
) -> None:
    model = make_model(family)
    assert model.trainable("stage1") == ("compressor", "generator", "readout", "new_tokens")
    found = gradients(model)
    trained = {id(p) for part in ("compressor", "generator", "readout") for p in model.part(part)}
    reached = {name for name, value in found.items() if value.abs().sum() > 0}
    assert {name for name, value in model.named_parameters() if id(value) in trained} == reached


def test_switching_roles_leaves_requires_grad_alone(model: ClaraModel) -> None:
    """PEFT's set_adapter freezes the adapters that are off; here the stage decides, and only the stage."""
    model.trainable("stage1")
    before = {name: value.requires_grad for name, value in model.named_parameters()}
    for role in ("compressor", None, "generator"):
        with model.role(role):
            pass
    assert {name: value.requires_grad for name, value in model.named_parameters()} == before


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("train_base", [False, True])
def test_checkpointed_loss_and_gradients_equal_the_plain_ones(
    make_model: Callable[..., ClaraModel], family: str, train_base: bool
) -> None:
    """Layers are recomputed long after the role has changed; each recompute must see the adapter of its own pass."""
    model = make_model(family, lora_dropout=0.0, train_base=train_base)
    model.trainable("stage1")
    model.train()
    plain_loss, plain = answer_from_memory(model).item(), gradients(model)
    model.gradient_checkpointing_enable()
    assert answer_from_memory(model).item() == plain_loss
    checkpointed = gradients(model)
    assert checkpointed.keys() == plain.keys()
    for name, value in plain.items():
        assert torch.allclose(checkpointed[name], value, atol=1e-6), name


def test_checkpointing_that_forgets_the_role_gives_wrong_gradients(make_model: Callable[..., ClaraModel]) -> None:
    """The failure this module exists for: recomputed without its role, a layer is another function.

    torch notices here because the bare base saves fewer tensors than an adapted one; it would not if both were adapted.
    """
    model = make_model(lora_dropout=0.0)
    model.trainable("stage1")
    model.train()
    model.base.activation_checkpointing_enable({"use_reentrant": False})
    with pytest.raises(torch.utils.checkpoint.CheckpointError):
        gradients(model)


def test_backward_leaves_the_role_as_it_was(make_model: Callable[..., ClaraModel]) -> None:
    model = make_model(lora_dropout=0.0)
    model.trainable("stage1")
    model.train()
    model.gradient_checkpointing_enable()
    loss = answer_from_memory(model)
    with model.role("compressor"):
        loss.backward()
        assert model.roles.active == "compressor"


def test_another_thread_waits_for_its_turn(model: ClaraModel) -> None:
    """A server answers in several threads: one that decodes must not be switched to another role halfway."""
    seen: list[str | None] = []
    entered = threading.Event()

    def other() -> None:
        entered.set()
        with model.role("compressor"):
            seen.append(model.roles.active)

    thread = threading.Thread(target=other)
    with model.role("generator"):
        thread.start()
        entered.wait(10)
        thread.join(0.05)
        assert thread.is_alive()
        assert model.roles.active == "generator"
    thread.join(10)
    assert seen == ["compressor"]


def test_the_reasoner_starts_as_the_compressor_and_goes_its_own_way(model: ClaraModel) -> None:
    model.add_role("reasoner", source="compressor")
    assert model.config.roles == ("compressor", "generator", "reasoner")
    with torch.no_grad():
        first, second = (model.encode(IDS, MASK, 3, role).memory for role in ("compressor", "reasoner"))
        assert torch.equal(first, second)  # and no dropout: PEFT injects its layers in training mode
        model.part("reasoner")[1].add_(1.0)
        assert torch.equal(model.encode(IDS, MASK, 3, "compressor").memory, first)
        assert not torch.allclose(model.encode(IDS, MASK, 3, "reasoner").memory, first)


def test_stage_three_trains_reasoner_and_generator_and_keeps_stored_memories_valid(
    make_model: Callable[..., ClaraModel],
) -> None:
    model = make_model(train_base=True)
    with pytest.raises(ConfigurationError, match=r"no role 'reasoner'.*add_role\('reasoner'\)"):
        model.trainable("stage3")
    model.add_role("reasoner", source="compressor")
    assert model.trainable("stage3") == ("reasoner", "generator")
    trained = {id(p) for part in ("reasoner", "generator") for p in model.part(part)}
    assert {id(p) for p in model.parameters() if p.requires_grad} == trained


def test_the_base_trains_only_where_the_configuration_says_so(make_model: Callable[..., ClaraModel]) -> None:
    assert make_model(train_base=True).trainable("reader") == ("base",)
    with pytest.raises(ConfigurationError, match="train_base"):
        make_model().trainable("reader")
    with pytest.raises(ConfigurationError, match="Unknown stage"):
        make_model().trainable("stage9")


def test_names_are_checked(model: ClaraModel) -> None:
    with pytest.raises(ConfigurationError, match="no role 'judge', only compressor, generator"), model.role("judge"):
        pass
    with pytest.raises(ConfigurationError, match="already a role"):
        model.add_role("generator")
    with pytest.raises(ConfigurationError, match="no role 'judge'"):
        model.add_role("reasoner", source="judge")
    assert "reasoner" not in model.roles.names


def test_adapters_of_a_half_precision_base_stay_in_float32(make_model: Callable[..., ClaraModel]) -> None:
    """Updates of 1e-4 vanish in bfloat16, whose steps near 1 are 8e-3."""
    half = make_model(trained=False)
    half.base.bfloat16()
    half.add_role("reasoner")
    assert {p.dtype for p in half.part("reasoner")} == {torch.float32}
    memory = half.encode(IDS, MASK, 3, "reasoner").memory
    assert memory.dtype == torch.bfloat16


@pytest.mark.parametrize("family", FAMILIES)
def test_merged_copies_agree_with_the_adapters_and_share_the_rest(
    make_model: Callable[..., ClaraModel], family: str
) -> None:
    model = make_model(family)
    model.trainable("stage1")
    flags = [p.requires_grad for p in model.parameters()]
    embeddings = model.embed(IDS)
    with torch.no_grad():
        before = [model.decode(embeddings, MASK, role=role) for role in (None, "compressor", "generator")]
        model.merge_adapters()
        after = [model.decode(embeddings, MASK, role=role) for role in (None, "compressor", "generator")]
        for one, other in zip(before, after, strict=True):
            assert torch.allclose(one, other, atol=1e-5)
        with model.role("compressor") as lm:
            assert not any("lora" in name for name, _ in lm.named_parameters())
            assert lm.get_input_embeddings().weight is model.base.get_input_embeddings().weight
    assert [p.requires_grad for p in model.parameters()] == flags


def test_merged_copies_never_serve_training_or_gradients(model: ClaraModel) -> None:
    model.merge_adapters()
    with model.role("generator") as lm:
        assert lm is model.base  # a gradient is being recorded
    with torch.no_grad(), model.role("generator") as lm:
        assert lm is not model.base
    model.train()
    model.train(False)
    with torch.no_grad(), model.role("generator") as lm:
        assert lm is model.base  # training may have changed what was merged


def test_merged_copies_follow_a_cast(model: ClaraModel) -> None:
    model.merge_adapters()
    model.bfloat16()
    with torch.no_grad(), model.role("compressor") as lm:
        assert lm is not model.base
        assert {p.dtype for p in lm.parameters()} == {torch.bfloat16}


def test_a_deep_copy_is_independent(model: ClaraModel) -> None:
    twin = copy.deepcopy(model)
    with model.role("generator"):
        assert twin.roles.active is None
    with torch.no_grad():
        twin.part("generator")[0].zero_()
    assert model.part("generator")[0].abs().sum() > 0
