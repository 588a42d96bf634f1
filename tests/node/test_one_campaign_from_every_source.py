"""A campaign is the same from a node, from its record and from its rehearsal, at every moment of every kind of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import Created, creations
from cofund.campaign.from_chain import follow, head
from cofund.campaign.in_store import with_store
from cofund.campaign.publication import digest
from cofund.campaign.record import build_record
from cofund.campaign.rehearsed import executed
from cofund.campaign.sections import sections_of
from cofund.campaign.shared_record import named_by_bitmaps, record_from_chain
from cofund.campaign.signed_rounds import named_bitmaps
from cofund.campaign.text import render
from cofund.campaign.verify import verify
from cofund.errors import InputError
from cofund.report.reading import load_record, read, reading_of
from kinds import MARKETS, Life, Own
from operating import FLAGS

pytestmark = pytest.mark.node


@contextmanager
def lives(kind: str, folder: Path) -> Iterator[Life]:
    with Anvil(FLAGS) as node:
        kinds = type("Own", (Own,), {"market": MARKETS[kind]})
        yield Life(kinds(node, folder), kind=kind)


def from_node(life: Life) -> Campaign:
    own = life.operating
    provider, known = own.node.provider, {digest(own.document): own.document}
    block = head(provider)
    (created,) = creations(provider, 0, block.number, own.address)
    return with_store(follow(provider, own.node.chain_id, created, block, known).at(block), own.store)


def own_record(life: Life, campaign: Campaign) -> dict[str, Any]:
    own = life.operating
    sent = [(intent.raw, mined) for intent, mined in own.node.sent()]
    found = executed(own.node, sent, own.document)
    known = campaign.deliveries
    delivered = named_bitmaps(known) or named_by_bitmaps(campaign.ledger, campaign.document, campaign.bitmaps)
    whole = replace(found, deliveries=known, delivered=delivered, releases=tuple(life.boxes))
    return build_record(whole, own.node)


def record_of_a_shared_chain(life: Life, place: Any) -> dict[str, Any]:
    own = life.operating
    created = Created(place.address, place.factory, *creation_of(life))
    return record_from_chain(own.node, own.address, created, None, own.folder / "state")


def creation_of(life: Life) -> tuple[int, str]:
    own = life.operating
    (created,) = creations(own.node.provider, 0, head(own.node.provider).number, own.address)
    return created.block, created.hash


def same(one: Campaign, other: Campaign) -> None:
    """What anybody can see of a campaign; only how silent calls became known differs, and the block of a record."""
    assert one.ledger == other.ledger
    assert one.document == other.document
    assert one.phase == other.phase
    assert one.places == other.places
    assert {at: bits for at, bits in one.bitmaps.items() if bits} == {a: b for a, b in other.bitmaps.items() if b}
    assert told(one) == told(other)


def told(campaign: Campaign, record: dict[str, Any] | None = None) -> dict[str, Any]:
    """Its sections; of a record those that are the same on a chain of its own and on one that others use."""
    sections = sections_of(campaign)
    if record is None:
        sections["campaign"].pop("block")
        return sections
    return {name: sections[name] for name in sections.keys() - {"campaign", "gains", "gas", "deliveries"}}


@pytest.mark.parametrize("kind", MARKETS)
def test_every_source_tells_the_same(kind: str, tmp_path: Path) -> None:
    with lives(kind, tmp_path) as life:
        for moment in life.moments():
            rehearsed, on_node = life.operating.rehearsed(), from_node(life)
            same(rehearsed, on_node)
            if not rehearsed.over:
                with pytest.raises(InputError, match="expected a campaign that is over"):
                    own_record(life, rehearsed)
                continue
            for shared in (False, True):
                record = record_of_a_shared_chain(life, on_node.place) if shared else own_record(life, rehearsed)
                assert record | told(rehearsed, record) == record
                same(Campaign.from_record(record), rehearsed)
                if moment == life.steps()[-1].__name__:
                    check_file(record, rehearsed, tmp_path / "record.json")


def check_file(record: dict[str, Any], campaign: Campaign, path: Path) -> None:
    path.write_text(render(record))
    same(Campaign.from_record(path), campaign)
    assert verify(path).record["books"] == record["books"]
    reading = read(load_record(path))
    assert reading.books == reading_of(campaign).books
    assert reading.rounds_done == campaign.ledger.rounds_done  # a round that was vetoed is none
    assert [row["reason"] for row in reading.record["deliveries"] if row["leaf"]] == [
        d.reason for d in campaign.deliveries
    ]
