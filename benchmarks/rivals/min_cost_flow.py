"""OR-Tools: Clarke payments by solving the cohort's min-cost flow again without each winner.

Source to edges by one arc a client, edges to sink by their capacities, and past the edges an outside supplier who asks
the ceiling (mechanism.md, 2.2). Run as ``min_cost_flow.py CLIENTS SEED``; prints the seconds and payments as JSON.
"""

import json
import sys
from pathlib import Path
from time import thread_time

import numpy as np
import ortools
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

sys.path.insert(0, str(Path(__file__).parents[1]))
from market import market


def main() -> None:
    """Solve once with everybody and once without each winner."""
    columns = market(int(sys.argv[1]), 0, int(sys.argv[2]))
    amounts = columns.cost + columns.fee[columns.edge]
    start = thread_time()
    flow, arcs = _flow(columns.edge, amounts, columns.capacity, columns.terms.cohort, columns.terms.ceiling)
    best = _solved(flow)
    payments = {}
    for client in np.flatnonzero(flow.flows(arcs)).tolist():
        flow.set_arc_capacity(arcs[client], 0)
        payments[client] = _solved(flow) - best + int(amounts[client])
        flow.set_arc_capacity(arcs[client], 1)
    print(json.dumps({"seconds": thread_time() - start, "payments": payments, "version": ortools.__version__}))


def _flow(
    edge: np.ndarray, amounts: np.ndarray, capacity: np.ndarray, cohort: int, ceiling: int
) -> tuple[SimpleMinCostFlow, np.ndarray]:
    source, sink = len(capacity), len(capacity) + 1
    flow = SimpleMinCostFlow()
    ones = np.ones(len(edge), np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(np.full(len(edge), source), edge, ones, amounts)
    every_edge = np.arange(len(capacity))
    flow.add_arcs_with_capacity_and_unit_cost(
        every_edge, np.full_like(every_edge, sink), capacity, np.zeros_like(every_edge)
    )
    flow.add_arc_with_capacity_and_unit_cost(source, sink, cohort, ceiling)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([cohort, -cohort]))
    return flow, arcs


def _solved(flow: SimpleMinCostFlow) -> int:
    if flow.solve() != flow.OPTIMAL:
        sys.exit("min-cost flow: no optimum")
    return int(flow.optimal_cost())


if __name__ == "__main__":
    main()
