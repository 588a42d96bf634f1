"""Above the first button stands whether the server compared the campaign with what was published."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from anvil import RICH, Anvil
from cofund.campaign.publication import terms_of
from cofund.campaign.terms_file import load_terms
from cofund.chain.contract import create_campaign, deploy_factory
from cofund.web.board import Board, Follower
from cofund.web.rpc import Rpc
from operating import FLAGS, Operating
from web_server import get, serving

pytestmark = pytest.mark.node
WITH_BUTTONS = ("", "/market", "/payments", "/account")


@pytest.fixture(scope="module")
def operating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operating]:
    with Anvil(FLAGS) as anvil:
        yield Operating(anvil, tmp_path_factory.mktemp("checked"))


def pages(operating: Operating, address: str, named: list[str], *terms: Path) -> list[str]:
    with closing(Rpc(operating.anvil.url)) as rpc:
        board = Follower(Board(Path("none")), rpc, named, terms, 0).board
        with serving(board) as port:
            return [get(port, f"/campaign/{address}{end}").text for end in WITH_BUTTONS]


def test_a_campaign_that_is_what_was_published_is_marked_so_on_every_page_with_buttons(operating: Operating) -> None:
    operating.create()
    published = operating.folder / "state" / str(operating.node.chain_id) / operating.address / "terms.json"
    for page in pages(operating, operating.address, [], published):
        assert 'data-checked="yes"' in page
        assert page.index("✓ compared") < page.index("data-actions")
        assert "the veto window is 0: no owner can refuse a round" in page


def test_one_that_nobody_named_and_one_without_terms_are_not(operating: Operating) -> None:
    operating.create()
    for named, says in (([], "nobody has compared it"), ([operating.address], "since none was announced on chain")):
        for page in pages(operating, operating.address, named):
            assert 'data-checked="no"' in page
            assert says in page


def test_what_differs_is_said_with_both_values(operating: Operating) -> None:
    document = load_terms(operating.terms, RICH.address)
    published = operating.folder / "published.json"
    published.write_text(json.dumps(document))
    other = replace(terms_of(document), coordinator_fee=20_000)
    address = create_campaign(deploy_factory(operating.node, RICH), RICH, other).address
    for page in pages(operating, address, [address], published):
        assert 'data-checked="no"' in page
        assert "terms.coordinator_fee: the document says 10, the contract has 20000" in page


@contextmanager
def followed(operating: Operating, address: str, *terms: Path) -> Iterator[Follower]:
    with closing(Rpc(operating.anvil.url)) as rpc:
        yield Follower(Board(Path("none")), rpc, [address], terms, 0)


def test_a_longer_chain_that_replaced_what_was_compared_is_compared_again(operating: Operating) -> None:
    operating.create()
    published = operating.folder / "state" / str(operating.node.chain_id) / operating.address / "terms.json"
    before = operating.anvil.ask("evm_snapshot")
    operating.anvil.ask("anvil_mine", "0x1")
    with followed(operating, operating.address, published) as follower:
        assert follower.board.verdict(operating.address).passed
        operating.anvil.ask("evm_revert", before)
        before = operating.anvil.ask("evm_snapshot")
        code = bytearray(operating.node.code(operating.address))
        code[100] ^= 1
        operating.anvil.ask("anvil_setCode", operating.address, "0x" + code.hex())
        operating.anvil.ask("anvil_mine", "0x3", "0x7")
        assert follower.look()
        found = follower.board.verdict(operating.address)
        operating.anvil.ask("evm_revert", before)
        assert (found.passed, "no contract of this program" in found.faults[0]) == (False, True)


def test_terms_that_come_into_the_store_later_are_compared_then(
    operating: Operating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cofund.web.inspecting.AGAIN_S", 0.0)
    document, store = load_terms(operating.terms, RICH.address), operating.folder / "later"
    store.mkdir()
    factory = deploy_factory(operating.node, RICH)
    address = create_campaign(factory, RICH, terms_of(document), store.as_uri()).address
    with followed(operating, address) as follower:
        assert "the store has no such artifact" in follower.board.verdict(address).faults[0]
        (store / "terms.json").write_text(json.dumps(document))
        operating.anvil.ask("anvil_mine", "0x1")
        follower.look()
        assert follower.board.verdict(address).passed
