"""Train the image tower: photos of groceries among sentence embeddings.

    python -m seamless_retail.training.recipes.image_encoder --config shipped --out models/weights/image_encoder

What it makes: a residual network with three heads (``models/image_tower.py``), from nothing but the 2,640 training
photos, 81 pictures of a web shop and what the products are called. Small pictures first, larger ones later; the running
mean of the weights is what is kept. Kernels are updated by Muon, which after ten epochs was 15 points ahead of AdamW.

How it is judged: whole series of photos are held out (``training/data/grocery_images.py``). They choose every setting;
after that they join a short last training. The official validation photos are from other places. One half of them, in
whole series, is what probabilities and bounds are fitted on; figures on these are of the other half, and what is named
right is counted on all. A tower that is there is calibrated anew, without training, by

    python -m seamless_retail.training.recipes.image_encoder --set weights=FOLDER --out FOLDER
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seamless_retail.models.image_encoder import KIND, MEANS, WHITENING, GroceryImageEncoder
from seamless_retail.models.image_tower import ImageTower, TowerShape, pixels_of, tensors_of
from seamless_retail.models.module import StoredModule, load_module, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.grocery_images import (
    GroceryImages,
    Photo,
    calibration_half,
    development,
    read_grocery_images,
)
from seamless_retail.training.data.grocery_names import KINDS
from seamless_retail.training.recipes.image_encoder_card import write_card
from seamless_retail.training.recipes.image_encoder_judging import (
    Calibration,
    Familiar,
    calibrate,
    judge,
    share_right,
)
from seamless_retail.training.recipes.image_encoder_lesson import NARROW, Lesson, Photos, optimizers
from seamless_retail.training.recipes.image_encoder_settings import ImageEncoderSettings
from seamless_retail.training.run import Check, Comparison, Optimisation, Recipe, Run, Verification, main, optimise
from seamless_retail.training.run.devices import processes
from seamless_retail.training.run.optimising import planned_updates


def check(settings: ImageEncoderSettings, run: Run) -> Mapping[str, int]:
    """Decode every photo and count."""
    data = read_grocery_images(run.data)
    held = development(data.training)
    return {
        "products": len(data.products),
        "photos to train on": len(run.limited(data.training)),
        "of them held out until the last training": int(held[: len(run.limited(data.training))].sum()),
        "validation photos": len(data.validation),
        "of them to calibrate on": int(calibration_half(data.validation).sum()),
    }


def train(settings: ImageEncoderSettings, run: Run) -> None:
    """Train, train on with all photos, calibrate, store, judge."""
    if settings.weights is not None:
        if run.is_main:
            finish(settings, run, load_module(settings.weights, KIND), read_grocery_images(run.data), SentenceEncoder())
        return
    pupil = Pupil.prepare(settings, run)
    known = [photo for photo, held in zip(pupil.photos, pupil.held, strict=True) if not held]
    held = [photo for photo, held in zip(pupil.photos, pupil.held, strict=True) if held]
    pupil.teach(known, held, settings.optimisation, "tower", run)
    if run.stopped:
        return
    if settings.finish is not None:
        pupil.lesson.forget_average()
        pupil.teach([*known, *held], [], settings.finish, "finish", run)
    if not run.stopped and run.is_main:
        finish(settings, run, pupil.store(pupil.familiar(pupil.photos)), pupil.data, pupil.texts)


def finish(
    settings: ImageEncoderSettings, run: Run, module: StoredModule, data: GroceryImages, texts: SentenceEncoder
) -> None:
    """Calibrate a tower, store it, judge it, write its card."""
    half = calibration_half(data.validation)
    photos = [photo for photo, fits in zip(data.validation, half, strict=True) if fits]
    encoder = GroceryImageEncoder(texts, module)
    calibration = calibrate(encoder, photos, data, settings.least_right, settings.least_same)
    module = replace(module, config={**module.config, **calibration.bounds()})
    save_module(run.out, module)
    judgement = judge(GroceryImageEncoder(texts, module), data) if settings.judged else None
    held = int(development(data.training).sum())
    write_card(run.out, settings, calibration, judgement, len(data.training) - held, held)


@dataclass
class Pupil:
    """The tower with all that it is taught from."""

    settings: ImageEncoderSettings
    data: GroceryImages
    photos: list[Photo]
    held: list[bool]
    """Which of the photos are held out at first."""
    texts: SentenceEncoder
    shape: TowerShape
    lesson: Lesson

    @classmethod
    def prepare(cls, settings: ImageEncoderSettings, run: Run) -> "Pupil":
        """Read the photos and build the network."""
        data, texts = read_grocery_images(run.data), SentenceEncoder()
        photos, sizes = list(run.limited(data.training)), settings.shape
        shape = TowerShape(sizes.stem, sizes.widths, sizes.blocks, texts.dimension, len(data.products), len(KINDS))
        spoken = texts.encode([text for product in data.products for text in product.texts()])
        anchors = torch.from_numpy(spoken).view(len(data.products), -1, texts.dimension).mean(1)
        kinds = torch.tensor([product.kind for product in data.products])
        tower = ImageTower(shape, sizes.drop)
        lesson = Lesson(tower, functional.normalize(anchors, dim=1), kinds, settings.teaching)
        held = development(data.training)[: len(photos)].tolist()
        return cls(settings, data, photos, held, texts, shape, lesson.to(run.accelerator.device))

    def teach(self, known: list[Photo], held: list[Photo], how: Optimisation, name: str, run: Run) -> None:
        """One training; the last stage's size throughout where nothing is held out."""
        settings, random = self.settings, torch.Generator()
        material = self.material([*known, *self.data.iconic])
        batch = how.micro_batch or how.batch // processes()[1]
        drawn = planned_updates(how, len(known)) * how.batch

        def loss(module: nn.Module, step: int) -> Mapping[str, Tensor]:
            random.manual_seed(settings.seed * 1_000_003 + step + (0 if held else 500_009))
            side = settings.side_at(step * batch / drawn if held else 1.0)
            found: Mapping[str, Tensor] = module(material, batch, side, settings.variation, random)
            return found

        def watch(_: nn.Module) -> Mapping[str, float]:
            return {"right": share_right(self.encoder(), held)} if held else {}

        rates = {
            "kernels": settings.kernels.learning_rate * how.learning_rate / settings.optimisation.learning_rate,
            "kernel_decay": settings.kernels.weight_decay,
            "rest": how.learning_rate,
            "decay": how.weight_decay,
        }
        optimise(
            run,
            how,
            self.lesson,
            loss,
            name=name,
            size=len(known),
            watch=watch,
            watch_every=settings.watch_every,
            optimizers=optimizers(self.lesson, rates),
        )

    def material(self, photos: list[Photo]) -> Photos:
        """Pixels of every photo, at two sizes."""
        side = self.settings.kept_side
        wide = torch.stack([pixels_of(photo.picture, side).round().byte() for photo in photos])
        narrow = [
            functional.interpolate(part.float(), (NARROW, NARROW), mode="area") for part in torch.split(wide, 256)
        ]
        products = torch.tensor([photo.product for photo in photos])
        return Photos(wide, torch.cat(narrow).round().byte(), products)

    def encoder(self) -> GroceryImageEncoder:
        """As it is used, but without calibration, and with nothing that is strange to it."""
        nothing = Familiar.nothing(self.shape.products, self.shape.widths[-1])
        return GroceryImageEncoder(self.texts, self.store(nothing))

    def familiar(self, photos: list[Photo]) -> Familiar:
        """What photos look like to the tower."""
        return Familiar.of(self.encoder(), photos, self.shape.products)

    def store(self, familiar: Familiar) -> StoredModule:
        """The running mean of the weights, and what is needed to use them but a calibration."""
        config = {
            "shape": self.shape._asdict(),
            "side": self.settings.side,
            "labels": [product.name for product in self.data.products],
            "kinds": list(KINDS),
            "kind_of_product": [product.kind for product in self.data.products],
            "encoder": self.texts.name,
            "encoder_sha256": self.texts.weights_sha256,
            **Calibration().bounds(),
        }
        tensors = tensors_of(self.lesson.mean_tower(self.shape))
        return StoredModule(KIND, config, {**tensors, MEANS: familiar.means, WHITENING: familiar.whitening})


def verify(path: Path, run: Run) -> Verification:
    """Load the tower and look at the validation photos with it."""
    encoder, data = GroceryImageEncoder.load(folder=path), read_grocery_images(run.data)
    photos = run.limited(data.validation)
    seen = encoder.look([photo.picture for photo in photos])
    lengths = np.linalg.norm(seen.vectors, axis=1)
    names = np.array([photo.product for photo in photos])
    right = float((seen.products.argmax(1) == names).mean())
    often = float((names == np.bincount(names).argmax()).mean())
    checks = (
        Check("vectors of length 1", bool(np.allclose(lengths, 1, atol=1e-4)), f"{len(photos)} photos"),
        Check("better than the most frequent product", right > often, f"{right:.1%} against {often:.1%}"),
    )
    return Verification(RECIPE.name, path, checks, {"right products": Comparison(often, right)})


RECIPE = Recipe("image_encoder", ImageEncoderSettings, check, train, default="shipped", verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
