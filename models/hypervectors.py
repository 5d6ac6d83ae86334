"""Hyperdimensional computing with bipolar hypervectors: the algebra, a codebook, and texts as hypervectors.

Vectors of 10,000 elements in {-1, +1} under Multiply-Add-Permute (Gayler 1998; Kanerva, "Hyperdimensional computing",
Cognitive Computation 1, 2009), computed by torchhd (Heddes et al., JMLR 24, 2023). Two random ones have similarity
0 ± 0.01; *binding* (product) makes something unlike both and is its own inverse, *bundling* (majority) something like
all, *permuting* something unlike that keeps order. torchhd and torch are imported when first used.

On disk and in binary indexes a hypervector is ``d / 8`` bytes, bit 1 for -1, so that binding is XOR.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError, MissingExtraError

if TYPE_CHECKING:
    from torch import Tensor

DIMENSION = 10_000
ENCODING = "hypervectors-1"
"""Changes whenever the same text would get another hypervector: stored bits are compared by it."""
SPELLING_CHARACTERS = 256
"""Only the beginning of a long text is spelled out."""

_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)
"""How many bits of a byte are set."""

Bits = NDArray[np.uint8]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to float32 ``[n, e]``, similar texts to similar directions."""


def _torchhd() -> ModuleType:
    try:
        import torchhd
    except ImportError as error:
        raise MissingExtraError("Associative memory", "associative") from error
    module: ModuleType = torchhd
    return module


