"""ChatCausalLM on a tiny model on disk: LangChain's standard suites, adapters, templates, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError, ModelFileError
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.language_model import open_chat_model
from seamless_retail.models.causal_lm import BUNDLED, Names, load_causal_lm, names_of
from seamless_retail.models.chat import ChatCausalLM

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
STRICT = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama with the bundled tokenizer and a chat template."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from seamless_retail.models.causal_lm import tokenizer_folder

    folder = tmp_path_factory.mktemp("base")
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder(BUNDLED))
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(3)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(**sizes, vocab_size=len(tokenizer), max_position_embeddings=4096)).save_pretrained(
        folder
    )
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that changes what is said."""
    import torch
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(load_causal_lm(Names(str(base))).model, LoraConfig(r=4, target_modules="all-linear"))
    torch.manual_seed(5)
    for name, value in model.named_parameters():
        if "lora_B" in name:
            value.data.normal_()
    folder = tmp_path_factory.mktemp("adapter")
    model.save_pretrained(folder)
    page = folder / "adapter_config.json"
    page.write_text(json.dumps(json.loads(page.read_text()) | {"base_model_name_or_path": str(base)}))
    return folder


class Suite:
    """What both standard suites need."""

    params: dict[str, Any]
    options: dict[str, Any] = {}  # noqa: RUF012  # never changed

    @pytest.fixture(autouse=True)
    def _model(self, base: Path) -> None:
        type(self).params = {"model": str(base), **self.options}

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatCausalLM

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return getattr(type(self), "params", {})


class TestChatCausalLMUnit(Suite, ChatModelUnitTests):
    """LangChain's unit suite."""


@pytest.mark.asyncio
class TestChatCausalLMStandard(Suite, ChatModelIntegrationTests):
    """LangChain's integration suite: our service is this process, so it runs without a network."""

    options: dict[str, Any] = {"max_tokens": 6}  # noqa: RUF012  # never changed


def test_it_says_what_generate_says(base: Path) -> None:
    lm, tokenizer = load_causal_lm(Names(str(base)))
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Which shirts?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    found = lm.generate(**ids, max_new_tokens=8, do_sample=False, pad_token_id=0)
    expected = tokenizer.decode(found[0, ids["input_ids"].shape[1] :], skip_special_tokens=True).strip()
    said = ChatCausalLM.load(str(base), max_tokens=8).invoke("Which shirts?")
    assert said.text == expected
    assert isinstance(said, AIMessage)
    assert said.usage_metadata is not None
    assert said.usage_metadata["input_tokens"] == ids["input_ids"].shape[1]
    assert said.response_metadata["finish_reason"] in ("length", "stop")


def test_an_adapter_changes_what_is_said_and_names_its_base(base: Path, adapter: Path) -> None:
    said = {
        source: ChatCausalLM.load(source, max_tokens=8).invoke("Which shirts?").text
        for source in (str(base), f"{base}+{adapter}", str(adapter))
    }
    assert said[str(base)] != said[f"{base}+{adapter}"] == said[str(adapter)]


def test_a_template_without_system_messages_gets_turns(base: Path) -> None:
    chat = ChatCausalLM.load(str(base), max_tokens=2)
    chat.opened().tokenizer.chat_template = STRICT
    joined = chat.invoke([HumanMessage("Be brief.\n\nWhich shirts?\n\nA red one.")])
    turned = chat.invoke(
        [SystemMessage("Be brief."), HumanMessage("Which shirts?"), ToolMessage("A red one.", tool_call_id="1")]
    )
    assert turned.usage_metadata == joined.usage_metadata


def test_a_stream_joins_to_the_answer(base: Path) -> None:
    chat = ChatCausalLM.load(str(base), max_tokens=8)
    pieces: list[AIMessageChunk] = list(chat.stream("Which shirts?"))  # type: ignore[arg-type]  # of chunks
    assert "".join(str(piece.text) for piece in pieces) == chat.invoke("Which shirts?").text


def test_sampling_repeats_with_its_seed(base: Path) -> None:
    said = [
        ChatCausalLM.load(str(base), temperature=2.0, seed=seed, max_tokens=8).invoke("Hi").text for seed in (1, 1, 2)
    ]
    assert said[0] == said[1] != said[2]


def test_an_answer_that_takes_too_long_is_given_up(base: Path) -> None:
    with pytest.raises(TimeoutError, match="took longer"):
        ChatCausalLM.load(str(base), timeout=0.0, max_tokens=64).invoke("Which shirts?")


def test_settings_open_it(base: Path, adapter: Path) -> None:
    chat = open_chat_model(Settings(llm=f"hf:{base}+{adapter}", llm_temperature=0.5))
    assert isinstance(chat, ChatCausalLM)
    assert (chat.temperature, chat.timeout) == (0.5, Settings().llm_timeout_s)


def test_what_is_no_model_is_refused_before_the_first_answer(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no language model in"):
        ChatCausalLM.load(str(tmp_path))
    with pytest.raises(ModelFileError, match="no adapter in"):
        ChatCausalLM.load(f"{base}+{tmp_path}")
    assert names_of("Qwen/Qwen2.5-7B-Instruct") == Names("Qwen/Qwen2.5-7B-Instruct")


def test_a_base_without_a_chat_template_says_so() -> None:
    with pytest.raises(ConfigurationError, match="no chat template"):
        ChatCausalLM.load(BUNDLED).invoke("Hello")


def test_an_empty_conversation_is_refused(base: Path) -> None:
    with pytest.raises(InvalidQueryError):
        ChatCausalLM.load(str(base)).invoke([HumanMessage(" ")])
