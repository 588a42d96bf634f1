"""A small campaign by signed transactions: code, books and sources agree, on a chain of its own and on a node."""

from pathlib import Path

import pytest

from anvil import Anvil
from cofund.campaign.audit import recompute, said
from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import creations
from cofund.campaign.rehearsed import rehearsal
from cofund.chain.code import verify_campaign
from cofund.chain.journal import Journal
from cofund.chain.node import EmbeddedNode, Node, connect
from cofund.settlement.ledger import Ledger, Status
from small_life import ACCOUNTS, START, SmallLife

pytestmark = pytest.mark.node


def read(node: Node, life: SmallLife) -> Campaign:
    return Campaign.at(node, life.campaign.address)


def named(life: SmallLife, ledger: Ledger) -> Ledger:
    """With the names of the document."""
    found = ledger.copy()
    found.terms = life.terms
    return found


def test_on_a_chain_of_its_own() -> None:
    node = EmbeddedNode(ACCOUNTS.values(), Journal(), start=START)
    life = SmallLife(node)

    def here() -> Ledger:
        return rehearsal(node, life.document).ledger

    for _ in life.steps(here):
        assert read(node, life).ledger.edges == here().edges
        assert named(life, read(node, life).ledger) == here()
    assert here().status == Status.CLOSED
    assert here().owed().total() == 0


def test_on_a_node(tmp_path: Path) -> None:
    with Anvil(("--timestamp", str(START))) as process:
        node = connect(process.url, Journal())
        node.fund(ACCOUNTS.values())
        life = SmallLife(node)
        for _ in life.steps(lambda: read(node, life).ledger):
            found = verify_campaign(node, life.campaign.address, life.factory.address)
            (created,) = creations(node.provider, 0, node.block_number(), life.campaign.address)
            made = recompute(node, found, created, tmp_path, life.terms)
            ledger = read(node, life).ledger
            assert named(life, ledger) == made.books.ledger
            assert made.gifts == 0
            assert not made.books.through
        assert ledger.status == Status.CLOSED
        assert "2 of 2 bids, 2 of 2 books opened, as sealed: 4 offers" in said(made, str)
