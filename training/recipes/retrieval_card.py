"""The card of a retrieval adapter."""

from collections.abc import Mapping
from pathlib import Path

from seamless_retail.training.recipes.retrieval_settings import RetrievalSettings
from seamless_retail.training.run import Comparison


def write_card(
    folder: Path,
    settings: RetrievalSettings,
    config: str,
    counts: Mapping[str, int],
    figures: Mapping[str, Comparison],
) -> None:
    """Write ``README.md``."""
    chosen, mining = settings.adapter, settings.mining
    rows = "\n".join(f"| {name} | {found.base or 0:.3f} | {found.trained:.3f} |" for name, found in figures.items())
    records = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    text = f"""\
# Retrieval adapter

A LoRA adapter (rank {chosen.rank}, alpha {chosen.alpha}) on {settings.base}, for finding what answers a question. The
setting `embeddings` takes this folder by its path; build the index again after a change of embeddings.

- Made by `seamless train retrieval --config {config} --out FOLDER`.
- Records: {records}. Sources: `training/data/retrieval_pairs.py`; hetPQA and semiPQA are CDLA-Sharing-1.0, without what
  their ranking files hold. Products and documents are on one side of the split.
- Loss: {settings.loss}, temperature {settings.temperature:g}; {mining.negatives} hard negatives a record, mined by BM25
  and the base, at least {mining.margin:g} below the positive's cosine.
- Queries are written as `{settings.query_format!r}`.

nDCG@10 on the held-out side, each question's passages among those of its group and 20 others of its source. Passages
that nobody marked count as wrong, so the figures compare models and say little by themselves.

| source | base | trained |
|---|---|---|
{rows}
"""
    (folder / "README.md").write_text(text, encoding="utf-8")
