"""A campaign that is followed from block to block is one read anew, at every block of every kind of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anvil import Anvil
from cofund.campaign.from_chain import Block, head
from cofund.chain.provider import Provider
from cofund.web.shown import shown_of
from fresh import following, same
from kinds import MARKETS, Life, Own
from operating import FLAGS

pytestmark = pytest.mark.node


@contextmanager
def lives(kind: str, folder: Path) -> Iterator[Life]:
    with Anvil(FLAGS) as node:
        kinds = type("Own", (Own,), {"market": MARKETS[kind]})
        yield Life(kinds(node, folder), kind=kind)


def blocks(provider: Provider, after: int) -> Iterator[Block]:
    for number in range(after + 1, head(provider).number + 1):
        found = provider.ask("eth_getBlockByNumber", hex(number), False)
        yield Block(number, found["hash"], int(found["timestamp"], 16))


@pytest.mark.parametrize("kind", MARKETS)
def test_every_block_of_every_kind(kind: str, tmp_path: Path) -> None:
    with lives(kind, tmp_path) as life:
        followed, last, shown = None, 0, None
        for moment in life.moments():
            followed = followed or following(life.operating)
            last = max(last, followed.created.block - 1)
            for block in blocks(followed.provider, last):
                now, fresh = followed.at(block), following(life.operating).at(block)
                same(now, fresh)
                shown = shown_of(now, None, shown)
                assert shown.reading.record["openings"] == shown_of(fresh, None, None).reading.record["openings"]
                assert shown.problems == [], moment
                last = block.number
