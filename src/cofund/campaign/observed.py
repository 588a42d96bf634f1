"""The books of a campaign that shares its chain, kept by the integer model from what the chain shows of it.

A transaction that called the campaign is a call with all its arguments. One that reached it through another contract (a
multisig wallet, a batch) is known by the events only; they name who, what and how much, but not the seals, so of bids
and offers that came this way the opening cannot be compared with the commitment. ``withdraw`` pays what is there, and
some of that may have been credited silently (``unlogged.py``), so what it paid is taken from its events: at the end no
credit may be missing.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from cofund.campaign.books import apply_call
from cofund.campaign.unlogged import Unlogged, apply_bonds, apply_rounds, offer_of
from cofund.chain.abi import called_with
from cofund.chain.contract import DecodedCall
from cofund.chain.logs import Event
from cofund.chain.signed import opened
from cofund.chain.trail import CampaignTransaction
from cofund.errors import CheckFailed, CofundError
from cofund.market.sealing import BID, OFFER, Opening, seal
from cofund.settlement.ledger import Ledger, SealedOffer, Status

UNSEEN: Final = b""
"""The commitment of what was sealed through another contract."""


@dataclass(slots=True)
class Observed:
    """Books and how they came about.

    Args:
        ledger: the integer model.
        posters: see ``Unlogged``.
        calls: the campaign's calls with their times, in order.
        through: hashes of transactions that reached the campaign through another contract.
        unsealed: parties whose opening cannot be compared with a commitment.
        shown_only: whether the node is believed, which is enough for a page: nobody recovers again who signed an offer
            that the contract accepted, and on a development node transactions need no signature.
    """

    ledger: Ledger
    posters: dict[str, int | None]
    calls: list[tuple[int, DecodedCall]] = field(default_factory=list)
    through: list[str] = field(default_factory=list)
    unsealed: set[str] = field(default_factory=set)
    shown_only: bool = False

    def copy(self) -> "Observed":
        """The same, to go on from here without changing it."""
        return replace(
            self,
            ledger=self.ledger.copy(),
            posters=dict(self.posters),
            calls=list(self.calls),
            through=list(self.through),
            unsealed=set(self.unsealed),
        )

    def accept(self, role: str) -> None:
        """Somebody accepted its role, which no event tells: "coordinator", "sponsor", or the number of an edge."""
        terms = self.ledger.terms
        if role == "coordinator":
            self.ledger.post_coordinator_bond(0, terms.coordinator)
        elif role == "sponsor":
            self.ledger.lock_sponsorship(0, terms.sponsor)
        else:
            self.ledger.post_edge_bond(0, terms.edges[int(role)].operator, int(role))

    def follow(self, seen: CampaignTransaction) -> None:
        """One transaction.

        Raises:
            CheckFailed: naming it, if the model refuses it or its events are not what it did.
        """
        try:
            self._follow(seen)
        except (CofundError, KeyError, ValueError, IndexError) as error:
            what = str(error) if isinstance(error, CofundError) else f"{type(error).__name__} {error}"
            raise CheckFailed(f"transaction {seen.hash}: {what}") from error

    def _follow(self, seen: CampaignTransaction) -> None:
        signed, ledger = opened(seen.raw, unsigned=self.shown_only), self.ledger
        if signed.chain_id not in {None, ledger.chain_id}:
            raise CheckFailed(f"signed for chain {signed.chain_id}, not {ledger.chain_id}")
        paid = [event.arguments for event in seen.events if event.name == "Paid"]
        ledger.refused_by_token = {
            event.arguments["account"] for event in seen.events if event.name == "PaymentRefused"
        }
        before = {given["account"]: ledger.payments[given["account"]] for given in paid}
        if signed.to == ledger.address:
            function, arguments = called_with("Campaign", signed.data)
            self._call(seen, DecodedCall(signed.sender, signed.to, function, arguments))
            for event in seen.events:
                check_given(event, arguments)
                check_event(ledger, event)
        else:
            if seen.events:
                self.through.append(seen.hash)
            for event in seen.events:
                self._event(seen.timestamp, event)
                check_event(ledger, event)
        for account, amount in before.items():
            logged = sum(given["amount"] for given in paid if given["account"] == account)
            if ledger.payments[account] - amount != logged:
                booked = ledger.payments[account] - amount
                raise CheckFailed(f"paid {logged} to {account}, the recomputation {booked}")

    def _call(self, seen: CampaignTransaction, call: DecodedCall) -> None:
        self.calls.append((seen.timestamp, call))
        moved = [event.arguments for event in seen.events if event.name in {"Paid", "PaymentRefused"}]
        if call.function == "withdraw":
            for given in moved:
                self._withdraw(given["account"], given["amount"])
        elif call.function == "claim_edge_fee":
            self._edge_fee(call.arguments["edge"], sum(given["amount"] for given in moved))
        else:
            if call.function in {"reveal_bids", "reveal_offers"}:
                self._take_seals(call)
            apply_call(self.ledger, seen.timestamp, call, self._accepted(seen))

    def _accepted(self, seen: CampaignTransaction) -> set[str] | None:
        committed = (event.arguments["client"] for event in seen.events if event.name == "OfferCommitted")
        return set(committed) if self.shown_only else None

    def _take_seals(self, call: DecodedCall) -> None:
        """Take an opening at its word where the commitment is not known."""
        ledger, bids = self.ledger, call.function == "reveal_bids"
        owners = {owner.account: owner for owner in ledger.owners}
        for row in call.arguments["openings"]:
            account = row["sender"]
            sealed = owners.get(account) if bids else offer_of(ledger, account)
            if sealed is not None and sealed.commitment == UNSEEN:
                opening = Opening(account, row["amount"], row["edge"], row["salt"])
                sealed.commitment = seal(BID if bids else OFFER, ledger.chain_id, ledger.address, opening)
                self.unsealed.add(account)

    def _event(self, now: int, event: Event) -> None:  # noqa: C901, PLR0912 - one case an event of the contract
        """What an event tells of a call that came through another contract."""
        given, ledger = event.arguments, self.ledger
        match event.name:
            case "BidCommitted":
                ledger.commit_bid(now, given["owner"], UNSEEN, given["escrow"])
            case "OfferCommitted":
                self._offer(now, given["client"])
            case "BidRevealed":
                self.unsealed.add(given["owner"])
                owner = next((owner for owner in ledger.owners if owner.account == given["owner"]), None)
                if owner is None:
                    raise CheckFailed(f"event {event.name} in {event.hash}: no bid of {given['owner']} was sealed")
                owner.bid = given["bid"]
            case "OfferRevealed":
                self.unsealed.add(given["client"])
                offer = offer_of(ledger, given["client"])
                offer.cost, offer.edge = given["cost"], given["edge"]
            case "Settled":
                ledger.settle(now, ledger.right_certificate())
            case "Cancelled":
                ledger.cancel(now)
            case "RoundRecorded":
                ledger.record_round(now, ledger.terms.coordinator, given["round"])
            case "Vetoed":
                ledger.veto(now, given["owner"], given["round"])
            case "Halted":
                ledger.halt(now)
            case "DeliveriesPosted":
                ledger.post_deliveries(now, **given)
            case "ModelsReleased":
                ledger.release_models(now, ledger.terms.coordinator, given["root"])
            case "Closed":
                ledger.close(now)
            case "BondLost":
                lost = offer_of(ledger, given["client"])
                lost.bond_held, lost.bond_lost = False, True
                ledger.lose_bond()
            case "Paid" | "PaymentRefused":
                self._paid(**given)

    def _offer(self, now: int, client: str) -> None:
        poster = self.posters[client]
        if poster is None:
            self.ledger.commit_offer(now, client, UNSEEN)
        else:
            operator = self.ledger.terms.edges[poster].operator
            self.ledger.relay_offers(now, operator, poster, [SealedOffer(client, UNSEEN, client)])

    def _paid(self, account: str, amount: int, reason: str) -> None:
        if reason == "credit":
            self._withdraw(account, amount)
        elif reason == "edge fee":
            mine = [at for at, edge in enumerate(self.ledger.terms.edges) if edge.operator == account and edge.fee]
            if len(mine) != 1:
                raise CheckFailed(f"pays a fee through another contract to {account}, which has {len(mine)} edges")
            self._edge_fee(mine[0], amount)
        elif reason == "bond":
            offer_of(self.ledger, account).bond_held = False
            self.ledger.pay(account, amount)
        else:
            self._training(account, amount)

    def _withdraw(self, account: str, amount: int) -> None:
        """Pay what the contract paid; what it had credited silently is missing until the end."""
        ledger = self.ledger
        ledger.pay(account, amount)
        ledger.credit[account] -= amount
        for owner in ledger.owners:
            if owner.account == account and ledger.status != Status.OPEN:
                ledger.credit[account] += owner.owed
                owner.owed = 0

    def _edge_fee(self, edge: int, amount: int) -> None:
        account, terms = self.ledger.edge(edge), self.ledger.terms.edges[edge]
        rounds, rest = divmod(amount, terms.fee) if terms.fee else (0, amount)
        if rest:
            raise CheckFailed(f"pays {amount} to edge {terms.id}, which is no multiple of its fee {terms.fee}")
        account.fee_rounds += rounds
        self.ledger.pay(terms.operator, amount)

    def _training(self, client: str, amount: int) -> None:
        """Rounds follow from the pay at the price; underwritten, the state tells them at the end."""
        ledger, offer = self.ledger, offer_of(self.ledger, client)
        edge = ledger.edges[offer.edge]
        margin = edge.price - ledger.terms.edges[offer.edge].fee
        ledger.pay(client, amount)
        offer.paid += amount
        if ledger.terms.underwritten:
            ledger.credit[ledger.terms.sponsor] -= amount
            return
        rounds, rest = divmod(amount, margin) if margin else (0, amount)
        if rest or not offer.winner:
            raise CheckFailed(f"pays {amount} to {client}, which is no multiple of its pay of {margin} a round")
        offer.paid_rounds, edge.claimed = offer.paid_rounds + rounds, edge.claimed + rounds


def observe(ledger: Ledger, seen: tuple[CampaignTransaction, ...], unlogged: Unlogged) -> Observed:
    """Keep books, new ones, from everything that was seen.

    Raises:
        CheckFailed: naming the first transaction that does not fit.
    """
    books = Observed(ledger, unlogged.posters)
    for role in unlogged.roles:
        books.accept(role)
    for entry in seen:
        books.follow(entry)
    apply_rounds(ledger, unlogged.rounds)
    apply_bonds(ledger, unlogged.bonds)
    return books


def check_given(event: Event, arguments: dict[str, Any]) -> None:
    """What an event repeats of its call's arguments must be what was given.

    Raises:
        CheckFailed: naming what it says otherwise.
    """
    for name in event.arguments.keys() & arguments.keys():
        if event.arguments[name] != arguments[name]:
            raise CheckFailed(
                f"the event {event.name} says {name} {event.arguments[name]}, called with {arguments[name]}"
            )


def check_event(ledger: Ledger, event: Event) -> None:  # noqa: C901 - one case an event of the contract
    """Hold an event against the books as its transaction left them.

    Raises:
        CheckFailed: naming what it says otherwise.
    """
    given = event.arguments
    match event.name:
        case "BidCommitted" | "BidRevealed":
            owner = next((owner for owner in ledger.owners if owner.account == given["owner"]), None)
            fits = owner is not None and given.get("bid", owner.bid) == owner.bid
            fits = fits and owner is not None and given.get("escrow", owner.escrow) == owner.escrow
        case "OfferCommitted" | "OfferRevealed":
            offer = ledger.offers[ledger.positions[given["client"]]] if given["client"] in ledger.positions else None
            fits = offer is not None and ledger.positions[given["client"]] == given["position"]
            if offer is not None and event.name == "OfferRevealed":
                fits = fits and (offer.edge, offer.cost) == (given["edge"], given["cost"])
        case "Settled":
            won = sum(offer.winner for offer in ledger.offers)
            kept = (ledger.rounds > 0, won, ledger.round_cost, ledger.rounds)
            fits = kept == (given["funded"], given["winners"], given["round_cost"], given["rounds"])
        case "RoundRecorded":
            fits = given["round"] in ledger.recorded_at
        case "Vetoed":
            fits = given["carried"] == (ledger.rounds_done < given["round"])
        case "Halted":
            fits = given["rounds"] == ledger.rounds_done
        case "DeliveriesPosted":
            edge = ledger.edge(given["edge"])
            fits = (edge.up_to_round, edge.root, edge.delivered) == (
                given["up_to_round"],
                given["root"],
                given["total"],
            )
        case "ModelsReleased":
            fits = given["root"] == ledger.release_root
        case "Closed":
            spent = sum(edge.delivered * edge.price for edge in ledger.edges)
            fits = (given["spent"], given["undelivered"]) == (spent, ledger.undelivered())
        case _:  # payments are held against all money; a cancellation says nothing
            fits = True
    if not fits:
        raise CheckFailed(f"the event {event.name} says {given}, which is not what the recomputation did")
