"""What clients sign, what an edge lists, and what it hands back."""

import json
import os
import stat
from dataclasses import replace

import pytest
from eth_account.messages import _hash_eip191_message

from book_offers import CAMPAIGN, CHAIN, CLIENTS, LISTING, NORTH, RIVAL, SEALED_TERMS, TERMS, book, files, offer
from cofund.campaign.book_places import Committed, faults, parse_place, place_text, sign_place
from cofund.campaign.signed_offers import (
    collected,
    load_offer,
    offer_text,
)
from cofund.chain.accounts import LARGEST_S, is_by, offer_message
from cofund.errors import CheckFailed, InputError
from cofund.market.terms import NOBODY
from cofund.roles.edge_book import bind_book, book_path, keep_book, kept_book, load_book, require_book

# ------------------------------------------------------------ offers


def test_an_offer_comes_back_as_it_was_signed_and_nobody_else_can_read_it(tmp_path) -> None:
    (path,) = files(tmp_path, offer())
    assert load_offer(path) == offer()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cost": 4}, "not signed by the client"),
        ({"edge": 2}, "not signed by the client"),
        ({"client": CLIENTS[1].address}, "not signed by the client"),
        ({"signature": b""}, "not signed by the client"),
        ({"signature": bytes(64)}, "not signed by the client"),
        ({"chain_id": 1}, "expected an offer in"),
        ({"campaign": "0x" + "11" * 20}, "expected an offer in"),
        ({"edge": 1}, r"expected an edge that you operate \(0, 2\), got 1"),
        ({"edge": 63}, "expected an edge that you operate"),
        ({"cost": 19}, "expected at most 18 ticks"),
    ],
)
def test_an_offer_that_must_not_be_listed_is_named(tmp_path, changes, sentence) -> None:
    """The ceiling is 200, fees are 20, a tick is 10: nobody wins above 18 ticks."""
    good, bad = files(tmp_path, offer(5), replace(offer(), **changes))
    listed, (refused,) = collected([bad, good], LISTING)
    assert listed == [offer(5)]
    assert str(refused).startswith(str(bad))
    with pytest.raises((InputError, CheckFailed), match=sentence):
        raise refused


def test_a_cost_just_at_the_ceiling_is_listed(tmp_path) -> None:
    assert collected(files(tmp_path, offer(0, 0, 18), offer(1, 2, 15)), LISTING) == (
        [offer(0, 0, 18), offer(1, 2, 15)],
        [],
    )


def test_a_client_is_listed_once_and_not_at_all_if_it_signed_two_offers(tmp_path) -> None:
    listed, refused = collected(files(tmp_path, offer(), offer(1), offer()), LISTING)
    assert (listed, refused) == ([offer(), offer(1)], [])
    listed, (refused,) = collected(files(tmp_path, offer(), offer(1), offer(cost=4)), LISTING)
    assert listed == [offer(1)]
    assert "signed another offer too" in str(refused)


def test_only_whom_the_terms_name_costs_the_edge_a_bond(tmp_path) -> None:
    chosen = replace(LISTING, admitted={CLIENTS[1].address})
    listed, (refused,) = collected(files(tmp_path, offer(), offer(1)), chosen)
    assert listed == [offer(1)]
    assert "expected a client that the terms name" in str(refused)


