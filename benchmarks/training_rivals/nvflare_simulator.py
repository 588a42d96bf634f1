"""NVFlare's simulator with its recipe for federated averaging: ten sites, each trains one client of the round's ten."""

import os
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn
from torch_loop import accuracy, epoch, network
from work import WARM_UP, load, report

HERE = Path(__file__).resolve()


class Network(nn.Module):
    """The network of the work, as a class that NVFlare can build by name."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.net = network(load(path))


def site(path: str, watch: str) -> None:
    """What runs at a site; the first one notes when a model arrives and how good it is."""
    import nvflare.client as flare  # noqa: PLC0415 - only inside a job

    torch.set_num_threads(1)
    work = load(path)
    inputs, labels = torch.from_numpy(work.inputs), torch.from_numpy(work.labels)
    net = Network(path)
    flare.init()
    place = int(flare.get_site_name().removeprefix("site-")) - 1
    while flare.is_running():
        received = flare.receive()
        if received is None:
            break
        net.load_state_dict({name: torch.as_tensor(value) for name, value in received.params.items()})
        if not place:
            with Path(watch).open("a", encoding="utf-8") as file:
                file.write(f"{time.time()} {accuracy(net.net, inputs, labels)}\n")
        client = work.cohort(int(received.current_round))[place]
        epoch(net.net, inputs[client], labels[client], work)
        parameters = {name: value.numpy() for name, value in net.state_dict().items()}
        flare.send(flare.FLModel(params=parameters, meta={"NUM_STEPS_CURRENT_ROUND": work.steps}))


def main() -> None:
    """Time the rounds: from the model of the last warm-up round to that of the last but one."""
    from nvflare.app_opt.pt.recipes.fedavg import FedAvgRecipe  # noqa: PLC0415 - not at the sites
    from nvflare.recipe import SimEnv  # noqa: PLC0415

    path, rounds = str(Path(sys.argv[1]).resolve()), int(sys.argv[2])
    os.environ["PYTHONPATH"] = str(HERE.parent)
    with tempfile.TemporaryDirectory() as folder:
        watch = Path(folder) / "watch"
        recipe = FedAvgRecipe(
            name="bench",
            model={"class_path": "nvflare_simulator.Network", "args": {"path": path}},
            min_clients=10,
            num_rounds=WARM_UP + rounds + 1,
            train_script=str(HERE),
            train_args=f"--site {path} {watch}",
        )
        recipe.execute(SimEnv(num_clients=10, num_threads=10, workspace_root=str(Path(folder) / "work")))
        rows = [line.split() for line in watch.read_text(encoding="utf-8").splitlines()]
    seconds = float(rows[WARM_UP + rounds][0]) - float(rows[WARM_UP][0])
    report(rounds_per_second=rounds / seconds, accuracy=float(rows[WARM_UP + rounds][1]))


if __name__ == "__main__":
    if sys.argv[1] == "--site":
        site(*sys.argv[2:])
    else:
        main()
