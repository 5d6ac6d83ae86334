"""LoRA and QLoRA adapters on causal language models, with TRL: what ``language`` and ``code_agent`` share."""
