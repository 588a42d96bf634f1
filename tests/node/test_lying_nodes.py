"""What a node tells of logs is held against the contract's counts, and never stored when it is wrong."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anvil import RICH, Anvil
from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import Created
from cofund.campaign.from_chain import follow, head
from cofund.campaign.onchain import events_of
from cofund.chain import agreement, patience, provider
from cofund.chain.abi import OF_A_CAMPAIGN, events
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract, contracts_of, deploy
from cofund.chain.journal import Journal
from cofund.chain.logs import Event, ProviderSource, logs_between
from cofund.chain.node import connect
from cofund.chain.provider import Provider, Refused
from cofund.errors import InputError, NodeError
from cofund.roles.automatic import WatcherInputs
from cofund.roles.desk import open_desk
from cofund.roles.watching import Screen, watch
from faulty_node import KEY, Answer, Fault, FaultyNode, Raw, always, dropped, error, raw, result
from operating import FLAGS, OWNER, cofund
from parties import OWNERS, Parties
from small_life import ACCOUNTS, SmallLife
from trained import Trained

pytestmark = pytest.mark.node

BID = ("--value", "1000", "--escrow", "1200")


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parties]:
    """A campaign with two bids, its oldest events deeper than any reorganisation."""
    with Anvil(FLAGS) as anvil:
        made = Parties(anvil, tmp_path_factory.mktemp("lying"))
        made.did(OWNERS[0], "owner", "bid", *BID)
        anvil.ask("anvil_mine", hex(100))
        made.did(OWNERS[1], "owner", "bid", *BID)
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "BACKOFF_S", 0.002)
    monkeypatch.setattr(provider, "BUSY_S", 0.2)
    monkeypatch.setattr(patience, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(agreement, "PAUSE_S", 0.01)


def owners(url: str, parties: Parties, folder: Path) -> list[str]:
    campaign = Contract(connect(url, Journal()), "Campaign", parties.address)
    created = Created(parties.address, "", 1, "")
    return bidders(events_of(campaign, created, folder))


def shown(url: str, parties: Parties) -> list[str]:
    node = Provider(url)
    followed = follow(node, parties.node.chain_id, Created(parties.address, "", 1, ""), head(node), {})
    return bidders(event for _, event in followed.at(head(node)).events)


def bidders(found: Iterable[Event]) -> list[str]:
    return [event.arguments["owner"] for event in found if event.name == "BidCommitted"]


def changed(change: Callable[[list[Any]], list[Any]]) -> Fault:
    return lambda _, right: right | {"result": change(json.loads(json.dumps(right["result"])))}


def with_field(name: str, value: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda logs: [log | {name: value} for log in logs]


LIES = {
    "none": result([]),
    "the last is missing": changed(lambda logs: logs[:-1]),
    "of another contract": changed(with_field("address", OWNER.address)),
    "of another block": changed(with_field("blockNumber", "0x1")),
    "of no event": changed(lambda logs: [log | {"topics": ["0x" + "11" * 32]} for log in logs]),
    "twice, in another place": changed(lambda logs: [*logs, *(log | {"logIndex": "0x63"} for log in logs)]),
    "twice, not the same": changed(lambda logs: [*logs, *(log | {"data": "0x" + "22" * 64} for log in logs)]),
    "with data cut off": changed(with_field("data", "0x11")),
    "of no log": changed(lambda logs: [{} for _ in logs]),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
@pytest.mark.parametrize("read", [owners, shown])
def test_a_lie_about_logs_is_one_sentence_and_leaves_nothing(
    parties: Parties, tmp_path: Path, lie: Fault, read: Callable[..., list[str]]
) -> None:
    where = (parties, tmp_path) if read is owners else (parties,)
    with FaultyNode(parties.anvil.port, lie, always("eth_getLogs")) as node, pytest.raises(NodeError) as raised:
        read(node.url, *where)
    assert "\n" not in str(raised.value)
    assert KEY not in str(raised.value)
    assert read(parties.anvil.url, *where) == [owner.address for owner in OWNERS]


@pytest.mark.parametrize("read", [owners, shown])
def test_one_lie_is_read_again(parties: Parties, tmp_path: Path, read: Callable[..., list[str]]) -> None:
    where = (parties, tmp_path) if read is owners else (parties,)
    with FaultyNode(parties.anvil.port, result([]), lambda method, at: (method, at) == ("eth_getLogs", 1)) as node:
        assert read(node.url, *where) == [owner.address for owner in OWNERS]


def test_what_was_told_twice_or_beside_the_question_is_passed_over(parties: Parties) -> None:
    where = {"address": parties.address, "topics": [None, "0x" + OWNERS[0].address[2:].lower().zfill(64)]}
    asked = Provider(parties.anvil.url)
    right = logs_between(asked, where, 0, 10_000)
    everything = logs_between(asked, {}, 0, 10_000)
    with FaultyNode(parties.anvil.port, changed(lambda _: [*everything, *everything]), always("eth_getLogs")) as node:
        assert logs_between(Provider(node.url), where, 0, 10_000) == right
    assert len(right) == 2  # its bid, and the money for it


REFUSED_RANGES = {
    "413": (413, -32614, "eth_getLogs is limited to a 10 range"),
    "400": (400, -32602, "block range is too large"),
    "infura": (200, -32005, "query returned more than 10000 results"),
    "alchemy": (
        200,
        -32602,
        "Log response size exceeded. Up to a 2K block range",
    ),
    "erigon": (200, -32000, "query exceeds max block range 10"),
    "geth": (200, -32005, "limit exceeded"),
    "429": (429, -32005, "query returned more than 10 results"),
    "500": (500, -32603, "query timeout exceeded"),
    "words nobody knows": (200, -32042, "non"),
}


@pytest.mark.parametrize(("status", "code", "message"), REFUSED_RANGES.values(), ids=REFUSED_RANGES)
def test_a_range_that_the_node_refuses_is_halved(parties: Parties, status: int, code: int, message: str) -> None:
    def refuse(question: Answer, right: Answer) -> Answer:
        where = question["params"][0]
        if int(where["toBlock"], 16) - int(where["fromBlock"], 16) < 10:
            return right
        body = json.dumps({"jsonrpc": "2.0", "id": right["id"], "error": {"code": code, "message": message}})
        raise Raw(status, body)

    where = {"address": parties.address}
    right = logs_between(Provider(parties.anvil.url), where, 0, 105)
    with FaultyNode(parties.anvil.port, refuse, always("eth_getLogs")) as node:
        assert logs_between(Provider(node.url), where, 0, 105) == right
        assert node.asked["eth_getLogs"] < 200


@pytest.mark.parametrize("fault", [dropped, raw(504, "<html>"), raw(200, '{"jsonrpc": "2.0", "id": 1, "resu')])
def test_a_range_whose_answer_breaks_off_is_halved_while_the_node_answers(parties: Parties, fault: Fault) -> None:
    def long(question: Answer, right: Answer) -> Answer:
        where = question["params"][0]
        return right if int(where["toBlock"], 16) - int(where["fromBlock"], 16) < 40 else fault(question, right)

    with FaultyNode(parties.anvil.port, long, always("eth_getLogs")) as node:
        right = logs_between(Provider(parties.anvil.url), {"address": parties.address}, 0, 105)
        assert logs_between(Provider(node.url), {"address": parties.address}, 0, 105) == right


def test_batches_become_smaller_until_the_node_takes_them(parties: Parties) -> None:
    questions = [("eth_getBlockByNumber", [hex(number), False]) for number in range(60)]
    right = Provider(parties.anvil.url).ask_all(questions)
    for most in (7, 1):
        with FaultyNode(parties.anvil.port, error(0, ""), lambda *_: False) as node:
            node.longest_batch = most
            asking = Provider(node.url)
            assert asking.ask_all(questions) == right
            before = node.refused
            assert asking.ask_all(questions) == right
            assert node.refused == before, "remembered"


def test_a_backend_that_lags_does_not_make_the_index_forget(parties: Parties, tmp_path: Path) -> None:
    """Every second head is 30 blocks old, and those blocks are unknown then."""
    with FaultyNode(parties.anvil.port, result("0x20"), lambda m, at: m == "eth_blockNumber" and at % 2 == 0) as node:
        source = ProviderSource(Provider(node.url), parties.address)
        index = agreement_index(source, parties, tmp_path)
        heads = [index.update() for _ in range(4)]
        assert min(heads) == max(heads) > 100
        index.close()


def agreement_index(source: ProviderSource, parties: Parties, folder: Path) -> Any:
    from cofund.chain.events import Index

    return Index(source, parties.node.chain_id, parties.address, 1, folder / "events.sqlite")


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, '{"error": {"message": "invalid project id"}}', "HTTP 401: invalid project id"),
        (403, '{"error": "Host not in whitelist / invalid API key"}', "HTTP 403: Host not in whitelist"),
        (404, "no such path", "HTTP 404: no such path"),
        (400, f"bad request: {KEY} is wrong", r"HTTP 400: bad request: v3/… is wrong"),
        (301, "<html>moved</html>", "HTTP 301: no reason given"),
    ],
)
def test_the_nodes_reason_is_shown_and_the_key_is_not(parties: Parties, status: int, body: str, says: str) -> None:
    with FaultyNode(parties.anvil.port, raw(status, body), always()) as node:
        host = node.url.removesuffix(f"/{KEY}")
        with pytest.raises(Refused, match=f"^{host}: {says}"):
            connect(node.url, Journal())


@pytest.mark.parametrize("url", ["localhost:8545", "ftp://x", "http://", "http://h:port", "mainnet.example/v3/SECRET"])
def test_a_url_that_is_none_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(InputError) as raised:
        Provider(url)
    assert str(raised.value) == "--rpc-url: expected an http or https URL of a node"


def test_a_user_and_a_password_in_the_url_are_sent_and_not_shown() -> None:
    asking = Provider("https://user:pass%40word@example.org:8545/key?token=SECRET")
    assert asking.name == "https://example.org:8545"
    assert asking._headers["authorization"] == "Basic dXNlcjpwYXNzQHdvcmQ="


def test_two_programs_with_one_key_both_get_through(parties: Parties, tmp_path: Path) -> None:
    """Neither knows of the other: who loses the nonce signs anew."""
    bob = rehearsal_account("tests", "bob")
    token = deploy(parties.node, RICH, "TestToken")
    parties.anvil.ask("evm_setAutomine", False)
    try:
        programs = [connect(parties.anvil.url, Journal(tmp_path / name)) for name in ("one", "two")]
        for amount, program in zip((1, 10), programs, strict=True):
            program.sender.look_up_nonce(RICH.address)
            data = token.encode("mint", [bob.address], amount)
            slot = program.sender.sign(call(token, data), 100_000, program.fees())
            program.sender.hand_over(program.journal.intents[slot])
    finally:
        parties.anvil.ask("evm_mine")
        parties.anvil.ask("evm_setAutomine", True)
    for amount, program in zip((1, 10), programs, strict=True):
        program.send_all([call(token, token.encode("mint", [bob.address], amount))])
    assert token.view("balanceOf", bob.address) == 11


def call(token: Contract, data: str) -> Any:
    from cofund.chain.sending import Transaction

    return Transaction(RICH, token.address, data, "mint")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Anvil, str, Path]]:
    """A campaign with every kind of event, its address and its terms."""
    with Anvil(FLAGS) as anvil:
        node = connect(anvil.url, Journal())
        node.fund(ACCOUNTS.values())
        life = SmallLife(node)
        assert list(life.steps(lambda: Campaign.at(node, life.campaign.address).ledger))[-1] == "leave"
        terms = tmp_path_factory.mktemp("played") / "terms.json"
        terms.write_text(json.dumps(life.document))
        yield anvil, life.campaign.address, terms


ABSENT = {"Cancelled", "Halted", "SponsorLocked", "PaymentRefused"}
KINDS = {entry["name"] for entry in events(*OF_A_CAMPAIGN).values()} - ABSENT


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_campaign_is_not_called_wrong_because_a_node_leaves_out_a_log(
    played: tuple[Anvil, str, Path], tmp_path: Path, name: str
) -> None:
    anvil, address, terms = played
    (topic,) = (topic for topic, entry in events(*OF_A_CAMPAIGN).items() if entry["name"] == name)
    where = {"address": list(contracts_of(address)), "fromBlock": "0x0"}
    first = next(place(log) for log in Provider(anvil.url).ask("eth_getLogs", where) if log["topics"][0] == topic)
    lie = changed(lambda told: [log for log in told if place(log) != first])
    options = ["--state", tmp_path, "--terms", terms]
    with FaultyNode(anvil.port, lie, always("eth_getLogs")) as node:
        code, printed = cofund("verify", address, "-r", node.url, *options)
    if name != "Vetoed":  # of a vote that decided nothing no view tells, and nothing depends on it
        assert (code, "ask another" in printed) == (5, True), printed
    code, printed = cofund("verify", address, "-r", anvil.url, *options)
    assert code == 0, printed


def place(log: dict[str, Any]) -> tuple[str, str]:
    return log["blockNumber"], log["logIndex"]


refused = error(-32000, "insufficient funds for gas * price + value: balance 0")


class Refusing(FaultyNode):
    """What is answered badly never arrives."""

    def _forwarded(self, question: Answer) -> Answer:
        arrives = question["method"] != "eth_sendRawTransaction"
        return super()._forwarded(question) if arrives else {"id": question["id"]}


def test_what_the_node_refuses_is_the_only_thing_that_is_said(tmp_path: Path) -> None:
    """Something was signed: what else is due waits for it, and nobody is told to start in a new folder."""
    with Anvil(FLAGS) as anvil:
        settled, said = Trained(anvil, tmp_path), list[str]()
        settled.settle()
        settled.node.advance_to(settled.node.now() + 10 * 86_400)  # now a halt is due besides the withdrawal
        with Refusing(anvil.port, refused, always("eth_sendRawTransaction")) as node:

            def desk() -> Any:
                return open_desk(connect(node.url), OWNER, settled.address, settled.home(OWNER))

            screen = Screen(lambda *_: None, said.append, lambda _: None)
            assert (
                watch("owner", desk, WatcherInputs(push=True), screen, lambda: node.asked["eth_sendRawTransaction"] > 2)
                is False
            )
    poor = "the account has not enough of the chain's coin to pay for gas"
    assert said == [f"withdraw: {poor} (insufficient funds for gas * price + value: balance 0)"]
