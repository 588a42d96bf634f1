"""Ours: the in-process engine with everything it leaves behind but the Merkle root, which a round gives on demand."""

import resource
import sys
import time
from typing import Any

from cofund.training.threads import prefer_one

prefer_one()

import numpy as np  # noqa: E402 - after the number of threads
from work import StartingPoint, load, report, timed  # noqa: E402

from cofund.training import aggregate  # noqa: E402
from cofund.training.edge import StartingPoint as Sent  # noqa: E402
from cofund.training.engines.in_process import InProcess  # noqa: E402
from cofund.training.hierfavg import run_round  # noqa: E402
from cofund.training.model import flat, unflat  # noqa: E402
from cofund.training.network import samples  # noqa: E402
from cofund.training.plan import Federation, Plan  # noqa: E402
from cofund.training.task import Task  # noqa: E402
from cofund.training.tasks import classification  # noqa: E402


def in_numpy(work: StartingPoint, plan: Plan) -> tuple[Task, list[Any]]:
    """The network of ``network.py`` and each client's rows."""
    data = [samples(inputs, labels) for inputs, labels in zip(work.inputs, work.labels, strict=True)]
    return classification.task("bench", work.sizes, plan), data


def in_torch(work: StartingPoint, plan: Plan) -> tuple[Task, list[Any]]:
    """The module of the plain loop through the PyTorch adapter, with the same batches."""
    import torch  # noqa: PLC0415
    import torch_loop  # noqa: PLC0415

    from cofund.training.tasks.torch_task import torch_task  # noqa: PLC0415

    torch.set_num_threads(1)

    def batches(data: Any, seed: int) -> Any:
        del seed  # the adapter has seeded
        return ((data[0][rows], data[1][rows]) for rows in torch.randperm(len(data[1])).split(work.batch))

    task = torch_task(
        "bench",
        lambda: torch_loop.network(work),
        optimiser=lambda parameters: torch.optim.SGD(parameters, lr=plan.learning_rate),
        loss=torch.nn.functional.cross_entropy,
        batches=batches,
        evaluate=lambda net, data: torch_loop.accuracy(net, data[0][None], data[1][None]),
        samples=lambda data: len(data[1]),
    )
    tensors = zip(torch.from_numpy(work.inputs), torch.from_numpy(work.labels), strict=True)
    return task, list(tensors)


def main() -> None:
    """Time the engine: ``stacked``, ``loop``, or of PyTorch ``torch``; ``floats``, ``integers``, ``memory``."""
    work, how, seed = load(sys.argv[1]), sys.argv[3], int((*sys.argv, "1", "1")[4])
    plan = Plan(
        local_steps=work.steps,
        edge_rounds=1,
        rounds=1,
        learning_rate=work.learning_rate,
        batch=work.batch,
        seed=seed,
    )
    task, data = (in_torch if how == "torch" else in_numpy)(work, plan)
    engine, model = InProcess(stacked=how != "loop"), task.initial(plan.seed)
    names = [f"client-{client}" for client in range(len(data))]
    rows = dict(zip(names, data, strict=True))

    def run(first: int, cohorts: list[list[int]]) -> None:
        nonlocal model
        for number, cohort in enumerate(cohorts, first + 1):
            members = Federation((("edge", tuple(names[client] for client in cohort)),), rows)
            model = run_round(task, engine, members, plan, Sent(number, 0, model)).model

    if how == "memory":
        started = time.perf_counter()
        run(0, [work.cohort(0)])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        report(seconds=time.perf_counter() - started, gib=peak)
    elif how == "integers":
        report(share=integer_share(model, [work.cohort(number) for number in range(40)], run))
    else:
        if how == "floats":
            vars(aggregate).update(FLOATS)
        timed(work, run, lambda: float(np.mean([task.evaluate(model, own) for own in data])))


FLOATS = {
    "rounded": lambda changes: changes.astype(np.float64) * aggregate.SCALE,
    "exact_sum": lambda units, weights: np.array(weights, np.float64) @ units,
    "zeros_like": lambda model: np.zeros(sum(array.size for array in model)),
    "mean": lambda total, weight: total / weight,
}
"""What stands for the functions of the same names if nothing is to be rounded."""


def integer_share(model: Any, cohorts: list[list[int]], run: Any) -> float:
    """What aggregation over integers takes more than over floats, as a share of a round."""
    changes = np.random.default_rng(1).normal(0, 0.01, (len(cohorts[0]), sum(a.size for a in model))).astype("<f4")
    weights = [18] * len(cohorts[0])

    def integers() -> None:
        total = aggregate.exact_sum(aggregate.rounded(changes), weights)
        aggregate.moved(model, aggregate.mean(total, sum(weights)))

    def floats() -> None:
        mean = np.array(weights, np.float32) @ changes / np.float32(sum(weights))
        unflat(flat(model) + mean, model)

    run(0, cohorts[:20])
    return (seconds(integers) - seconds(floats)) / (seconds(lambda: run(20, cohorts[20:])) / 20)


def seconds(work: Any) -> float:
    """Median of several runs."""
    times = []
    for _ in range(30):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return float(np.median(times))


if __name__ == "__main__":
    main()
