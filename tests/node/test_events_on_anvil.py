"""The event index on a real node that reorganises its chain, and on the embedded one."""

from collections.abc import Iterator

import pytest

from anvil import RICH, Anvil
from cofund.chain.abi import decoded
from cofund.chain.accounts import rehearsal_account
from cofund.chain.contract import Contract, deploy
from cofund.chain.events import Index
from cofund.chain.journal import Journal
from cofund.chain.logs import ProviderSource
from cofund.chain.node import EmbeddedNode, connect
from cofund.errors import InputError

BOB = rehearsal_account("tests", "bob")


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


def index_of(token: Contract, path=None, depth: int = 8, start: int = 1) -> Index:
    return Index(
        ProviderSource(token.node.provider, token.address), token.node.chain_id, token.address, start, path, depth
    )


def amounts(index: Index) -> list[int]:
    index.update()
    events = decoded("TestToken", index.logs())
    return [event.arguments["value"] for event in events if event.name == "Transfer"]


def mint(token: Contract, *values: int) -> None:
    for value in values:
        token.send(RICH, "mint", "mint", [BOB.address], value)


@pytest.mark.node
def test_a_reorganisation_is_followed(anvil: Anvil, tmp_path) -> None:
    path = tmp_path / "events.sqlite"
    node = connect(anvil.url, Journal())
    token = deploy(node, RICH, "TestToken")
    mint(token, 1, 2, 3, 4, 5)
    index = index_of(token, path)
    assert amounts(index) == [1, 2, 3, 4, 5]
    other = {"from": RICH.address, "to": token.address, "data": token.encode("mint", [BOB.address], 30)}
    anvil.ask("anvil_reorg", 3, [[other, 1]])
    assert amounts(index) == amounts(index_of(token)) == [1, 2, 30]
    index.close()
    later = connect(anvil.url, Journal())
    token = Contract(later, "TestToken", token.address)
    mint(token, 7)
    again = index_of(token, path)  # a later run of the program
    assert amounts(again) == [1, 2, 30, 7]
    anvil.ask("anvil_rollback", 2)  # a shorter chain
    assert amounts(again) == amounts(index_of(token))
    again.close()


@pytest.mark.node
def test_old_blocks_are_read_in_ranges(anvil: Anvil) -> None:
    node = connect(anvil.url, Journal())
    token = deploy(node, RICH, "TestToken")
    mint(token, *range(1, 8))
    anvil.ask("anvil_mine", "0x12")
    mint(token, 8)
    index = index_of(token)
    assert amounts(index) == list(range(1, 9))
    (kept,) = index.database.execute("SELECT count(*) FROM blocks").fetchone()
    assert kept <= 2 * 8 + 1


@pytest.mark.node
def test_another_chain_with_the_same_address_starts_over(tmp_path) -> None:
    """A development node that was restarted: same chain id, same addresses, another history."""
    path = tmp_path / "events.sqlite"
    for values in ([1, 2, 3], [4]):
        with Anvil() as fresh:
            node = connect(fresh.url, Journal())
            token = deploy(node, RICH, "TestToken")
            mint(token, *values)
            index = index_of(token, path)
            assert amounts(index) == values
            index.close()


def test_the_embedded_chain_is_read_from_receipts(tmp_path) -> None:
    node = EmbeddedNode([RICH.address], Journal())
    token, other = deploy(node, RICH, "TestToken"), deploy(node, RICH, "TestToken")
    mint(token, 1, 2)
    mint(other, 9)
    node.mine_up_to(20)
    mint(token, 3)
    index = index_of(token)
    assert amounts(index) == [1, 2, 3]
    mint(token, 4)
    assert amounts(index) == [1, 2, 3, 4]
    (tmp_path / "x").write_text("no database, but long enough to be looked at as one" * 30)
    with pytest.raises(InputError, match="expected an index of events"):
        index_of(token, tmp_path / "x")
    index_of(token, tmp_path / "y").close()
    with pytest.raises(InputError, match=f"expected an index of {other.address} on chain 424242, got one of"):
        index_of(other, tmp_path / "y")


@pytest.mark.node
def test_another_chain_of_the_same_number_is_read_from_its_beginning(tmp_path) -> None:
    addresses = set()
    for empty_blocks, values in ((0, [1, 2]), (1, [3])):
        with Anvil() as anvil:
            for _ in range(empty_blocks):
                anvil.ask("evm_mine")
            token = deploy(connect(anvil.url, Journal()), RICH, "TestToken")
            mint(token, *values)
            index = index_of(token, tmp_path / "events.sqlite", start=1 + empty_blocks)
            assert amounts(index) == values
            index.close()
            addresses.add(token.address)
    assert len(addresses) == 1
