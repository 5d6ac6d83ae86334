"""Which method forecasts which series: rolling origins decide, and say why.

Every candidate forecasts the last periods of the history again from a few earlier origins. A series' own errors are
few, so the choice weighs them against the candidate's error over all series (:data:`POOLED`); with its own alone,
chance would choose. The mean of the best two is forecast. The same errors, the latest first, move the quantiles to
where they would have covered what they promise (conformal quantile regression, Romano et al. 2019, arXiv 1905.03222).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.models.forecasting.boosting import LEVEL, fit_boosting
from seamless_retail.models.forecasting.combination import Estimate, combined, point
from seamless_retail.models.forecasting.panel import Floats, Forecast, Panel
from seamless_retail.models.forecasting.statistics import LABELS, STATISTICAL, statistical_forecast, statistical_seconds
from seamless_retail.models.forecasting.temporal_fusion import LEVELS

ORIGINS = 4
POOLED = 10.0
"""How many times a series' own error the error over all series counts."""
BEST = 2
"""Methods whose mean a series is forecast with."""
HALF_LIFE = 1.0
"""Origins after which an error counts half in the quantiles: demand drifts."""
SECONDS = 20.0
"""A statistical method that would need longer than this is not a candidate of ``auto``."""
BOOSTING, COMBINATION = "boosting", "combination"
MODELS = ("auto", BOOSTING, COMBINATION, *STATISTICAL)
NAMES = {BOOSTING: "gradient boosting", COMBINATION: "combination", **LABELS}
SPARSE = 0.4
"""Share of periods without a sale from which a series is called sparse."""

Report = Callable[[int, int], None]


def auto_forecast(panel: Panel, horizon: int, model: str = "auto", report: Report | None = None) -> Forecast:
    """Forecast every series, by one method or by the mean of the best two for each.

    Args:
        panel: The history.
        horizon: Periods ahead.
        model: One of :data:`MODELS`. Where boosting has too little to learn from, the mean of the last periods
            stands in.
        report: Told how many origins are done, of how many.

    Raises:
        InvalidQueryError: There is no such model.
        MissingExtraError: A package of the extra ``forecast`` is not installed.
    """
    if model not in MODELS:
        raise InvalidQueryError(f"There is no model {model!r}.", f"Models are {', '.join(MODELS)}.")
    names = _candidates(panel, horizon, model)
    origins = validation_origins(panel, horizon)
    past: list[dict[str, Estimate]] = []
    for number, origin in enumerate((*origins, panel.length)):
        if report:
            report(number, len(origins) + 1)
        past.append(estimates(panel.until(origin), horizon, names))
    *validated, now = past
    usable = [name for name in names if all(name in found for found in past)]
    truths = [panel.filled()[:, origin : origin + horizon] for origin in origins]
    losses = np.stack([own_losses([found[name] for found in validated], truths, panel, origins) for name in usable])
    asked = np.zeros((1, len(panel.names)), dtype=np.intp)
    chosen = choose(losses, levels_of(panel)) if model == "auto" else asked
    calibrated = {
        name: calibrate(now[name], [found[name] for found in validated], truths, panel, origins) for name in usable
    }
    return _assemble(panel, horizon, usable, chosen, calibrated, losses, len(origins))


