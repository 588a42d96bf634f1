"""HiGHS: Clarke payments by solving the cohort's linear programme again, warm, without each winner.

The programme is that of mechanism.md, 2.2: hire K of the clients or of an outside supplier who asks the ceiling. It is
a network, so its vertices are whole. Run as ``highs.py CLIENTS SEED``; prints the seconds and the payments as JSON.
"""

import json
import sys
from pathlib import Path
from time import thread_time

import highspy
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from market import market


def main() -> None:
    """Solve once with everybody and once without each winner."""
    columns = market(int(sys.argv[1]), 0, int(sys.argv[2]))
    amounts = columns.cost + columns.fee[columns.edge]
    start = thread_time()
    solver, hired = _solver(columns.edge, amounts, columns.capacity, columns.terms.cohort, columns.terms.ceiling)
    best = solver.getInfo().objective_function_value
    payments = {}
    for client in hired:
        solver.changeColBounds(client, 0.0, 0.0)
        solver.run()
        payments[client] = round(solver.getInfo().objective_function_value - best) + int(amounts[client])
        solver.changeColBounds(client, 0.0, 1.0)
    print(json.dumps({"seconds": thread_time() - start, "payments": payments, "version": highspy.Highs().version()}))


def _solver(
    edge: np.ndarray, amounts: np.ndarray, capacity: np.ndarray, cohort: int, ceiling: int
) -> tuple[highspy.Highs, list[int]]:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    for places in capacity.tolist():
        solver.addRow(0.0, float(places), 0, [], [])
    solver.addRow(float(cohort), float(cohort), 0, [], [])
    for at, amount in zip(edge.tolist(), amounts.tolist(), strict=True):
        solver.addCol(float(amount), 0.0, 1.0, 2, [at, len(capacity)], [1.0, 1.0])
    solver.addCol(float(ceiling), 0.0, float(cohort), 1, [len(capacity)], [1.0])
    solver.run()
    values = solver.getSolution().col_value[: len(edge)]
    return solver, [client for client, value in enumerate(values) if value > 0.5]


if __name__ == "__main__":
    main()
