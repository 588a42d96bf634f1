"""pfl-research: federated averaging of the same module, ten users a round, in one process."""

import sys
import time

import torch
from pfl.aggregate.simulate import SimulatedBackend
from pfl.algorithm.base import NNAlgorithmParams
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.callback.base import TrainingProcessCallback
from pfl.data.dataset import Dataset
from pfl.data.federated_dataset import FederatedDataset
from pfl.hyperparam import NNEvalHyperParams, NNTrainHyperParams
from pfl.metrics import Metrics
from pfl.model.pytorch import PyTorchModel
from torch import nn
from torch.nn import functional
from torch_loop import accuracy, network
from work import WARM_UP, Work, load, report


class Module(nn.Module):
    """The network with the two methods that pfl asks for."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.net = network(work)

    def loss(self, inputs: torch.Tensor, labels: torch.Tensor, is_eval: bool = False) -> torch.Tensor:
        """Cross-entropy."""
        self.eval() if is_eval else self.train()
        return functional.cross_entropy(self.net(inputs), labels)

    def metrics(self, inputs: torch.Tensor, labels: torch.Tensor, is_eval: bool = True) -> dict[str, float]:  # noqa: ARG002
        """None are needed."""
        return {}


class Stopwatch(TrainingProcessCallback):
    """When the rounds after the warm-up began and ended: clock and processor, in seconds."""

    def __init__(self) -> None:
        self.started = self.ended = (0.0, 0.0)

    def after_central_iteration(
        self,
        aggregate_metrics: Metrics,  # noqa: ARG002
        model: PyTorchModel,  # noqa: ARG002
        *,
        central_iteration: int,
    ) -> tuple[bool, Metrics]:
        """Start the watch after the warm-up; read it after every round."""
        self.ended = (time.perf_counter(), time.process_time())
        if central_iteration == WARM_UP - 1:
            self.started = self.ended
        return False, Metrics()


def main() -> None:
    """Time the rounds; pfl evaluates nobody, and that only before the watch runs."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    work, rounds = load(sys.argv[1]), int(sys.argv[2])
    inputs, labels = torch.from_numpy(work.inputs), torch.from_numpy(work.labels)
    module = Module(work)
    model = PyTorchModel(
        module,
        local_optimizer_create=torch.optim.SGD,
        central_optimizer=torch.optim.SGD(module.parameters(), lr=1.0),
    )
    users = iter(client for number in range(10**9) for client in work.cohort(number))
    data = FederatedDataset(lambda user: Dataset(raw_data=[inputs[user], labels[user]]), lambda: next(users))
    watch = Stopwatch()
    FederatedAveraging().run(
        algorithm_params=NNAlgorithmParams(
            central_num_iterations=WARM_UP + rounds,
            evaluation_frequency=10**9,
            train_cohort_size=work.a_round,
            val_cohort_size=0,
        ),
        backend=SimulatedBackend(training_data=data, val_data=data),
        model=model,
        model_train_params=NNTrainHyperParams(
            local_num_epochs=1, local_learning_rate=work.learning_rate, local_batch_size=work.batch
        ),
        model_eval_params=NNEvalHyperParams(local_batch_size=None),
        callbacks=[watch],
    )
    wall, processor = (end - start for start, end in zip(watch.started, watch.ended, strict=True))
    right = accuracy(module.net, inputs, labels)
    report(rounds_per_second=rounds / wall, per_processor_second=rounds / processor, accuracy=right)


if __name__ == "__main__":
    main()
