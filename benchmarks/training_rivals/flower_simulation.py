"""Flower's simulation on Ray: a hundred nodes, ten of them a round, federated averaging of the same module."""

import sys
import time
from collections.abc import Callable

import torch
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation
from torch_loop import accuracy, epoch, network
from work import WARM_UP, load, report


def client_app(path: str) -> ClientApp:
    """One epoch on the rows of the node's partition."""
    app = ClientApp()

    @app.train()
    def train(message: Message, context: Context) -> Message:
        torch.set_num_threads(1)
        work = load(path)
        net, client = network(work), int(context.node_config["partition-id"])
        net.load_state_dict(message.content["arrays"].to_torch_state_dict())
        epoch(net, torch.from_numpy(work.inputs[client]), torch.from_numpy(work.labels[client]), work)
        samples = MetricRecord({"num-examples": work.labels.shape[1]})
        return Message(RecordDict({"arrays": ArrayRecord(net.state_dict()), "metrics": samples}), reply_to=message)

    return app


def server_app(path: str, rounds: int, ended: Callable[..., None]) -> ServerApp:
    """Federated averaging; the watch starts when the model of the last warm-up round is there."""
    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:  # noqa: ARG001
        work = load(path)
        net, seen = network(work), []

        def watch(number: int, arrays: ArrayRecord) -> MetricRecord:
            seen.append(time.perf_counter())
            if number == WARM_UP + rounds:
                net.load_state_dict(arrays.to_torch_state_dict())
            return MetricRecord()

        strategy = FedAvg(fraction_train=work.a_round / len(work.labels), fraction_evaluate=0.0)
        strategy.start(
            grid,
            ArrayRecord(net.state_dict()),
            num_rounds=WARM_UP + rounds,
            train_config=ConfigRecord(),
            evaluate_fn=watch,
        )
        right = accuracy(net, torch.from_numpy(work.inputs), torch.from_numpy(work.labels))
        ended(rounds_per_second=rounds / (seen[-1] - seen[WARM_UP]), accuracy=right)

    return app


def main() -> None:
    """Time the rounds."""
    path, rounds = sys.argv[1], int(sys.argv[2])
    found: list[dict[str, float]] = []
    server = server_app(path, rounds, lambda **each: found.append(each))
    resources = {"client_resources": {"num_cpus": 1, "num_gpus": 0.0}}
    run_simulation(server, client_app(path), len(load(path).labels), backend_config=resources)
    report(**found[0])


if __name__ == "__main__":
    main()