class Codebook:
    """The hypervector of any symbol: bits of SHAKE-256 over seed and symbol.

    The same on every machine and in every version of torch, without a table to keep: two symbols' vectors are as
    unlike as random ones.

    Args:
        dimension: Elements of a hypervector, a multiple of 8.
        seed: Another seed gives an unrelated codebook.

    Raises:
        ConfigurationError: The dimension is not a positive multiple of 8.
    """

    def __init__(self, dimension: int = DIMENSION, seed: int = 0) -> None:
        if dimension < 8 or dimension % 8:
            raise ConfigurationError(
                f"Hypervectors cannot have {dimension} elements.", "Give a positive multiple of 8, such as 10000."
            )
        self.dimension = dimension
        self.seed = seed

    def bits(self, symbol: str) -> Bits:
        """The symbol's hypervector, packed: uint8 ``[d / 8]``."""
        message = f"{ENCODING}\0{self.seed}\0{symbol}".encode()
        return np.frombuffer(hashlib.shake_256(message).digest(self.dimension // 8), dtype=np.uint8)

    def hypervectors(self, symbols: Sequence[str]) -> "Tensor":
        """The symbols' hypervectors: int8 in {-1, +1}, ``[n, d]``."""
        rows = [self.bits(symbol) for symbol in symbols]
        return unpack(np.stack(rows) if rows else np.empty((0, self.dimension // 8), dtype=np.uint8))

    @cached_property
    def tie_breaker(self) -> "Tensor":
        """Decides the elements on which a bundle is undecided: int8 ``[d]``."""
        return self.hypervectors(["tie"])[0]

    def bundle(self, hypervectors: "Tensor") -> "Tensor":
        """The majority of hypervectors, similar to each of them.

        Each of ``n`` unrelated parts has similarity of about ``sqrt(2 / (pi n))`` to the bundle: 0.5 for 3, 0.375 for
        4. Where as many are +1 as -1, a fixed random hypervector decides, the same for all bundles.

        Args:
            hypervectors: int8 ``[..., n, d]``.

        Returns:
            int8 ``[..., d]`` in {-1, +1}.
        """
        return self.majority(_torchhd().multiset(_integers(hypervectors)))

    def majority(self, sums: "Tensor") -> "Tensor":
        """The signs of element-wise sums ``[..., d]``, zeros decided by the tie breaker: int8 ``[..., d]``."""
        import torch

        # Twice the sum plus or minus one is never zero and has the sum's sign where that has one.
        decided = 2 * _torchhd().ensure_vsa_tensor(sums) + self.tie_breaker
        return _torchhd().normalize(decided).to(torch.int8)  # type: ignore[no-any-return]


def bind(left: "Tensor", right: "Tensor") -> "Tensor":
    """The association of two hypervectors, unlike both; binding once more undoes it. ``[..., d]``."""
    hd = _torchhd()
    return hd.bind(hd.ensure_vsa_tensor(left), hd.ensure_vsa_tensor(right))  # type: ignore[no-any-return]


def permute(hypervectors: "Tensor", shifts: int = 1) -> "Tensor":
    """Elements rotated by ``shifts`` places; ``-shifts`` rotates back. ``[..., d]``."""
    hd = _torchhd()
    return hd.permute(hd.ensure_vsa_tensor(hypervectors), shifts=shifts)  # type: ignore[no-any-return]


def similarity(left: "Tensor", right: "Tensor") -> "Tensor":
    """Cosines of ``[n, d]`` and ``[m, d]`` bipolar hypervectors: float32 ``[n, m]`` in -1..1."""
    hd = _torchhd()
    dots = hd.dot_similarity(hd.ensure_vsa_tensor(left), hd.ensure_vsa_tensor(right))
    return dots / left.shape[-1]  # type: ignore[no-any-return]


def cleanup(noisy: "Tensor", items: "Tensor") -> tuple["Tensor", "Tensor"]:
    """The stored item nearest to each noisy hypervector.

    Args:
        noisy: ``[n, d]``.
        items: ``[m, d]``, m at least 1.

    Returns:
        Rows of ``items`` and their cosines, both ``[n]``.
    """
    cosines, rows = similarity(noisy, items).max(dim=-1)
    return rows, cosines


def pack(hypervectors: "Tensor") -> Bits:
    """Bipolar ``[..., d]`` to bits, uint8 ``[..., d / 8]``."""
    return np.packbits(hypervectors.numpy() < 0, axis=-1)


def unpack(bits: Bits) -> "Tensor":
    """Bits ``[..., d / 8]`` to bipolar int8 ``[..., d]``."""
    import torch

    return torch.from_numpy(1 - 2 * np.unpackbits(bits, axis=-1).astype(np.int8))


def bit_similarity(left: Bits, right: Bits) -> NDArray[np.float32]:
    """Cosines of packed hypervectors, element by element of the broadcast rows: ``[..., d / 8]`` to ``[...]``."""
    different = _ONES[np.bitwise_xor(left, right)].sum(axis=-1, dtype=np.int64)
    return (1 - 2 * different / (8 * left.shape[-1])).astype(np.float32)


class TextEncoder:
    """Texts as hypervectors: the majority of what a text *is*, what it *means* and how it is *spelled*.

    - *Identity*: the codebook's vector of the text itself (case, width and spacing aside). It keeps near-duplicates
      apart, which is why exact cues find exactly their fact.
    - *Meaning*: the signs of a random projection of the text's embedding, whose similarity is ``1 - 2 angle / pi``
      (Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002). It finds paraphrases.
    - *Spelling*: the bundle of the text's letter trigrams, each bound after permutation (Joshi, Halseth and Kanerva,
      "Language geometry using random indexing", 2016). It finds misspelt texts.

    The three count alike; nothing is fitted.

    Args:
        embed: Texts to vectors, such as ``SentenceEncoder().encode``.
        embedding_dimension: Length of those vectors.
        codebook: Whose hypervectors texts are made of.
    """

    def __init__(self, embed: Embed, embedding_dimension: int, codebook: Codebook | None = None) -> None:
        self.codebook = codebook or Codebook()
        self._embed = embed
        self._embedding_dimension = embedding_dimension

    def encode(self, texts: Sequence[str]) -> "Tensor":
        """Hypervectors of texts: int8 ``[n, d]``.

        Raises:
            InvalidQueryError: A text is blank or is not valid Unicode.
        """
        import torch

        plain = [normalized(text) for text in texts]
        if not plain:
            return torch.empty((0, self.codebook.dimension), dtype=torch.int8)
        identity = self.codebook.hypervectors([f"text/{text}" for text in plain])
        spelling = torch.stack([self._spelling(text) for text in plain])
        return self.codebook.bundle(torch.stack([identity, self._meaning(texts), spelling], dim=1))

    @cached_property
    def _projection(self) -> "Tensor":
        """Random signs, float32 ``[e, d]`` (Achlioptas, "Database-friendly random projections", 2003)."""
        return self.codebook.hypervectors([f"axis/{axis}" for axis in range(self._embedding_dimension)]).float()

    def _meaning(self, texts: Sequence[str]) -> "Tensor":
        import torch

        vectors = torch.from_numpy(np.ascontiguousarray(self._embed(texts), dtype=np.float32))
        return torch.where(vectors @ self._projection < 0, -1, 1).to(torch.int8)

    def _spelling(self, text: str) -> "Tensor":
        letters = f" {text[:SPELLING_CHARACTERS]} "
        hypervectors = _integers(self.codebook.hypervectors([f"letter/{letter}" for letter in letters]))
        return self.codebook.majority(_torchhd().ngrams(hypervectors, n=3))


def normalized(text: str) -> str:
    """The text without distinctions of case, width and spacing.

    Raises:
        InvalidQueryError: The text is blank or is not valid Unicode.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if not plain or any("\ud800" <= letter <= "\udfff" for letter in plain):
        raise InvalidQueryError(f"{text[:50]!r} cannot be stored or asked for.", "Give a text of printable characters.")
    return plain


def _integers(hypervectors: "Tensor") -> "Tensor":
    """int16, in which sums of up to 32,767 hypervectors do not overflow (torchhd sums in the input's type)."""
    import torch

    return _torchhd().ensure_vsa_tensor(hypervectors.to(torch.int16))  # type: ignore[no-any-return]
