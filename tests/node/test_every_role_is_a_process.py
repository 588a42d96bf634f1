"""A whole campaign over JSON-RPC in which every role is a process with its own key; two of them are killed at random.

Deadlines are generous, and the test moves the node's clock when a phase has nothing left to do; rounds, veto window and
deliveries take the time that they take.
"""

import json
import os
import random
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.chain.contract import Contract
from cofund.chain.journal import Journal
from cofund.chain.node import connect
from role_processes import Role, role

pytestmark = [pytest.mark.node, pytest.mark.nvflare]

CLIENTS = {"DEBB053": "BB", "DEBB075": "BB", "DENI019": "NI"}
RELAYED = "DEBB075"
BIDS = {"BW-new": 900, "HE-new": 60}
ROUNDS = 3
PATIENCE_S = 120
TERMS = """
name = "Every role is a process"
coordinator = "{coordinator}"

[token]
address = "{token}"
unit = "EUR"
decimals = 2
tick = 10

[phases]
commit_end = {commit_end}
reveal_end = {reveal_end}
settle_end = {settle_end}
round_limit_s = 600
veto_window_s = 3
delivery_window_s = 600

[market]
cohort = 3
min_cohort = 2
ceiling = 1000
coordinator_fee = 500
goal = 2

[bonds]
owner = 500
edge = 700
coordinator = 5000

[quality]
curve = "power"
exponent = 0.5
rounds = 3

[training]
task = "air-quality"
rounds = 3
local_steps = 5
edge_rounds = 2
learning_rate = 0.3
batch = 32
seed = 7
"""


def toml(token: str, roles: dict[str, Role], now: int) -> str:
    ends = {f"{phase}_end": at(now + 3600 * hour) for hour, phase in enumerate(("commit", "reveal", "settle"), 1)}
    text = TERMS.format(token=token, coordinator=roles["coordinator"].account.address, **ends)
    for edge in sorted(set(CLIENTS.values())):
        text += f'\n[[edges]]\nid = "{edge}"\noperator = "{roles[edge].account.address}"\ncapacity = 2\nfee = 50\n'
    for owner in BIDS:
        text += f'\n[[owners]]\nid = "{owner}"\naccount = "{roles[owner].account.address}"\n'
    for client, edge in CLIENTS.items():
        text += f'\n[[clients]]\nid = "{client}"\naccount = "{roles[client].account.address}"\nedge = "{edge}"\n'
    return text


