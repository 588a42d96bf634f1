"""Nine sites train a PyTorch model of digits that three owners pay for: python examples/digits_campaign.py [FOLDER]."""

import sys
from dataclasses import replace

import numpy as np
import torch

from cofund import ClientScript, EdgeScript, OwnerScript, OwnTask, Plan, Script, run_campaign
from cofund.training.tasks import digits
from cofund.training.tasks.labelled import Division, federation
from cofund.training.tasks.torch_task import drawn, torch_task


def tensors(rows):
    """Rows as the model takes them."""
    return torch.from_numpy(rows.inputs), torch.from_numpy(rows.labels)


def parties(train, test):
    """Clients with different mixtures of digits (Dirichlet) under three edges; the test rows are the coordinator's."""
    found = federation(train, test, Division(clients=9, edges=3, alpha=0.5))
    data, validation = ({name: tensors(rows) for name, rows in held.items()} for held in (found.data, found.validation))
    return replace(found, data=data, validation=validation)


def task(plan):
    """What is learnt: a PyTorch module with its optimiser and loss."""
    return torch_task(
        "which digit, from 8 x 8 pixels",
        build=lambda: torch.nn.Sequential(torch.nn.Linear(65, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)),
        optimiser=lambda parameters: torch.optim.SGD(parameters, lr=plan.learning_rate, momentum=0.5),
        loss=torch.nn.functional.cross_entropy,
        batches=drawn(plan.batch, plan.local_steps),
        evaluate=lambda net, data: float((net(data[0]).argmax(1) == data[1]).double().mean()),
        samples=lambda data: len(data[1]),
    )


TRAIN, TEST = digits.load()
EARLIER, LATER, NEW = (TRAIN.take(rows) for rows in np.split(np.arange(len(TRAIN)), [400, 500]))
EVERYBODY = parties(NEW, TEST)
TASK = OwnTask("accuracy", task, parties=lambda: EVERYBODY, rehearsed=lambda: parties(EARLIER, LATER))
SCRIPT = Script(
    name="Digits of 8 x 8 pixels",
    task="digits_campaign:TASK",  # module and attribute: whoever verifies the record imports them too
    plan=Plan(rounds=10, local_steps=20, learning_rate=0.1, batch=16),
    cohort=6,
    ceiling=200,  # cents a client-round, like all amounts here
    coordinator_fee=100,
    goal=4,
    edges=tuple(EdgeScript(edge, f"Group {edge}", capacity=3, fee=10) for edge, _ in EVERYBODY.edges),
    owners=tuple(
        OwnerScript(owner, owner.title(), weight=1, bid=bid, escrow=25_000)
        for owner, bid in {"museum": 4_000, "post": 20_000, "bank": 15_000}.items()
    ),
    clients=tuple(
        ClientScript(client, client, edge, cost=40 + 7 * int(client[-1]))
        for edge, own in EVERYBODY.edges
        for client in own
    ),
)

if __name__ == "__main__":
    torch.set_num_threads(1)  # threads that wait for each other take longer than this model does
    finished = run_campaign(SCRIPT, sys.argv[1] if len(sys.argv) > 1 else "digits-campaign")
    outcome, last = finished.record["outcome"], finished.record["rounds"][-1]
    print(f"{len(outcome['winners'])} clients trained {last['round']} rounds: accuracy {last['metric']}")
    for owner in outcome["owners"]:
        print(f"{owner['id']} bought {owner['level']} rounds for {int(owner['charge']) / 100:.2f}")
    print(f"Report  {finished.report_file}")
    print(f"Record  {finished.record_file}   check it: cofund verify --task {SCRIPT.task} {finished.record_file}")
