"""Guards: what must not be said, shown or sold to one customer. Names load when first used.

``FoodGuard`` judges; ``check_food`` and ``as_runnable`` are its forms for code and chains, ``NutritionMiddleware`` that
for agents, ``HoldBack`` that for streams.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.lobes.guardrails.food_guard import FoodGuard, FoodVerdict
    from seamless_retail.lobes.guardrails.graph_stream import aguarded_stream, guarded_stream
    from seamless_retail.lobes.guardrails.held_back_model import hold_back_model
    from seamless_retail.lobes.guardrails.hold_back import HoldBack
    from seamless_retail.lobes.guardrails.input_guard import InputGuard
    from seamless_retail.lobes.guardrails.input_guard.middleware import InputGuardMiddleware
    from seamless_retail.lobes.guardrails.middleware import NutritionMiddleware
    from seamless_retail.lobes.guardrails.runnable import as_runnable, check_food, text_check

__all__ = [
    "FoodGuard",
    "FoodVerdict",
    "HoldBack",
    "InputGuard",
    "InputGuardMiddleware",
    "NutritionMiddleware",
    "aguarded_stream",
    "as_runnable",
    "check_food",
    "guarded_stream",
    "hold_back_model",
    "text_check",
]

_MODULES = {
    "FoodGuard": "food_guard",
    "FoodVerdict": "food_guard",
    "HoldBack": "hold_back",
    "InputGuard": "input_guard",
    "InputGuardMiddleware": "input_guard.middleware",
    "NutritionMiddleware": "middleware",
    "aguarded_stream": "graph_stream",
    "as_runnable": "runnable",
    "check_food": "runnable",
    "guarded_stream": "graph_stream",
    "hold_back_model": "held_back_model",
    "text_check": "runnable",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