def at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def together(*calls: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as several:
        return [future.result() for future in [several.submit(call) for call in calls]]


def until(what: str, holds: Callable[[], bool], roles: dict[str, Role]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        for name, each in roles.items():
            for command, process in each.running.items():
                assert process.poll() in {None, 0}, f"{name} {command} ended:\n{each.said(command)}"
        if time.monotonic() > end:
            words = [f"== {name} {run}\n{each.said(run)}" for name, each in roles.items() for run in each.running]
            pytest.fail(f"{what}: not within {PATIENCE_S} s\n" + "\n".join(words))
        time.sleep(0.3)


@contextmanager
def campaign_folders(anvil: Anvil, parent: Path) -> Iterator[dict[str, Role]]:
    names = ["initiator", "coordinator", *sorted(set(CLIENTS.values())), *BIDS, *CLIENTS]
    with ExitStack() as ending:
        roles = {name: role(parent, name, anvil.url) for name in names}
        for each in roles.values():
            ending.callback(each.end)
        yield roles


def free_ports(number: int) -> list[int]:
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(number)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


def test_every_role_is_a_process_and_two_are_killed(tmp_path: Path) -> None:
    seed = int(os.environ.get("COFUND_TEST_SEED", secrets.randbelow(10**6)))
    print(f"COFUND_TEST_SEED={seed}")
    chance = random.Random(seed)
    with Anvil(("--block-time", "1")) as anvil, campaign_folders(anvil, tmp_path) as roles:
        began = time.monotonic()

        def phase(name: str) -> None:
            print(f"{time.monotonic() - began:6.1f} s  {name}", flush=True)

        node = connect(anvil.url, Journal())
        initiator, coordinator = roles["initiator"], roles["coordinator"]
        accounts = [each.account.address for each in roles.values()]
        token = json.loads(initiator.does("node", "fund", "-r", anvil.url, *accounts, "--json"))["token"]
        store = (tmp_path / "store").as_uri()
        terms = initiator.folder / "TERMS.toml"
        terms.write_text(toml(token, roles, node.now()), encoding="utf-8")
        made = initiator.does("campaign", "create", terms, "--store", store, "-y", "-q", "--json")
        address = json.loads(made)["campaign"]
        campaign, money = Contract(node, "Campaign", address), Contract(node, "TestToken", token)
        minted = sum(money.view("balanceOf", account) for account in accounts)
        phase("created")

        seal(roles, address)
        phase("sealed")
        for owner in BIDS:
            roles[owner].starts("watch", "owner", "watch", address, "-y", "--push", "--poll", "1")
        for client in CLIENTS:
            roles[client].starts("watch", "client", "watch", address, "-y", "--poll", "1")
        node.advance_to(campaign.view("terms")[7])
        until("offers are opened", lambda: campaign.view("revealed_count") == len(CLIENTS), roles)
        until("bids are opened", lambda: all(campaign.view("owner", at)[0][2] for at in range(len(BIDS))), roles)
        phase("revealed")
        node.advance_to(campaign.view("terms")[8])
        until("it is settled", lambda: campaign.view("rounds") > 0, roles)
        phase("settled")
        assert campaign.view("rounds") == ROUNDS

        hand_over_kits(roles, address)
        phase("kits")
        for edge in set(CLIENTS.values()):
            roles[edge].starts("run", "edge", "run", "kit", "--campaign", address)
            roles[edge].starts("watch", "edge", "watch", address, "--kit", "kit", "-y", "--poll", "1")
        for client in CLIENTS:
            roles[client].starts("run", "client", "run", "kit")
        coordinator.starts("run", "coordinator", "run", "kit", "--campaign", address, "-y", "--poll", "1")
        victims = chance.sample([(n, run) for n in sorted(roles) for run in sorted(roles[n].running)], 2)
        for number, (name, command) in enumerate(victims, 1):
            until(f"round {number} is recorded", lambda n=number: campaign.view("rounds_done") >= n, roles)
            phase(f"round {number} recorded, kill -9 {name} {command}")
            time.sleep(chance.random())
            if roles[name].running[command].poll() is None:
                roles[name].is_killed_and_started_again(command)
        until("the last round is recorded", lambda: campaign.view("training_end") > 0, roles)
        phase("trained")
        until("the books are closed", lambda: campaign.view("status") == 16, roles)
        phase("closed")
        finished = [roles[name] for name in ("coordinator", *BIDS, *CLIENTS, *set(CLIENTS.values()))]
        ends = {id(each): "watch" if "watch" in each.running else "run" for each in finished}
        until("all is over", lambda: all(e.running[ends[id(e)]].poll() == 0 for e in finished), roles)
        phase("over")
        initiator.does("campaign", "refund", address, "-y", "-q")
        assert money.view("balanceOf", address) == 0
        assert sum(money.view("balanceOf", account) for account in accounts) == minted
        for owner in BIDS:
            opening = next((roles[owner].folder / "home").rglob("owner-opening.json"))
            printed = roles[owner].does("owner", "model", address, "-r", anvil.url, "--key", opening, "--out", "m.npz")
            print(printed)
        stranger = role(tmp_path, "stranger", anvil.url)
        print(stranger.does("verify", address, "-r", anvil.url, "--state", "elsewhere"))
        phase("verified")
        for name in roles:
            for run in roles[name].running:
                print("==", name, run)
                print(roles[name].said(run))


def seal(roles: dict[str, Role], address: str) -> None:
    """Bonds, bids and offers; one client only signs, and its edge relays."""
    signed = roles[CLIENTS[RELAYED]].folder / "signed-offer.json"

    def offer(client: str, cost: str, *more: object) -> None:
        roles[client].does("client", "offer", address, "--edge", CLIENTS[client], "--cost", cost, *more, "-y", "-q")

    def relayed() -> None:
        offer(RELAYED, "2.40", "--relay", signed)
        edge = roles[CLIENTS[RELAYED]]
        edge.does("edge", "bond", address, "-y", "-q")
        edge.does("edge", "relay", address, signed, "-y", "-q")

    def bid(owner: str) -> None:
        value = BIDS[owner]
        roles[owner].does("owner", "bid", address, "--value", value, "--escrow", value + 100, "-y", "-q")

    together(
        lambda: roles["coordinator"].does("coordinator", "bond", address, "-y", "-q"),
        lambda: roles["NI"].does("edge", "bond", address, "-y", "-q"),
        relayed,
        *(lambda owner=owner: bid(owner) for owner in BIDS),
        lambda: offer("DEBB053", "3.10"),
        lambda: offer("DENI019", "2.80"),
    )


def hand_over_kits(roles: dict[str, Role], address: str) -> None:
    """The coordinator makes the kits of the winners, everybody gets its own."""
    cloud, *below = free_ports(1 + len(set(CLIENTS.values())))
    edges = [
        word
        for edge, port in zip(sorted(set(CLIENTS.values())), below, strict=True)
        for word in ("--edge", f"{edge}=localhost:{port}")
    ]
    coordinator = roles["coordinator"]
    where = ("--coordinator", f"localhost:{cloud}", *edges)
    coordinator.does("kits", "--campaign", address, *where, "--out", "kits")
    for kit in sorted((coordinator.folder / "kits").iterdir()):
        name = kit.name.partition("-")[2] or kit.name
        if name in roles:
            shutil.move(kit, roles[name].folder / "kit")
