"""The best set of vouchers for a cart, exactly.

Each voucher takes at most its saving off the lines it applies to, and no line goes below nothing. What a set saves is
therefore a maximum flow from vouchers to lines. Few vouchers are tried set by set, the flow by its minimum cut; many
are given to CP-SAT of OR-Tools, whose arithmetic is in integers as ours. Both find the same value.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.vouchers import Saving, conflict

MOST_SETS = 2_000
"""More sets of vouchers than this are left to the solver."""
SOLVER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of vouchers and what each of them takes off, in the order of their codes."""

    savings: tuple[Saving, ...] = ()
    """With the cents that each adds to those before it; their sum is the value of the set."""

    @property
    def cents(self) -> int:
        """What all of them take off."""
        return sum(saving.cents for saving in self.savings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, sorted."""
        return tuple(saving.voucher.code for saving in self.savings)


def best_choice(savings: Sequence[Saving], capacities: Sequence[int]) -> Choice:
    """The set that saves the most; of equals the one with the fewest vouchers.

    Args:
        savings: Vouchers that could each be used alone.
        capacities: The cents of each line, and of shipping after them.
    """
    useful = sorted((saving for saving in savings if saving.cents > 0), key=_code)
    groups = Counter(saving.voucher.group for saving in useful if not saving.voucher.exclusive)
    if math.prod(count + 1 for count in groups.values()) <= MOST_SETS:
        return by_trying(useful, capacities)
    return by_solver(useful, capacities)


def by_trying(savings: Sequence[Saving], capacities: Sequence[int]) -> Choice:
    """The best set by trying each one that the rules allow."""
    sets = sorted(_allowed(sorted(savings, key=_code)), key=lambda chosen: [_code(s) for s in chosen])
    return together(max(sets, key=lambda chosen: (value_of(chosen, capacities), -len(chosen))), capacities)


def by_solver(savings: Sequence[Saving], capacities: Sequence[int]) -> Choice:
    """The best set by CP-SAT: one switch per voucher, one flow from each voucher to each line it applies to.

    Raises:
        InvalidQueryError: It found no proof in time.
    """
    from ortools.sat.python import cp_model  # over a second to import, and seldom needed

    model = cp_model.CpModel()
    used = [model.new_bool_var(saving.voucher.code) for saving in savings]
    into: list[list[cp_model.IntVar]] = [[] for _ in capacities]
    for saving, switch in zip(savings, used, strict=True):
        own = [model.new_int_var(0, min(saving.cents, capacities[i]), "") for i in saving.lines]
        for i, flow in zip(saving.lines, own, strict=True):
            into[i].append(flow)
        model.add(sum(own) <= saving.cents * switch)
    for capacity, arriving in zip(capacities, into, strict=True):
        model.add(sum(arriving) <= capacity)
    for i, j in combinations(range(len(savings)), 2):
        if conflict(savings[i].voucher, savings[j].voucher):
            model.add_bool_or(used[i].negated(), used[j].negated())
    model.maximize(sum(flow for arriving in into for flow in arriving) * (len(savings) + 1) - sum(used))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, 0
    solver.parameters.max_time_in_seconds = SOLVER_SECONDS
    if solver.solve(model) != cp_model.OPTIMAL:
        raise InvalidQueryError("There are too many vouchers to compare.", "Name the codes to use.")
    return together([s for s, switch in zip(savings, used, strict=True) if solver.value(switch)], capacities)


def together(savings: Sequence[Saving], capacities: Sequence[int]) -> Choice:
    """What vouchers take off when they are used together, each with what it adds to those before it."""
    ordered = sorted(savings, key=_code)
    values = [value_of(ordered[:count], capacities) for count in range(len(ordered) + 1)]
    added = zip(ordered, values, values[1:], strict=False)
    return Choice(tuple(Saving(saving.voucher, after - before, saving.lines) for saving, before, after in added))


def value_of(savings: Sequence[Saving], capacities: Sequence[int]) -> int:
    """What a set saves: the minimum cut, over which vouchers are limited by their lines and which by themselves."""
    best = sum(saving.cents for saving in savings)
    for size in range(1, len(savings) + 1):
        for limited in combinations(savings, size):
            own = sum(saving.cents for saving in savings if saving not in limited)
            best = min(best, own + sum(capacities[i] for i in {i for saving in limited for i in saving.lines}))
    return best


def _allowed(savings: Sequence[Saving]) -> Iterator[tuple[Saving, ...]]:
    """Every set in which no two exclude each other."""
    groups: dict[str, list[Saving]] = {}
    for saving in savings:
        if saving.voucher.exclusive:
            yield (saving,)
        else:
            groups.setdefault(saving.voucher.group, []).append(saving)
    for chosen in product(*([None, *group] for group in groups.values())):
        yield tuple(sorted((saving for saving in chosen if saving is not None), key=_code))


def _code(saving: Saving) -> str:
    return saving.voucher.code
