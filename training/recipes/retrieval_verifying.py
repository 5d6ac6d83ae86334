"""Whether what the retrieval recipe made loads, changes what its base does, and ranks held-out passages better."""

from pathlib import Path

import numpy as np

from seamless_retail.core.errors import ConfigurationError, NotFoundError
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.recipes.retrieval_judging import embedding, judge, rankings
from seamless_retail.training.recipes.retrieval_settings import RetrievalSettings, chosen_sides
from seamless_retail.training.recipes.retrieval_start import MERGED, load_base
from seamless_retail.training.run import Check, Comparison, Run, Verification
from seamless_retail.training.run.provenance import read_provenance

TOLERANCE = 1e-3
"""By how much a unit vector of the merged model may lie from that of the base with the adapter."""


def verify(path: Path, run: Run) -> Verification:
    """Load it as the setting ``embeddings`` does, embed, and compare nDCG@10 with the base on the held-out side.

    Raises:
        ModelFileError: It does not load.
    """
    settings = RetrievalSettings.model_validate(read_provenance(path)["settings"])
    encoder = SentenceEncoder(path)
    checks = [Check("loads", True, f"{encoder.dimension} dimensions")]
    try:
        sides = chosen_sides(settings, run)
    except (NotFoundError, ConfigurationError) as error:
        checks.append(Check("compared", False, f"the records are not here: {error.message}"))
        return Verification("retrieval", path, tuple(checks))
    judged, base = rankings(sides.held_out, settings), embedding(load_base(settings))
    texts = [record.positive for record in sides.held_out[:8]]
    moved = float(np.linalg.norm(encoder.encode(texts) - base(texts), axis=1).max())
    checks.append(Check("adapter", moved > TOLERANCE, f"moves vectors by up to {moved:.3f}"))
    if (path / MERGED).is_dir():
        off = float(np.linalg.norm(encoder.encode(texts) - SentenceEncoder(path / MERGED).encode(texts), axis=1).max())
        checks.append(Check(MERGED, off < TOLERANCE, f"within {off:.1e} of the adapter on its base"))
    before, after = judge(base, judged), judge(encoder.encode, judged)
    figures = {f"nDCG@10 {name}": Comparison(before[name], after[name]) for name in after}
    checks += [Check(f"better {name}", after[name] > before[name]) for name in after]
    return Verification("retrieval", path, tuple(checks), figures)
