"""The contract and its integer model, called together: same refusals, same books, after every call."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eth_utils.address import to_checksum_address

from cofund.chain.accounts import deliveries_message, rehearsal_account, sign
from cofund.chain.contract import STATUS, cutoff_key, opening_arguments
from cofund.errors import Reverted
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.market.terms import EdgeTerms, Terms
from cofund.mechanism.certificate import Certificate
from cofund.settlement.ledger import Ledger
from evm import CHAIN_ID, DEPLOYER, START, TOKEN, Codes, deploy_campaign

WEALTH = 10**30
WRONG_CERTIFICATE = {
    "settle: edge over capacity",
    "settle: wrong edge cutoff",
    "settle: wrong cutoff",
    "settle: wrong cohort size",
}
KEYS = {name: rehearsal_account("tests", name) for name in ("coordinator", "edge0", "edge1", "edge2", "outsider")}


def address(name: str) -> str:
    """Accounts that sign have keys; the others are only addresses."""
    return KEYS[name].address if name in KEYS else to_checksum_address("0x" + name.encode().hex().rjust(40, "0"))


INITIATOR = address("initiator")
COORDINATOR = address("coordinator")
SOME_TERMS = Terms(
    token=TOKEN,
    coordinator=COORDINATOR,
    commit_end=START + 100,
    reveal_end=START + 200,
    settle_end=START + 300,
    round_limit_s=50,
    delivery_window_s=40,
    tick=10,
    cohort=3,
    min_cohort=2,
    ceiling=200,
    coordinator_fee=7,
    goal=2,
    quality=(400_000_000, 300_000_000, 200_000_000, 100_000_000),
    edges=(EdgeTerms("edge0", address("edge0"), 2, 20), EdgeTerms("edge1", address("edge1"), 2, 0)),
    weights=((address("owner0"), 2),),
    owner_bond=11,
    client_bond=200,
    coordinator_bond=1000,
    digest=b"\7" * 32,
)


class Twin:
    """One campaign on revm beside its ledger."""

    def __init__(self, terms: Terms, codes: Codes | None = None) -> None:
        self.terms = terms
        self.chain = deploy_campaign(terms, INITIATOR, codes)
        self.ledger = Ledger(terms, INITIATOR, CHAIN_ID, self.chain.campaign)
        self.accounts = {INITIATOR, COORDINATOR, *(edge.operator for edge in terms.edges)}
        self.openings: dict[tuple[bytes, str], Opening] = {}
        self.chain.fund(COORDINATOR, WEALTH)
        self.funded = {COORDINATOR}

    @property
    def now(self) -> int:
        return self.chain.machine.now

    def at(self, timestamp: int) -> None:
        self.chain.machine.now = max(self.now, timestamp)

    def both(self, sender: str, function: str, arguments: tuple[Any, ...], model: Callable[[], None]) -> str | None:
        """Call both; return the sentence they refused with, or None."""
        refusals = []
        for call in (lambda: self.chain.call(function, *arguments, sender=sender), model):
            try:
                call()
            except Reverted as error:
                refusals.append(str(error))
            else:
                refusals.append(None)
        chain, ledger = refusals
        if ledger == "settle: wrong certificate":
            assert chain in WRONG_CERTIFICATE
        else:
            assert chain == ledger, (function, arguments)
        self.compare()
        return ledger

    def compare(self) -> None:
        """Every public figure of the contract equals the model's; the token balance equals what is held (I-2)."""
        call, ledger = self.chain.call, self.ledger
        figures = {
            "status": STATUS[call("status")],
            "rounds": call("rounds"),
            "rounds_done": call("rounds_done"),
            "round_cost": call("round_cost"),
            "round_deadline": call("round_deadline"),
            "training_end": call("training_end"),
            "halted": call("halted"),
            "deposited": call("deposited"),
            "paid_out": call("paid_out"),
        }
        assert figures == {
            "status": ledger.status,
            "rounds": ledger.rounds,
            "rounds_done": ledger.rounds_done,
            "round_cost": ledger.round_cost,
            "round_deadline": ledger.round_deadline,
            "training_end": ledger.training_end,
            "halted": ledger.halted,
            "deposited": ledger.deposits.total(),
            "paid_out": ledger.payments.total(),
        }
        for index, owner in enumerate(ledger.owners):
            _, commitment, escrow, bid, weight, level, charge = call("owners", index)
            sealed = owner.bid is None
            assert any(commitment) == sealed
            assert (escrow, bid, weight) == (owner.escrow, owner.bid or 0, owner.weight)
            assert (level, charge) == (owner.level, owner.charge)
        for index, edge in enumerate(ledger.edges):
            _, _, _, winners, _, up_to_round, root, delivered, claimed, fee_rounds = call("edges", index)
            assert (winners, up_to_round, root) == (edge.winners, edge.up_to_round, edge.root)
            assert (delivered, claimed, fee_rounds) == (edge.delivered, edge.claimed, edge.fee_rounds)
            if edge.price:
                assert call("price", index) == edge.price
        for position, offer in enumerate(ledger.offers):
            found, _, cost, opened, winner = call("offer", offer.client)
            assert (found, opened, winner) == (position, offer.cost is not None, offer.winner)
            assert cost == (offer.cost or 0)
        for account in self.accounts:
            assert call("credit", account) == ledger.credit[account]
            started = WEALTH if account in self.funded else 0
            assert self.chain.balance(account) == started + ledger.payments[account] - ledger.deposits[account]
        assert self.chain.balance(self.chain.campaign) == ledger.held()

    # ------------------------------------------------------------ the contract's calls

    def post_coordinator_bond(self, sender: str = COORDINATOR) -> str | None:
        return self.both(
            sender, "post_coordinator_bond", (), lambda: self.ledger.post_coordinator_bond(self.now, sender)
        )

    def commit_bid(self, name: str, bid: int, escrow: int) -> str | None:
        owner = self._funded(name)
        commitment = self._seal(BID, Opening(owner, bid, 0, name.encode().rjust(32, b"s")))
        return self.both(
            owner,
            "commit_bid",
            (commitment, escrow),
            lambda: self.ledger.commit_bid(self.now, owner, commitment, escrow),
        )

    def commit_offer(self, name: str, cost: int, edge: int) -> str | None:
        client = self._funded(name)
        commitment = self._seal(OFFER, Opening(client, cost, edge, name.encode().rjust(32, b"s")))
        return self.both(
            client, "commit_offer", (commitment,), lambda: self.ledger.commit_offer(self.now, client, commitment)
        )

    def reveal_bids(self, *names: str) -> str | None:
        openings = [self._opening(BID, name) for name in names]
        arguments = (opening_arguments(openings),)
        return self.both(DEPLOYER, "reveal_bids", arguments, lambda: self.ledger.reveal_bids(self.now, openings))

    def reveal_offers(self, *names: str) -> str | None:
        openings = [self._opening(OFFER, name) for name in names]
        arguments = (opening_arguments(openings),)
        return self.both(DEPLOYER, "reveal_offers", arguments, lambda: self.ledger.reveal_offers(self.now, openings))

    def settle(self, certificate: Certificate | None = None) -> str | None:
        claimed = certificate or self.ledger.right_certificate()
        arguments = (cutoff_key(claimed.cutoff), [cutoff_key(key) for key in claimed.edge_cutoffs])
        return self.both(DEPLOYER, "settle", arguments, lambda: self.ledger.settle(self.now, claimed))

    def record_round(self, number: int, sender: str = COORDINATOR) -> str | None:
        arguments = (number, b"\1" * 32, b"\2" * 32, 5)
        return self.both(sender, "record_round", arguments, lambda: self.ledger.record_round(self.now, sender, number))

    def post_deliveries(self, edge: int, up_to_round: int, root: bytes, total: int, signer: str) -> str | None:
        message = deliveries_message(CHAIN_ID, self.chain.campaign, edge, up_to_round, root, total)
        arguments = (edge, up_to_round, root, total, sign(KEYS[signer], message))
        by = address(signer)
        return self.both(
            DEPLOYER,
            "post_deliveries",
            arguments,
            lambda: self.ledger.post_deliveries(self.now, edge, up_to_round, root, total, by),
        )

    def claim(self, name: str, bitmap: int, proof: list[bytes]) -> str | None:
        client = address(name)
        return self.both(DEPLOYER, "claim", (client, bitmap, proof), lambda: self.ledger.claim(client, bitmap, proof))

    def simple(self, function: str, *arguments: Any) -> str | None:
        """Calls that anyone makes: cancel, halt and close need the time, payments do not."""
        timed = function in {"cancel", "halt", "close"}
        model = getattr(self.ledger, function)
        return self.both(DEPLOYER, function, arguments, lambda: model(*((self.now,) if timed else ()), *arguments))

    # ------------------------------------------------------------ helpers

    def _funded(self, name: str) -> str:
        account = address(name)
        if account not in self.funded:
            self.chain.fund(account, WEALTH)
            self.funded.add(account)
            self.accounts.add(account)
        return account

    def _seal(self, role: bytes, opening: Opening) -> bytes:
        self.openings.setdefault((role, opening.sender), opening)
        return seal(role, CHAIN_ID, self.chain.campaign, opening)

    def _opening(self, role: bytes, name: str) -> Opening:
        unknown = Opening(address(name), 1, 0, bytes(32))
        return self.openings.get((role, address(name)), unknown)


def with_terms(**changes: Any) -> Terms:
    return replace(SOME_TERMS, **changes)
