"""A plain loop in PyTorch: load the model, one epoch of SGD, add up, divide. No data loader, no copies, no evidence."""

import sys
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional
from work import Work, load, timed


def network(work: Work) -> nn.Module:
    """Fully connected layers with ReLU, or a LeNet with two convolutions before them."""
    layers: list[nn.Module] = []
    sizes = list(work.sizes)
    if work.convolutions:
        side = round(sizes[0] ** 0.5)
        layers += [nn.Unflatten(1, (1, side, side)), nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
        sizes[0] = 16 * ((side // 2 - 4) // 2) ** 2
    for inputs, units in pairwise(sizes[:-1]):
        layers += [nn.Linear(inputs, units), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


def epoch(net: nn.Module, inputs: torch.Tensor, labels: torch.Tensor, work: Work) -> None:
    """One client's local steps, in place."""
    optimiser = torch.optim.SGD(net.parameters(), lr=work.learning_rate)
    for rows in torch.randperm(len(labels)).split(work.batch):
        optimiser.zero_grad()
        functional.cross_entropy(net(inputs[rows]), labels[rows]).backward()
        optimiser.step()


def accuracy(net: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> float:
    """Over all clients' rows."""
    with torch.no_grad():
        return float((net(inputs.flatten(0, 1)).argmax(dim=1) == labels.flatten()).double().mean())


def main() -> None:
    """Time the loop."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    work = load(sys.argv[1])
    inputs, labels = torch.from_numpy(work.inputs), torch.from_numpy(work.labels)
    net = network(work)
    model = {name: value.clone() for name, value in net.state_dict().items()}

    def run(first: int, cohorts: list[list[int]]) -> None:  # noqa: ARG001 - it counts no rounds
        for cohort in cohorts:
            total = {name: torch.zeros_like(value) for name, value in model.items()}
            for client in cohort:
                net.load_state_dict(model)
                epoch(net, inputs[client], labels[client], work)
                for name, value in net.state_dict().items():
                    total[name] += value
            model.update({name: value / len(cohort) for name, value in total.items()})
        net.load_state_dict(model)

    timed(work, run, lambda: accuracy(net, inputs, labels))


if __name__ == "__main__":
    main()
