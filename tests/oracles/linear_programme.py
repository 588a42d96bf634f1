"""Exact linear programmes: ``maximise c x, A x <= b, x >= 0`` with ``b >= 0``, by the simplex method in fractions.

And the best mechanism of a tiny market as such a programme, written from the definitions: no virtual value, no
multiplier, no ironing.
"""

from fractions import Fraction
from itertools import product
from math import prod

Row = dict[int, Fraction]


def maximum(objective: Row, rows: list[tuple[Row, Fraction]]) -> Fraction:
    """The optimum. Bland's rule: the first column that improves, the first basic variable that binds; never cycles."""
    columns = 1 + max(at for row in [objective, *(row for row, _ in rows)] for at in row)
    table = [{**row, columns + at: Fraction(1)} for at, (row, _) in enumerate(rows)]
    right = [bound for _, bound in rows]
    basis = [columns + at for at in range(len(rows))]
    gains, value = dict(objective), Fraction(0)
    while entering := [at for at, gain in gains.items() if gain > 0]:
        column = min(entering)
        ratios = [(right[at] / row[column], basis[at], at) for at, row in enumerate(table) if row.get(column, 0) > 0]
        _, _, pivot = min(ratios)
        scale = table[pivot][column]
        table[pivot] = {at: entry / scale for at, entry in table[pivot].items()}
        right[pivot] /= scale
        for at, row in enumerate(table):
            if at != pivot and column in row:
                right[at] -= row[column] * right[pivot]
                _subtract(row, table[pivot], row[column])
        value += gains[column] * right[pivot]
        _subtract(gains, table[pivot], gains[column])
        basis[pivot] = column
    return value


def _subtract(row: Row, pivot: Row, times: Fraction) -> None:
    for at, entry in pivot.items():
        left = row.get(at, Fraction(0)) - times * entry
        if left:
            row[at] = left
        else:
            row.pop(at, None)


class Programme:
    """The best mechanism of a market with owners ``{value: chance}``, as a programme.

    Variables: whether a round runs and who gets it, for every profile and round, as probabilities; what each owner
    with each value expects to pay, as a payment that is not negative less one subsidy for the owner.
    """

    def __init__(self, owners: list[dict[int, Fraction]], steps: list[Fraction], round_cost: Fraction) -> None:
        self.owners, self.steps, self.round_cost = owners, steps, round_cost
        self.numbers: dict[tuple[object, ...], int] = {}
        self.profiles = list(product(*owners))
        self.rows: list[tuple[Row, Fraction]] = []
        self.objective: Row = {}
        self.budget: Row = {}

    def number(self, *name: object) -> int:
        """Of the variable with this name."""
        return self.numbers.setdefault(name, len(self.numbers))

    def chance(self, profile: tuple[int, ...]) -> Fraction:
        return prod((owner[value] for owner, value in zip(self.owners, profile, strict=True)), start=Fraction(1))

    def production(self) -> None:
        """Only a round that runs can be had; welfare and the deficit count its cost."""
        for profile, r in product(self.profiles, range(len(self.steps))):
            chance, run = self.chance(profile), self.number("run", profile, r)
            self.objective[run] = -self.round_cost * chance
            self.budget[run] = self.round_cost * chance
            self.rows.append(({run: Fraction(1)}, Fraction(1)))
            for i, value in enumerate(profile):
                had = self.number("get", profile, r, i)
                self.objective[had] = value * self.steps[r] * chance
                self.rows.append(({had: Fraction(1), run: Fraction(-1)}, Fraction(0)))

    def incentives(self, i: int) -> None:
        """Owner i expects no loss from the truth, and no more from a lie."""
        for true in self.owners[i]:
            honest = self.utility(i, true, true)
            self.rows.append(({at: -entry for at, entry in honest.items()}, Fraction(0)))
            for said in self.owners[i].keys() - {true}:
                lie = self.utility(i, true, said)
                _subtract(lie, honest, Fraction(1))
                self.rows.append((lie, Fraction(0)))
            self.budget[self.number("pay", i, true)] = -self.owners[i][true]
        self.budget[self.number("subsidy", i)] = Fraction(1)

    def utility(self, i: int, true: int, said: int) -> Row:
        """Expected, of owner i with value ``true`` that bids ``said``."""
        row: Row = {self.number("pay", i, said): Fraction(-1), self.number("subsidy", i): Fraction(1)}
        for profile, (r, step) in product(self.profiles, enumerate(self.steps)):
            if profile[i] == said:
                row[self.number("get", profile, r, i)] = true * step * self.chance(profile) / self.owners[i][said]
        return row


def best_welfare(owners: list[dict[int, Fraction]], steps: list[Fraction], round_cost: Fraction) -> Fraction:
    """Most expected welfare of a Bayesian incentive-compatible, interim-rational mechanism without expected deficit."""
    programme = Programme(owners, steps, round_cost)
    programme.production()
    for i in range(len(owners)):
        programme.incentives(i)
    return maximum(programme.objective, [*programme.rows, (programme.budget, Fraction(0))])
