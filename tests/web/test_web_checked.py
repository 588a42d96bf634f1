"""Above the first button stands whether the server compared the campaign with what was published."""

import json
from collections.abc import Iterator
from contextlib import closing
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