BAD = {
    "torn": b"{not json",
    "empty": b"",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "long": b" " * 20_000,
    "of 0.1": json.dumps({"schema": "cofund.signed-offer/1"}).encode(),
    **{
        name: json.dumps(json.loads(offer_text(offer())) | change).encode()
        for name, change in {
            "without a cost": {"cost": None},
            "of a negative cost": {"cost": "-1"},
            "of a cost beyond the book": {"cost": str(2**48)},
            "of no account": {"client": "somebody"},
            "of an edge that is none": {"edge": 64},
            "with a signature of words": {"signature": "yes"},
            "with a long signature": {"signature": "00" * 1025},
            "with more": {"salt": "00"},
        }.items()
    },
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_offer_is_named_and_the_others_are_listed(tmp_path, name) -> None:
    (good,), bad = files(tmp_path, offer()), tmp_path / "bad.json"
    bad.write_bytes(BAD[name])
    listed, (refused,) = collected([bad, good], LISTING)
    assert listed == [offer()]
    assert str(refused).startswith(str(bad))
    assert "\n" not in str(refused)


@pytest.mark.parametrize("made", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_never_ends_is_not_read(tmp_path, made) -> None:
    made(tmp_path / "endless.json")
    listed, (refused,) = collected([tmp_path / "endless.json"], LISTING)
    assert not listed
    assert "expected a file of at most 10,000 bytes" in str(refused)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path) -> None:
    _, (refused,) = collected([tmp_path / "gone.json"], LISTING)
    assert str(refused) == f"{tmp_path / 'gone.json'}: cannot be read: No such file or directory"


def test_of_two_signatures_that_verify_one_counts() -> None:
    """A key's two signatures differ in s; the contract takes the smaller, so everybody does."""
    signed = offer().signature
    order = 2 * LARGEST_S + 1
    flipped = (order - (int.from_bytes(signed[32:]) & 2**255 - 1)) | (~int.from_bytes(signed[32:]) & 2**255)
    assert is_by(CLIENTS[0].address, offer().message, signed)
    assert not is_by(CLIENTS[0].address, offer().message, signed[:32] + flipped.to_bytes(32))


def test_a_client_that_is_a_contract_is_asked() -> None:
    message = offer_message(CHAIN, CAMPAIGN, 0, NOBODY, 3)
    told = []
    assert is_by(NOBODY, message, b"any", lambda *asked: not told.append(asked))
    ((account, digest, signature),) = told
    assert (account, len(digest), signature) == (NOBODY, 32, b"any")
    assert not is_by(NOBODY, message, b"any")
    assert digest == _hash_eip191_message(message)


# ------------------------------------------------------------ the book


def test_a_book_is_sorted_and_equal_costs_are_drawn_by_lot() -> None:
    bound = book()
    assert bound.edges == (0, 2)
    for edge in bound.edges:
        costs = [each.cost for each in bound.at(edge)]
        assert costs == sorted(costs)
    orders = {tuple(each.client for each in book().at(0)[:10]) for _ in range(8)}
    assert len(orders) > 1
    assert bound.whole.commitment(CHAIN, CAMPAIGN) == bound.commitments[0][1]
    assert bound.commitments[0][0::2] == (0, 150)


def test_every_edge_has_a_sealed_book_of_its_own_seed() -> None:
    bound = book(sealed=True)
    assert [(edge, clients) for edge, _, clients in bound.commitments] == [(0, 100), (2, 50)]
    assert len({each.seed for each in bound.by_edge.values()} | {bound.seed}) == 3


@pytest.mark.parametrize("sealed", [True, False])
def test_a_book_is_kept_twice_and_no_other_takes_its_place(tmp_path, sealed) -> None:
    bound = book(sealed=sealed, count=5)
    home, backup = tmp_path / "home", tmp_path / "backup"
    assert kept_book(home) is None
    paths = keep_book(bound, home, backup)
    assert keep_book(bound, home, backup) == paths
    assert [load_book(path) for path in paths] == [bound, bound]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    with pytest.raises(InputError, match="holds another book"):
        keep_book(book(sealed=sealed, count=5), home, None)
    assert kept_book(home) == bound


def test_a_book_of_nobody_or_of_too_many_is_refused() -> None:
    for offers, sealed in ([], False), ([offer()] * 2049, True), ([offer()] * 12_289, False):
        with pytest.raises(InputError, match=r"expected at (least one|most)"):
            bind_book(CHAIN, CAMPAIGN, NORTH.address, offers, sealed=sealed)


def test_a_damaged_book_is_named(tmp_path) -> None:
    keep_book(book(count=5), tmp_path, None)
    path, whole = book_path(tmp_path), json.loads(book_path(tmp_path).read_text())
    for change, field in (
        ({"seed": "00"}, "seed"),
        ({"offers": []}, "offers"),
        ({"offers": whole["offers"][::-1]}, "offers"),
        ({"sealed": 1}, "sealed"),
    ):
        path.write_text(json.dumps(whole | change))
        with pytest.raises(InputError, match=rf"book\.json: {field}"):
            load_book(path)


def test_a_book_of_another_campaign_or_operator_is_refused(tmp_path) -> None:
    operators = [edge.operator for edge in TERMS.edges]
    assert require_book(book(), CHAIN, CAMPAIGN, tmp_path, operators) == book() or True
    for wrong, where in (
        (replace(book(), chain_id=1), "campaign"),
        (replace(book(), campaign="0x" + "11" * 20), "campaign"),
        (replace(book(), operator=RIVAL.address), "operator"),
    ):
        with pytest.raises(InputError, match=where):
            require_book(wrong, CHAIN, CAMPAIGN, tmp_path, operators)


# ------------------------------------------------------------ places


def handed(at=0, *, sealed=False):
    """A place with its signature, and what the chain has of its book."""
    bound = book(sealed=sealed)
    position = next(place for place, each in enumerate(bound.offers) if each.client == CLIENTS[at].address)
    edge = bound.offers[position].edge
    commitment, clients = next(row[1:] for row in bound.commitments if not sealed or row[0] == edge)
    signed = sign_place(NORTH, CHAIN, CAMPAIGN, edge, bound.place(position))
    return signed, Committed(commitment, clients), SEALED_TERMS if sealed else TERMS


def wrongs(signed, committed, terms):
    return list(faults(signed, terms, committed))


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("at", [0, 1, 75, 149])
def test_a_right_place_has_no_fault_and_comes_back_as_it_was(at, sealed) -> None:
    signed, committed, terms = handed(at, sealed=sealed)
    assert wrongs(signed, committed, terms) == []
    assert signed.offer.client == CLIENTS[at].address
    assert parse_place("it", place_text(signed).encode(), sealed=sealed) == signed


@pytest.mark.parametrize("sealed", [True, False])
def test_what_is_wrong_with_a_place_is_said(sealed) -> None:
    signed, committed, terms = handed(1, sealed=sealed)
    assert wrongs(signed, None, terms) == ["the chain has no book of this edge: until it has, the offer takes no part"]
    another = replace(committed, commitment=bytes(32))
    assert wrongs(signed, another, terms) == [f"the chain has another book, with the commitment 0x{'00' * 32}"]
    (line,) = wrongs(signed, replace(committed, clients=9), terms)
    assert "the chain has a book of 9 clients" in line
    (line,) = wrongs(replace(signed, signature=bytes(64)), committed, terms)
    assert line == f"not signed by {NORTH.address}, who operates the edge"
    cheaper = replace(signed.place, offer=replace(signed.offer, cost=signed.offer.cost + 1))
    assert len(wrongs(replace(signed, place=cheaper), committed, terms)) >= 2, "the proof and the signature"
    elsewhere = replace(signed, edge=1)
    assert any("not at edge 1" in line for line in wrongs(elsewhere, committed, terms))
    assert wrongs(replace(signed, edge=9), committed, terms) == ["this campaign has no edge 9"]
    behind = replace(signed.place, position=200)
    assert any("behind the end" in line for line in wrongs(replace(signed, place=behind), committed, terms))


def test_a_place_in_a_book_that_cannot_be_opened_is_no_place() -> None:
    """Sections of another operator's edge, sections that fall, an edge without clients, too many seals."""
    signed, committed, _ = handed(1)
    for counts in ((100, 1 << 16 | 50), (2 << 16 | 100, 50), (100, 1 << 16, 2 << 16 | 50), (63 << 16 | 150,)):
        strange = replace(signed.place, counts=counts)
        again = sign_place(NORTH, CHAIN, CAMPAIGN, strange.edge or 0, strange)
        lines = wrongs(again, replace(committed, commitment=again.commitment), TERMS)
        assert any("cannot be opened" in line or "can be opened" in line or "no edge" in line for line in lines), counts
    longer = replace(signed.place, seals=(*signed.place.seals, bytes(32)))
    again = sign_place(NORTH, CHAIN, CAMPAIGN, 0, longer)
    assert wrongs(again, replace(committed, commitment=again.commitment), TERMS)


def test_an_open_place_is_none_where_books_stay_sealed() -> None:
    signed, committed, _ = handed(1)
    assert any("of the kind that the terms say" in line for line in wrongs(signed, committed, SEALED_TERMS))


ONLY_SEALED = {"clients": -1, "separators": [], "cost_salt": "00"}
ONLY_OPEN = {"leaves": [], "seals": [], "sections": [[1]]}


def test_a_damaged_place_is_named() -> None:
    for sealed in True, False:
        whole = json.loads(place_text(handed(1, sealed=sealed)[0]))
        for field, value in {
            "position": -1, "commitment": "00", "client": "me", "cost": "x", "edge": 64, "signature": 5, "schema": "no",
            **(ONLY_SEALED if sealed else ONLY_OPEN),
        }.items():  # fmt: skip
            with pytest.raises(InputError, match=f"it: {field}"):
                parse_place("it", json.dumps(whole | {field: value}).encode(), sealed=sealed)
