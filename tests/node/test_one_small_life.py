"""A small campaign by signed transactions: code, books and sources agree, on a chain of its own and on a node."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from anvil import Anvil
from cofund.campaign.audit import recompute, said
from cofund.campaign.campaign import Campaign
from cofund.campaign.creations import creations
from cofund.campaign.evidence import OWN, Evidence, evidence_of
from cofund.campaign.in_store import with_store
from cofund.campaign.record import build_record, campaign_of
from cofund.campaign.rehearsed import executed, rehearsal
from cofund.campaign.shared_record import compare_with_chain, record_from_chain
from cofund.campaign.signed_rounds import check_deliveries, named_bitmaps, told_until
from cofund.campaign.store import Store
from cofund.campaign.text import render
from cofund.campaign.verify import verify
from cofund.campaign.verify_store import check_store
from cofund.chain.code import verify_campaign
from cofund.chain.journal import Journal
from cofund.chain.logs import Event
from cofund.chain.node import EmbeddedNode, Node, connect
from cofund.errors import CheckFailed
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
        assert named(life, read(node, life).ledger) == here()
        assert Campaign.from_record(record_of(life)).ledger == here()
    assert here().status == Status.CLOSED
    assert here().owed().total() == 0


def test_a_record_is_written_and_verified(tmp_path: Path) -> None:
    node = EmbeddedNode(ACCOUNTS.values(), Journal(), start=START)
    life = SmallLife(node)
    steps = list(life.steps(lambda: rehearsal(node, life.document).ledger))
    assert steps[-1] == "leave"
    sent = [(intent.raw, mined) for intent, mined in node.sent()]
    known = life.told(rehearsal(node, life.document).ledger)
    found = replace(executed(node, sent, life.document), deliveries=known, delivered=named_bitmaps(known))
    record = build_record(replace(found, releases=life.releases(rehearsal(node, life.document).ledger)), node)
    path = tmp_path / "record.json"
    path.write_text(render(record))
    assert verify(path).transactions == len(sent)
    assert Campaign.from_record(path).ledger == rehearsal(node, life.document).ledger


def test_a_record_of_a_shared_chain(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    with Anvil(("--timestamp", str(START))) as process:
        node = connect(process.url, Journal())
        node.fund(ACCOUNTS.values())
        life = SmallLife(node)
        assert list(life.steps(lambda: read(node, life).ledger))[-1] == "leave"
        there, address = read(node, life), life.campaign.address
        life.publish(store, there.ledger)
        (created,) = creations(node.provider, 0, node.block_number(), address)
        record = record_from_chain(node, address, created, store.url, tmp_path)
        assert compare_with_chain(node, record, tmp_path) == len(record["transactions"])
        path = tmp_path / "record.json"
        path.write_text(render(record))
        assert verify(path).shared
        recorded = Campaign.from_record(path)
        assert recorded.ledger == named(life, there.ledger)
        assert recorded.deliveries == life.told(there.ledger)
        assert recorded.bitmaps == with_store(replace(there, document=life.document), store).bitmaps
        made = recompute(node, verify_campaign(node, address, life.factory.address), created, tmp_path, life.terms)
        assert any("client-rounds signed by edges" in line for line in check_store(node, created, made, store.url))


def record_of(life: SmallLife) -> dict[str, Any]:
    """What of a record is evidence, as it comes back from a file."""
    sent = [(intent.raw, mined) for intent, mined in life.node.sent()]
    found = executed(life.node, sent, life.document)
    place = {"execution": OWN, **asdict(found.place)}
    written = found.to_json([""] * len(sent)) | {"terms": found.terms, "gains": [], "deliveries": []}
    return json.loads(json.dumps({"campaign": place} | written))


def test_what_edges_signed_is_held_against_their_roots() -> None:
    node = EmbeddedNode(ACCOUNTS.values(), Journal(), start=START)
    life = SmallLife(node)

    def here() -> Campaign:
        return rehearsal(node, life.document)

    steps = life.steps(lambda: here().ledger)
    while next(steps) != "sign":
        pass
    campaign = here()
    signed = {
        (edge, place): row.bitmap
        for edge in life.with_winners(campaign.ledger)
        for place, row in enumerate(life.deliveries(campaign.ledger, edge).rows)
    }
    check_deliveries(replace(campaign, bitmaps=signed))
    assert told_until(replace(campaign, bitmaps=signed)) == [edge.up_to_round for edge in campaign.ledger.edges]
    for where, bitmap in signed.items():
        other = signed | {where: bitmap ^ 1}
        with pytest.raises(CheckFailed, match="deliveries: not"):
            check_deliveries(replace(campaign, bitmaps=other))
        assert told_until(replace(campaign, bitmaps=other))[where[0]] == 0


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
        assert "2 of 2 bids and 2 of 2 books open, 4 offers: as sealed" in said(made, str)


def test_an_event_says_what_was_signed_and_nothing_else() -> None:
    """Offline, where nobody executes anything: what a signed call makes of an event cannot be written otherwise."""
    life = SmallLife(EmbeddedNode(ACCOUNTS.values(), Journal(), start=START))
    steps = list(life.steps(lambda: rehearsal(life.node, life.document).ledger))
    assert steps[-1] == "leave"
    right = evidence_of(record_of(life))
    names, free = set(), []
    for at, seen in enumerate(right.seen):
        for place, event in enumerate(seen.events):
            names.add(event.name)
            for other in others(event):
                events = (*seen.events[:place], *other, *seen.events[place + 1 :])
                forged = (*right.seen[:at], replace(seen, events=events), *right.seen[at + 1 :])
                if other != (event,) and not refused(replace(right, seen=forged)):
                    free.append((event.name, other))
    assert len(names) > 15
    assert free == []


def refused(evidence: Evidence) -> bool:
    try:
        campaign_of(evidence)
    except CheckFailed:
        return True
    return False


def others(event: Event) -> Iterator[tuple[Event, ...]]:
    """Nothing, or the event with something else in one place."""
    yield ()
    for name, value in event.arguments.items():
        yield (replace(event, arguments=event.arguments | {name: changed(value)}),)


def changed(value: Any) -> Any:
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, list):
        return [changed(value[0]), *value[1:]] if value else [1]
    if isinstance(value, dict):
        first = next(iter(value))
        return value | {first: changed(value[first])}
    return ACCOUNTS["client0"] if isinstance(value, str) else not value if isinstance(value, bool) else value + 1
