"""The image encoder and the visual index, by the settings; opened by the first picture."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, cast

from langchain_core.embeddings import Embeddings

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.core.images import ImageDownload, Picture
from seamless_retail.core.ports import ImageClassifier, ImageEncoder, Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.settings import Settings
from seamless_retail.core.sightings import SeenProduct, Sighting
from seamless_retail.lobes.visual import beside
from seamless_retail.tools.understanding import CatalogueQueryReader

if TYPE_CHECKING:
    from seamless_retail.retrievers.visual import CatalogueSight, VisualIndex

log = logging.getLogger(__name__)

BUNDLED = "grocery"
"""The encoder of this package, which knows groceries and nothing else."""
NONE_CONFIGURED = "SEAMLESS_IMAGE_ENCODER is empty: pictures are not looked at."


def bundled_encoder() -> Path:
    """Where the weights of the bundled encoder are."""
    return Path(str(files("seamless_retail.models"))) / "weights" / "image_encoder"


def missing_sight(settings: Settings) -> str:
    """Why pictures cannot be looked at, in words; empty if they can."""
    if not settings.image_encoder:
        return NONE_CONFIGURED
    if settings.image_encoder == BUNDLED and not (bundled_encoder() / "manifest.json").exists():
        return f"The bundled image encoder is not in {bundled_encoder()}: reinstall the package."
    return ""


def open_image_encoder(settings: Settings, embeddings: Embeddings | None = None) -> ImageEncoder:
    """The configured encoder; nothing is downloaded.

    Args:
        settings: Name it.
        embeddings: Whose sentence encoder it may share.

    Raises:
        ModelFileError: Its files are missing or damaged.
    """
    from seamless_retail.models.image_encoder import open_image_encoder as open_encoder

    return open_encoder(settings.image_encoder, embeddings)


def departments_of(settings: Settings) -> tuple[str, ...]:
    """The departments whose products the encoder knows; empty: all."""
    name = settings.image_encoder
    return ("grocery",) if name == BUNDLED or (Path(name) / "manifest.json").is_file() else ()


def open_classifier(encoder: ImageEncoder, shop: Shop) -> ImageClassifier:
    """The encoder's own names, or those of the catalogue's categories for one that has none."""
    if hasattr(encoder, "classify"):
        return cast(ImageClassifier, encoder)
    from seamless_retail.retrievers.visual import ZeroShotClassifier

    return ZeroShotClassifier(encoder, shop.catalogue.vocabulary().categories)


def open_visual_index(settings: Settings, encoder: ImageEncoder) -> "VisualIndex | None":
    """The visual index; ``None`` where none was built.

    Raises:
        SearchIndexError: It is damaged, or another encoder made it.
    """
    from seamless_retail.retrievers.manifest import MANIFEST
    from seamless_retail.retrievers.visual import VisualIndex

    folder = settings.visual_index_folder
    return VisualIndex.load(folder, encoder) if (folder / MANIFEST).exists() else None


def open_catalogue_sight(
    settings: Settings, shop: Shop, embeddings: Embeddings | None = None, *, indexed: bool = True
) -> "CatalogueSight":
    """Everything that looks at pictures; without ``indexed``, it knows names and no products.

    Raises:
        ModelFileError: The encoder's files are missing or damaged.
        SearchIndexError: The visual index is damaged, or another encoder made it.
    """
    from seamless_retail.retrievers.visual import CatalogueSight
    from seamless_retail.retrievers.visual.sight import ALIKE, MARGIN, MIN_CONFIDENCE, SAME

    encoder = open_image_encoder(settings, embeddings)
    return CatalogueSight(
        encoder,
        open_classifier(encoder, shop),
        open_visual_index(settings, encoder) if indexed else None,
        departments_of(settings),
        min_confidence=float(getattr(encoder, "min_confidence", MIN_CONFIDENCE)),
        alike=float(getattr(encoder, "alike", ALIKE)),
        same=float(getattr(encoder, "same", SAME)),
        margin=float(getattr(encoder, "margin", MARGIN)),
    )


@dataclass
class DeferredSight:
    """Implements ``ProductSight``; encoder and index are opened by the first picture.

    A visual index that cannot be used is told in the log and done without.
    """

    settings: Settings
    shop: Shop
    embeddings: Callable[[], Embeddings]
    """Opens the sentence embeddings, whose encoder is shared."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def load(self) -> "CatalogueSight":
        """Open now.

        Raises:
            ModelFileError: The encoder's files are missing or damaged.
        """
        with self._lock:
            return self._sight

    def look(self, pictures: Sequence[Picture], k: int = 5) -> list[Sighting]:
        """What each picture shows."""
        return self.load().look(pictures, k)

    @cached_property
    def _sight(self) -> "CatalogueSight":
        try:
            return open_catalogue_sight(self.settings, self.shop, self.embeddings())
        except SearchIndexError as error:
            log.warning("pictures are looked at without the visual index: %s", error)
            return open_catalogue_sight(self.settings, self.shop, self.embeddings(), indexed=False)


def open_sight(settings: Settings, shop: Shop, embeddings: Callable[[], Embeddings]) -> DeferredSight | None:
    """What looks at pictures; ``None`` where :func:`missing_sight` says why."""
    return None if missing_sight(settings) else DeferredSight(settings, shop, embeddings)


def open_download(settings: Settings) -> ImageDownload:
    """Fetches pictures from the hosts that the settings list."""
    return ImageDownload(settings.image_hosts)


def search_catalogue(
    shop: Shop, sight: "CatalogueSight", picture: Picture | None, text: str, k: int
) -> list[SeenProduct]:
    """Products by a picture, words, or both; what the words say of price, colour, kind and the like must hold.

    "this, but cheaper" leaves the product that the picture shows, and what costs as much.

    Raises:
        InvalidQueryError: The words contradict themselves, or are too long.
    """
    query = CatalogueQueryReader(shop.catalogue.vocabulary()).read(text).products if text else ProductQuery()
    if picture is not None and query.sort == "price_ascending":
        seen = sight.look([picture])[0]
        product = shop.catalogue.get(seen.products[0].product_id) if seen.sure else None
        if product is not None and not query.categories:
            query = query.model_copy(update={"categories": (product.category,)})
        query = beside(query, product)
    allowed = shop.catalogue.find_ids(query) if query.constraints() else None
    return sight.search(picture, query.text if picture else text, k, allowed)
