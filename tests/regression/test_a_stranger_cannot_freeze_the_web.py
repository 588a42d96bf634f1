"""One campaign that was nonsense kept the pages of all others at its block, or the server from starting."""

import time
from contextlib import closing
from pathlib import Path

import pytest
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from anvil import RICH, Anvil
from cofund.campaign.creations import Created
from cofund.campaign.from_chain import LIMITS, require_possible
from cofund.chain.abi import named
from cofund.errors import InputError, NodeError
from cofund.web.board import Board, Followed, Follower
from cofund.web.rpc import Rpc
from operating import FLAGS, Operating
from strangers import liar, logged_as_created, logged_by_name_alone
from web_server import get, serving

NOBODY_THERE = to_checksum_address("0x" + "ab" * 20)
LIES = {"255": 255, "2^255": 2**255, "0": 0}


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """An honest campaign between strangers', read by a server that ran before them and by one that starts after."""
    with Anvil(FLAGS) as anvil, closing(Rpc(anvil.url)) as rpc:
        operating = Operating(anvil, tmp_path_factory.mktemp("strangers"))
        web3 = operating.node.web3
        logged_as_created(web3, RICH.address, NOBODY_THERE)
        operating.create()
        running = Follower(Board(Path("none")), rpc, [], [], 0)
        strangers = [NOBODY_THERE] + [liar(web3, RICH.address, word) for word in LIES.values()]
        logged_by_name_alone(web3, RICH.address)
        for address in strangers[1:]:
            logged_as_created(web3, RICH.address, address)
        running.look()
        anvil.ask("evm_mine")
        running.look()
        yield operating, running, Follower(Board(Path("none")), rpc, [], [], 0), strangers, rpc


@pytest.mark.node
def test_the_honest_campaign_is_at_the_last_block_and_what_no_factory_created_is_passed_over(shown) -> None:
    operating, *followers, _, _ = shown
    head = operating.node.web3.eth.block_number
    for follower in followers:
        places = [shown.campaign.place for shown in follower.board.snapshots.values()]
        assert [(place.address, place.block) for place in places] == [(operating.address, head)]
        assert not follower.board.left_out
        assert follower.board.trouble == ""


@pytest.mark.node
def test_page_and_api_name_no_stranger(shown) -> None:
    operating, running, _, strangers, _ = shown
    with serving(running.board) as port:
        listed = get(port, "/api/v1/campaigns").json()
        assert [one["address"] for one in listed["campaigns"]] == [operating.address]
        assert not listed["left_out"]
        assert not any(address in get(port, "/").text for address in strangers)


@pytest.mark.node
def test_a_campaign_that_was_asked_for_by_name_is_refused_in_a_sentence(shown) -> None:
    *_, strangers, rpc = shown
    with pytest.raises(InputError, match="expected a campaign that a factory created"):
        Follower(Board(Path("none")), rpc, [strangers[2]], [], 0)


def test_what_makes_trouble_is_asked_less_and_less_often() -> None:
    followed = Followed(Created(NOBODY_THERE, NOBODY_THERE, 0, ""))
    for pause in (2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600):
        now = time.monotonic()
        followed.failed(NodeError("nothing that can be read"))
        assert now + pause <= followed.not_before <= time.monotonic() + pause


@pytest.mark.parametrize("name", LIMITS)
def test_a_figure_is_possible_up_to_its_limit(name) -> None:
    require_possible({name: LIMITS[name]})
    with pytest.raises(NodeError, match=name):
        require_possible({name: LIMITS[name] + 1})
    with pytest.raises(NodeError, match="a number of 78 digits"):
        require_possible({name: 2**256 - 1})


def test_a_list_longer_than_its_answer_is_refused_before_it_is_made() -> None:
    data = (32).to_bytes(32) + (2**40).to_bytes(32) + bytes(64)
    with pytest.raises(DecodingError):
        named([{"name": "", "type": "uint256[]"}], data)
