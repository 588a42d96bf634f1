"""Sending over JSON-RPC: nonces of our own, fees from the node, replacement, lost answers, and nothing sent twice."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Self

import pytest

from anvil import RICH, Anvil
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract, deploy
from cofund.chain.fees import GWEI, Fees, raised
from cofund.chain.journal import Journal
from cofund.chain.node import Node, connect
from cofund.chain.sending import Patience, Transaction
from cofund.errors import AccountError, NodeError, Reverted

pytestmark = pytest.mark.node

BOB = rehearsal_account("tests", "bob")
QUICK = Patience(replace_after_s=0.2, give_up_after_s=20)


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


@pytest.fixture
def node(anvil: Anvil, tmp_path) -> Node:
    return connect(anvil.url, Journal(tmp_path / "journal.jsonl"), patience=QUICK)


@pytest.fixture
def token(node: Node) -> Contract:
    return deploy(node, RICH, "TestToken")


def mint(token: Contract, amount: int) -> Transaction:
    return Transaction(RICH, token.address, token.encode("mint", [BOB.address], amount), f"mint {amount}")


def balance(token: Contract) -> int:
    return token.view("balanceOf", BOB.address)


def test_many_are_in_flight_at_once_and_none_is_lost(node: Node, token: Contract, anvil: Anvil) -> None:
    anvil.ask("evm_setAutomine", False)

    def mine_when_all_wait() -> None:
        while int(anvil.ask("txpool_status")["pending"], 16) < 40:
            time.sleep(0.01)
        anvil.ask("evm_mine")
        anvil.ask("evm_setAutomine", True)

    miner = threading.Thread(target=mine_when_all_wait)
    miner.start()
    mined = node.send_all([mint(token, 2**i) for i in range(40)])
    miner.join()
    assert balance(token) == 2**40 - 1
    assert len({entry.block for entry in mined}) == 1
    nonces = [intent.signed.nonce for intent, _ in node.sent()]
    assert nonces == list(range(nonces[0], nonces[0] + 41))


def test_what_is_stuck_is_sent_again_at_a_higher_fee(node: Node, token: Contract, anvil: Anvil, tmp_path) -> None:
    anvil.ask("evm_setAutomine", False)
    dear = 20 * GWEI

    def make_it_expensive() -> None:
        anvil.ask("anvil_setNextBlockBaseFeePerGas", hex(dear))
        anvil.ask("evm_mine")
        anvil.ask("evm_setAutomine", True)

    trouble = threading.Timer(0.1, make_it_expensive)
    trouble.start()
    node.send_all([mint(token, 7)])
    trouble.join()
    assert balance(token) == 7
    attempts = node.journal.attempts[-1]
    first, last = attempts[0].signed, attempts[-1].signed
    assert len(attempts) > 1
    assert last.fees.most > dear > first.fees.most
    assert replace(first, fees=last.fees) == last
    again = Journal(tmp_path / "journal.jsonl")  # a later run reads the same
    assert (again.intents, again.mined, again.attempts) == (
        node.journal.intents,
        node.journal.mined,
        node.journal.attempts,
    )


def test_a_replacement_offers_an_eighth_more_rounded_up_and_never_above_the_ceiling() -> None:
    """Nodes ask a tenth or an eighth more of both fees; what the node suggests now counts if it is more."""
    before = Fees(most=8001, tip=81)
    assert raised(before, Fees(1, 1), 9003) == Fees(8001 + 1001 + 1, 81 + 11 + 1)
    assert raised(before, Fees(20_000, 300), 10**6) == Fees(20_000, 300)
    assert raised(before, Fees(1, 1), 9002) is None
    assert raised(Fees(0, 0), Fees(0, 0), 9002) is None


def test_fees_are_the_nodes_and_below_the_ceiling(anvil: Anvil, node: Node) -> None:
    base = int(anvil.ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    assert base <= node.fees().most <= 2 * base + 2 * GWEI
    low = connect(anvil.url, Journal(), ceiling_wei=base + 1)
    assert low.fees().most == base + 1
    with pytest.raises(NodeError, match=r"gas costs .* gwei now, above the ceiling of"):
        connect(anvil.url, Journal(), ceiling_wei=1).fees()


def test_a_stuck_transaction_is_given_up_with_one_line(node: Node, token: Contract, anvil: Anvil) -> None:
    node.sender.patience = Patience(replace_after_s=60, give_up_after_s=0.1)
    anvil.ask("evm_setAutomine", False)
    try:
        with pytest.raises(NodeError, match=r"mint 1: not in a block after 0 s.*the same command goes on waiting"):
            node.send_all([mint(token, 1)])
    finally:
        anvil.ask("evm_setAutomine", True)
        anvil.ask("evm_mine")
    node.sender.patience = QUICK
    assert node.send_all([mint(token, 1)])[0].status == 1
    assert balance(token) == 1


def test_a_run_that_died_between_signing_and_sending_goes_on_with_the_same_bytes(
    anvil: Anvil, node: Node, token: Contract, tmp_path
) -> None:
    node.sender.look_up_nonce(RICH.address)
    node.sender.sign(mint(token, 5), 100_000, node.fees())
    signed = node.journal.intents[-1]
    later = connect(anvil.url, Journal(tmp_path / "journal.jsonl"))
    assert later.sender.look_up_nonce(RICH.address) == signed.signed.nonce + 1
    again = Contract(later, "TestToken", deploy(later, RICH, "TestToken").address)
    later.send_all([mint(again, 5)])
    assert later.sent()[-1][0] == signed
    assert balance(again) == 5


def test_a_lost_answer_does_not_send_twice(anvil: Anvil, tmp_path) -> None:
    """Between us and the node a proxy passes requests on and drops every third answer."""
    with Dropping(anvil.port) as proxy:
        node = connect(f"http://127.0.0.1:{proxy.port}", Journal(tmp_path / "journal.jsonl"))
        token = deploy(node, RICH, "TestToken")
        for amount in (1, 10, 100):
            node.send_all([mint(token, amount)])
    assert proxy.dropped > 3
    direct = connect(anvil.url, Journal())
    assert balance(Contract(direct, "TestToken", token.address)) == 111


def test_handing_over_twice_is_as_good_as_once(anvil: Anvil, node: Node, token: Contract) -> None:
    node.sender.look_up_nonce(RICH.address)
    slot = node.sender.sign(mint(token, 5), 100_000, node.fees())
    anvil.ask("evm_setAutomine", False)
    node.sender.hand_over(node.journal.intents[slot])
    node.sender.hand_over(node.journal.intents[slot])  # it waits there already
    anvil.ask("evm_mine")
    anvil.ask("evm_setAutomine", True)
    node.sender.hand_over(node.journal.intents[slot])  # it is in a block already
    assert node.send_all([mint(token, 5)])[0].status == 1
    assert balance(token) == 5


def test_what_lost_its_nonce_to_another_program_is_signed_anew(anvil: Anvil, node: Node, token: Contract) -> None:
    node.sender.look_up_nonce(RICH.address)
    node.sender.sign(mint(token, 5), 100_000, node.fees())
    other = connect(anvil.url, Journal())
    deploy(other, RICH, "TestToken")
    node.send_all([mint(token, 5)])
    first, second = (attempt.signed.nonce for attempt in node.journal.attempts[-1])
    assert second == first + 1
    assert balance(token) == 5


def test_a_node_that_went_away_is_one_line_whatever_was_asked(tmp_path) -> None:
    with Anvil() as short:
        node = connect(short.url, Journal(tmp_path / "journal.jsonl"))
        token = deploy(node, RICH, "TestToken")
    for asked in (node.now, lambda: node.fund([BOB.address]), lambda: node.send_all([mint(token, 1)])):
        with pytest.raises(NodeError, match=r"^http.*: the node does not answer \(ConnectionError\)$"):
            asked()


def test_who_has_no_coins_is_told_so(node: Node, token: Contract) -> None:
    poor = rehearsal_account("tests", "poor")
    with pytest.raises(AccountError, match="mint: the account has not enough of the chain's coin"):
        node.send(poor, token.address, token.encode("mint", [BOB.address], 1), "mint")


def test_a_refused_call_says_why_before_it_costs_gas(node: Node, token: Contract) -> None:
    before = len(node.sent())
    with pytest.raises(Reverted, match=r"^pay nobody: transfer: to the zero address$"):
        token.send(RICH, "pay nobody", "transfer", "0x" + "00" * 20, 0)
    assert len(node.sent()) == before


@pytest.mark.parametrize(
    ("gas", "why"), [(100_000, "transfer: to the zero address"), (22_000, r"out of gas \(limit 22,000\)")]
)
def test_a_call_that_failed_in_its_block_says_why(node: Node, token: Contract, gas: int, why: str) -> None:
    wanted = Transaction(RICH, token.address, token.encode("transfer", "0x" + "00" * 20, 0), "pay nobody")
    node.sender.look_up_nonce(RICH.address)
    node.sender.sign(wanted, gas, node.fees())
    with pytest.raises(Reverted, match=f"^pay nobody: {why}$"):
        node.send_all([wanted])


def test_another_chains_journal_is_refused(anvil: Anvil, tmp_path) -> None:
    deploy(connect(anvil.url, Journal()), RICH, "TestToken")  # so that the journal does not start at nonce 0
    deploy(connect(anvil.url, Journal(tmp_path / "journal.jsonl")), RICH, "TestToken")
    with Anvil() as fresh, pytest.raises(NodeError, match="does not know the transactions in the journal"):
        connect(fresh.url, Journal(tmp_path / "journal.jsonl"))
    with Anvil(("--chain-id", "5")) as other, pytest.raises(NodeError, match="the journal is of another chain than 5"):
        connect(other.url, Journal(tmp_path / "journal.jsonl"))


def test_a_journal_is_torn_anywhere_and_still_read(node: Node, token: Contract, tmp_path) -> None:
    node.send_all([mint(token, 1)])
    written = (tmp_path / "journal.jsonl").read_bytes()
    assert [json.loads(line) for line in written.splitlines()]
    for size in range(0, len(written), 97):
        torn = tmp_path / "torn.jsonl"
        torn.write_bytes(written[:size])
        journal = Journal(torn)
        assert torn.read_bytes() == written[: written[:size].rfind(b"\n") + 1]
        assert journal.intents == node.journal.intents[: len(journal.intents)]


class Dropping:
    """A proxy on loopback that closes every third connection instead of passing the answer back."""

    def __init__(self, port: int) -> None:
        self.target, self.dropped, self.seen = port, 0, 0

    def __enter__(self) -> Self:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as node:
            while request := whole_message(client):
                node.sendall(request)
                answer = whole_message(node)
                self.seen += 1
                if self.seen % 3 == 0:
                    self.dropped += 1
                    return
                client.sendall(answer)


def whole_message(connection: socket.socket) -> bytes:
    """One HTTP message with a content-length; empty at the end."""
    message = b""
    while b"\r\n\r\n" not in message:
        part = connection.recv(65536)
        if not part:
            return b""
        message += part
    head, _, body = message.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
