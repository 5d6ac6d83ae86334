"""What all recipes share: settings from YAML, one command line, the loop, checkpoints, trackers, and verification."""

from seamless_retail.training.run.command import main
from seamless_retail.training.run.drawing import Order
from seamless_retail.training.run.optimising import optimise
from seamless_retail.training.run.recipe import Recipe, Run
from seamless_retail.training.run.settings import Descent, Optimisation, RecipeSettings, Settings, Tracking
from seamless_retail.training.run.trainers import run_trainer, trainer_arguments, trainer_callbacks
from seamless_retail.training.run.verification import Check, Comparison, Verification

__all__ = [
    "Check",
    "Comparison",
    "Descent",
    "Optimisation",
    "Order",
    "Recipe",
    "RecipeSettings",
    "Run",
    "Settings",
    "Tracking",
    "Verification",
    "main",
    "optimise",
    "run_trainer",
    "trainer_arguments",
    "trainer_callbacks",
]
