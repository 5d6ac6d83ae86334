"""What a forecast means for stock: will it last, how much to order, and what one store can give to another.

The demand over some days is a negative binomial around the forecast. Sales that are lost because nothing is left are
not counted, so each probability of being in stock is a lower bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from seamless_retail.core.catalogue import StockLevel
from seamless_retail.core.demand import DemandOutlook, Reorder, StockOutlook, Transfer

LEAD_DAYS = 7
"""Days until an order arrives."""
REVIEW_DAYS = 7
"""Days between orders."""
SERVICE_LEVEL = 0.95
"""How often the stock should last until the next delivery."""
LOW, HIGH = 0.1, 0.9
MAX_UNITS = 100_000


@dataclass(frozen=True, slots=True)
class SpanDemand:
    """Units sold over some days: negative binomial with this mean, variance ``m + m² / size``."""

    mean: float
    size: float

    def at_most(self, units: int) -> float:
        """The probability that no more than so many are sold."""
        return min(1.0, sum(self._mass(k) for k in range(units + 1))) if units >= 0 else 0.0

    def quantile(self, level: float) -> int:
        """The fewest units that the demand stays within with this probability."""
        total = 0.0
        for units in count():
            total += self._mass(units)
            if total >= level or units >= MAX_UNITS:
                return units
        raise AssertionError("count() does not end")

    def _mass(self, units: int) -> float:
        if self.mean <= 0:
            return 1.0 if units == 0 else 0.0
        ways = math.lgamma(units + self.size) - math.lgamma(self.size) - math.lgamma(units + 1)
        odds = self.size * math.log(self.size / (self.size + self.mean))
        return math.exp(ways + odds + units * math.log(self.mean / (self.size + self.mean)))


def together(outlooks: Sequence[DemandOutlook]) -> DemandOutlook:
    """The demand of one variant at several locations as one; their ups and downs come together."""
    first = outlooks[0]
    means = tuple(map(sum, zip(*(outlook.mean for outlook in outlooks), strict=True)))
    return DemandOutlook(first.sku, "", first.days, means, first.size, first.method, first.history_days)


def stock_outlook(demand: DemandOutlook, levels: Sequence[StockLevel], made_on: date, day: date) -> StockOutlook:
    """What becomes of a variant's stock until a day of the forecast.

    Args:
        demand: At one location, or :func:`together`.
        levels: The stock there.
        made_on: Today.
        day: Within the forecast; a later one counts as its last day.
    """
    day = min(max(day, demand.days[0]), demand.days[-1])
    span = SpanDemand(demand.expected(day), demand.size)
    chances = [(each, in_stock(demand, levels, each)) for each in demand.days]
    return StockOutlook(
        sku=demand.sku,
        location_id=demand.location_id,
        made_on=made_on,
        day=day,
        available=sum(level.available for level in levels),
        incoming=_due(levels, day),
        expected=span.mean,
        low=span.quantile(LOW),
        high=span.quantile(HIGH),
        in_stock=dict(chances)[day],
        stock_out_on=next((each for each, chance in chances if chance < 0.5), None),
        earliest_stock_out=next((each for each, chance in chances if chance < HIGH), None),
        horizon=demand.days[-1],
        reorder=propose_reorder(demand, levels),
        method=demand.method,
        history_days=demand.history_days,
    )


def in_stock(demand: DemandOutlook, levels: Sequence[StockLevel], day: date) -> float:
    """The probability that something is left at the end of a day.

    Either all that is there and comes by then outlasts all sales, or the last delivery alone outlasts those after it.
    """
    everything = sum(level.available for level in levels) + _due(levels, day)
    chance = SpanDemand(demand.expected(day), demand.size).at_most(everything - 1)
    last = max((level.incoming_on for level in levels if _comes(level, day) and level.incoming_on), default=None)
    if last is not None:
        delivered = sum(level.incoming for level in levels if level.incoming_on == last)
        since = demand.expected(day) - demand.expected(last) + _on(demand, last)
        chance = max(chance, SpanDemand(since, demand.size).at_most(delivered - 1))
    return chance


def propose_reorder(
    demand: DemandOutlook,
    levels: Sequence[StockLevel],
    lead_days: int = LEAD_DAYS,
    review_days: int = REVIEW_DAYS,
    service_level: float = SERVICE_LEVEL,
) -> Reorder:
    """Order up to the level that covers delivery and the time to the next order, at the service level."""
    cover = min(lead_days + review_days, len(demand.days))
    level = SpanDemand(demand.expected(demand.days[cover - 1]), demand.size).quantile(service_level)
    position = sum(stock.available + stock.incoming for stock in levels)
    return Reorder(max(0, level - position), level, position, cover, service_level)


def propose_transfers(demands: Sequence[DemandOutlook], levels: Sequence[StockLevel]) -> list[Transfer]:
    """Moves from locations with more of a variant than they need to those with less, the greatest need first.

    A location keeps what covers its own demand at the service level; goods on their way count for who expects them.
    """
    at = {level.location_id: level for level in levels}
    plans = {d.location_id: propose_reorder(d, [at[d.location_id]]) for d in demands if d.location_id in at}
    spare = {place: at[place].available - plan.level for place, plan in plans.items()}
    needs = sorted((place for place, plan in plans.items() if plan.units), key=lambda place: -plans[place].units)
    moves = []
    for target in needs:
        wanted = plans[target].units
        for source in sorted(spare, key=lambda place: -spare[place]):
            units = min(wanted, spare[source])
            if source != target and units > 0:
                moves.append(Transfer(demands[0].sku, source, target, units, plans[target].level))
                spare[source] -= units
                wanted -= units
    return moves


def _comes(level: StockLevel, day: date) -> bool:
    return level.incoming > 0 and level.incoming_on is not None and level.incoming_on <= day


def _due(levels: Sequence[StockLevel], day: date) -> int:
    return sum(level.incoming for level in levels if _comes(level, day))


def _on(demand: DemandOutlook, day: date) -> float:
    return next((mean for each, mean in zip(demand.days, demand.mean, strict=True) if each == day), 0.0)