def validation_origins(panel: Panel, horizon: int) -> tuple[int, ...]:
    """The lengths of history to forecast again from, the oldest first; none where the history is too short."""
    stride = max(1, horizon // 2)
    found = [panel.length - horizon - number * stride for number in range(ORIGINS)]
    return tuple(origin for origin in found[::-1] if origin >= max(3, horizon // 2))


def estimates(panel: Panel, horizon: int, names: Sequence[str]) -> dict[str, Estimate]:
    """What each method says at the end of the panel; without boosting where there is too little to learn from."""
    found = {name: point(statistical_forecast(name, panel, horizon)) for name in names if name in STATISTICAL}
    if {BOOSTING, COMBINATION} & set(names):
        boosting = fit_boosting(panel, horizon, LEVELS)
        if boosting is not None:
            trees = Estimate(*boosting.forecast(panel, horizon))
            found |= {BOOSTING: trees} if BOOSTING in names else {}
            if COMBINATION in names:
                smoothing = found["ETS"].mean if "ETS" in found else statistical_forecast("ETS", panel, horizon)
                found[COMBINATION] = combined(trees, smoothing, panel)
    return found


def own_losses(found: Sequence[Estimate], truths: Sequence[Floats], panel: Panel, origins: Sequence[int]) -> Floats:
    """Each series' mean absolute error over the origins, in units of its level ``[n]``."""
    level = levels_of(panel)
    if not origins:
        return np.zeros(len(panel.names))
    errors = [np.abs(estimate.centre - truth).mean(1) / level for estimate, truth in zip(found, truths, strict=True)]
    return np.asarray(np.mean(errors, axis=0))


def choose(losses: Floats, level: Floats) -> NDArray[np.intp]:
    """Each series' best candidates, the best first ``[BEST, n]``, from losses ``[candidates, n]``.

    Without losses it is the first candidate alone.
    """
    if not losses.any():
        return np.zeros((1, losses.shape[1]), dtype=np.intp)
    pooled = (losses * level).sum(1) / level.sum()
    order = np.argsort(losses + POOLED * pooled[:, None], axis=0, kind="stable")
    return np.asarray(order[:BEST], dtype=np.intp)


def calibrate(
    now: Estimate, past: Sequence[Estimate], truths: Sequence[Floats], panel: Panel, origins: Sequence[int]
) -> Estimate:
    """The estimate, its quantiles shifted by how far the earlier ones missed, in units of each series' level."""
    if not origins:
        return now if now.has_spread else replace(now, quantiles=_poisson_like(now.mean))
    misses = [
        (truth[..., None] - estimate.quantiles) / levels_of(panel.until(origin))[:, None, None]
        for estimate, truth, origin in zip(past, truths, origins, strict=True)
    ]
    pool = np.concatenate(misses).reshape(-1, len(LEVELS))
    age = np.arange(len(origins))[::-1] / HALF_LIFE
    weight = np.repeat(0.5**age, len(pool) // len(origins))
    shift = np.array([_quantile(pool[:, place], level, weight) for place, level in enumerate(LEVELS)])
    moved = now.quantiles + shift * levels_of(panel)[:, None, None]
    return replace(now, quantiles=np.sort(np.maximum(moved, 0.0), axis=-1))


def levels_of(panel: Panel) -> Floats:
    """Each series' mean over its last periods ``[n]``, and half a unit, so that nothing is divided by zero."""
    recent = panel.units[:, -LEVEL[panel.frequency] :]
    counted = np.maximum(np.isfinite(recent).sum(1), 1)
    return np.asarray(np.nansum(recent, axis=1) / counted + 0.5)


def _candidates(panel: Panel, horizon: int, model: str) -> list[str]:
    if model != "auto":
        return [model] if model in STATISTICAL else [model, "WindowAverage"]
    fits = len(validation_origins(panel, horizon)) + 1
    affordable = [name for name in STATISTICAL if statistical_seconds(name, panel) * fits <= SECONDS]
    return [BOOSTING, *([COMBINATION] if "ETS" in affordable else []), *affordable]


def _quantile(values: Floats, level: float, weights: Floats) -> Floats:
    return np.asarray(np.quantile(values, level, weights=weights, method="inverted_cdf"))


def _poisson_like(mean: Floats) -> Floats:
    """Quantiles of a history too short to show any error: the normal approximation of a Poisson twice as wide."""
    normal = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])
    return np.maximum(mean[..., None] + 2 * np.sqrt(mean[..., None] + 0.25) * normal, 0.0)


def _assemble(
    panel: Panel,
    horizon: int,
    names: Sequence[str],
    chosen: NDArray[np.intp],
    found: Mapping[str, Estimate],
    losses: Floats,
    origins: int,
) -> Forecast:
    rows = np.arange(len(panel.names))
    means = np.stack([found[name].mean for name in names])
    quantiles = np.stack([found[name].quantiles for name in names])
    return Forecast(
        names=panel.names,
        dates=panel.ahead(horizon),
        mean=np.maximum(means[chosen, rows].mean(0), 0.0),
        levels=LEVELS,
        quantiles=quantiles[chosen, rows].mean(0),
        methods=tuple(" + ".join(NAMES[names[choice]] for choice in best) for best in chosen.T),
        reasons=tuple(_reasons(panel, names, chosen, losses, origins)),
    )


def _reasons(
    panel: Panel, names: Sequence[str], chosen: NDArray[np.intp], losses: Floats, origins: int
) -> Iterator[str]:
    """Why each series has its methods."""
    ages = panel.ages()
    idle = (panel.units == 0).sum(axis=1) / np.maximum(ages, 1)
    lowest = losses.argmin(0)
    for row, best in enumerate(chosen.T):
        kind = "sparse series" if idle[row] >= SPARSE else "regular series"
        if not origins:
            yield f"{NAMES[names[best[0]]]}: {ages[row]} periods are too few to compare methods"
            continue
        own = " and ".join(f"{NAMES[names[choice]]} ({losses[choice, row]:.2f})" for choice in best)
        said = f"{own}, error in parts of the level over {origins} origins"
        if lowest[row] in best:
            yield f"{said}: the lowest here, {kind}"
        else:
            rival = f"{NAMES[names[lowest[row]]]} was lower here ({losses[lowest[row], row]:.2f})"
            yield f"{said}; {rival} but worse over all series, {kind}"
