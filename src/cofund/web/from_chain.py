"""A snapshot of a campaign from the views and events of its contract."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from cofund.campaign.metrics import metric_entry
from cofund.campaign.publication import iso
from cofund.campaign.standing import Standing
from cofund.errors import NodeError
from cofund.market.instance import Client, Edge, Instance, Owner
from cofund.market.phases import STATUS, phase_of
from cofund.market.terms import MAX_EDGES, MAX_OFFERS, MAX_OWNERS, MAX_ROUNDS, NOBODY, most_promised
from cofund.money import MOST_DECIMALS
from cofund.web.chain import Block, Creation, Event, Reader, View, created_with
from cofund.web.rpc import Rpc
from cofund.web.seals import read_bid_seals, seals_of
from cofund.web.seats import Seats, edge_seats, offer_seats, owner_seats
from cofund.web.snapshot import Snapshot, reading_of
from cofund.web.terms import document_from_chain, with_everybody
from cofund.web.times import LAST_TIME
from cofund.web.words import event_words, names_of

FIXED: Final[list[View]] = [
    (name, ())
    for name in (
        "status",
        "deposited",
        "paid_out",
        "round_cost",
        "rounds",
        "rounds_done",
        "revealed_count",
        "offer_count",
        "owner_count",
        "training_end",
        "round_deadline",
        "sponsor_locked",
        "coordinator_bonded",
        "release_root",
        "halted",
    )
]


MOST_EVENTS: Final = 200_000

LIMITS: Final = {
    "commit_end": LAST_TIME,
    "reveal_end": LAST_TIME,
    "settle_end": LAST_TIME,
    "training_end": LAST_TIME,
    "round_deadline": LAST_TIME,
    "round_limit": LAST_TIME,
    "veto_window": LAST_TIME,
    "delivery_window": LAST_TIME,
    "edge_count": MAX_EDGES,
    "owner_count": MAX_OWNERS,
    "offer_count": MAX_OFFERS,
    "revealed_count": MAX_OFFERS,
    "rounds": MAX_ROUNDS,
    "rounds_done": MAX_ROUNDS,
    "event_count": MOST_EVENTS,
    "decimals": MOST_DECIMALS,
}
"""The most that a figure of a campaign can be; seconds before the year 10000."""


def require_possible(figures: dict[str, Any]) -> None:
    """Refuse figures that no factory of ours lets a campaign have, before anything is counted up to them.

    Raises:
        NodeError: naming the first.
    """
    for name, most in LIMITS.items():
        found = figures.get(name, 0)
        if found > most:
            shown = f"{found:,}" if found < 10**18 else f"a number of {len(str(found))} digits"
            raise NodeError(f"no campaign of cofund: {name} is {shown}, and {most:,} is the most")


MONEY_EVENTS: Final = {"Paid", "PaymentRefused", "BondLost"}


@dataclass(slots=True)
class Source:
    """Where one campaign is read, what never changes about it, and what was read of its clients last."""

    reader: Reader
    chain_id: int
    terms: dict[str, Any]
    document: dict[str, Any]
    published: bool
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    trace: list[tuple[int, int, str]] = field(default_factory=list)
    money: tuple[Any, ...] = ()
    bids: dict[str, str] = field(default_factory=dict)

    def snapshot(self, block: Block) -> Snapshot:
        """Read the campaign as of ``block``."""
        return _read(self, block)


def open_campaign(
    rpc: Rpc, chain_id: int, created: Creation, block: Block, published: dict[bytes, dict[str, Any]]
) -> Source:
    """Read once what cannot change: terms, edges, curve, names.

    Raises:
        NodeError: if there is no campaign.
    """
    reader = Reader(rpc, created.campaign, created.block)
    (terms, count) = reader.views([("terms", ()), ("edge_count", ())], block)
    require_possible(terms | {"edge_count": count})
    document = published.get(terms["digest"])
    if document is None:
        edges = [edge[0] for edge in reader.views([("edge", (at,)) for at in range(count)], block)]
        unit = reader.token(terms["token"], "symbol", block=block) or ""
        decimals = reader.token(terms["token"], "decimals", block=block) or 0
        require_possible({"decimals": decimals})
        call = created_with(rpc, created) if created.hash else None
        document = document_from_chain(terms, edges, call, unit, decimals)
    return Source(reader, chain_id, terms, document, terms["digest"] in published)


def _read(source: Source, block: Block) -> Snapshot:
    reader, terms = source.reader, source.terms
    events = reader.events(block)
    values = dict(zip([name for name, _ in FIXED], reader.views(FIXED, block), strict=True))
    require_possible(values | {"event_count": len(events)})
    status = STATUS[values["status"]]
    owners = reader.views([("owner", (at,)) for at in range(values["owner_count"])], block)
    edges = reader.views([("edge", (at,)) for at in range(len(source.document["edges"]))], block)
    credited = _credits(source, block, edges, events, status)
    owed = {state["account"]: state["owed"] for state, _ in owners}
    offers = _offers(source, events, block, (status, credited, owed))
    document = _everybody(source, owners, offers, events)
    phase, until = phase_of(status, terms, block.time, values["training_end"], values["round_deadline"])
    names = names_of(document)
    openings = _openings(document, names, owners, offers, events)
    times = reader.times([event.block for event in events])
    rounds = _rounds(events, times)
    accounts = _accounts(source, values, owners, edges, offers, events, names, credited)
    instance = _instance(document, terms, owners, edges, events, names)
    held = reader.token(terms["token"], "balanceOf", reader.address, block=block)
    money = {name: values[name] for name in ("deposited", "paid_out", "round_cost", "sponsor_locked")}
    reading = None
    if instance is not None and status in {"training", "closed", "unfunded"}:
        reading = reading_of(instance, document, status, rounds, openings)
    claims = {names[client]: (offer["paid_rounds"], offer["paid"]) for client, offer in offers.items()}
    opened = _opened(events)
    standing = _standing(source, block, phase, until, values)
    if status == "open":  # afterwards the contract keeps something else there
        read_bid_seals(reader, owners, events, source.bids, block)
    seats = Seats(
        campaign=reader.address,
        standing=standing,
        status=status,
        credits=credited,
        owners=owner_seats(owners),
        offers=offer_seats(offers, opened, edges, terms["ceiling"], status),
        edges=edge_seats(edges, terms["tick"]),
        training_end=values["training_end"],
        recorded_at=_recorded_at(source, values["rounds_done"], block),
        released=any(values["release_root"]),
        halted=values["halted"],
        seals=seals_of(owners, offers, events, source.bids),
    )
    returnable = seats.returnable()
    return Snapshot(
        address=reader.address,
        chain_id=source.chain_id,
        source="chain",
        block=block.number,
        now=block.time,
        status=status,
        phase=phase,
        until=until,
        terms=document,
        published=source.published,
        counts={
            "owners": values["owner_count"],
            "offers": values["offer_count"],
            "revealed": values["revealed_count"],
            "rounds": values["rounds"],
            "rounds_done": values["rounds_done"],
        },
        money=money | {"held": values["deposited"] - values["paid_out"]},
        openings=openings,
        rounds=rounds,
        edges=_edges(document, edges, events),
        accounts=accounts,
        claims=claims,
        bonds=[names[client] for client in offers if client in returnable],
        deliveries=[],
        events=[
            {
                "name": event.name,
                "time": iso(times[event.block]),
                "what": event_words(event, names, document),
                "block": event.block,
                "log": event.log,
                "hash": event.hash,
            }
            for event in events
        ],
        reading=reading,
        checks=_checks(values, events, accounts, held, owners, reading, names),
        seats=seats,
    )


def _standing(source: Source, block: Block, phase: str, until: int | None, values: dict[str, Any]) -> Standing:
    """Where the campaign stands, as far as a next step depends on it."""
    early = phase in {"last veto window", "deliveries", "stand-in deliveries"} and source.reader.passes("close", block)
    return Standing(
        now=block.time,
        phase=phase,
        until=until,
        terms=source.terms,
        counts={
            name: values[name] for name in ("owner_count", "offer_count", "revealed_count", "rounds", "rounds_done")
        },
        money={name: values[name] for name in ("deposited", "paid_out", "round_cost", "sponsor_locked")},
        coordinator_bonded=values["coordinator_bonded"],
        edges=[],
        open_to_anyone=["close"] if early else [],
    )


def _recorded_at(source: Source, done: int, block: Block) -> int:
    return int(source.reader.views([("recorded_at", (done,))], block)[0]) if done else 0


def _credits(
    source: Source,
    block: Block,
    edges: list[Any],
    events: list[Event],
    status: str,
) -> dict[str, int]:
    """What the contract owes each account that ever dealt with it, an owner's place apart."""
    if status == "open":  # before, nobody is credited with anything
        return {}
    terms = source.terms
    bidders = [event.arguments["owner"] for event in events if event.name == "BidCommitted"]
    clients = [event.arguments["client"] for event in events if event.name == "OfferCommitted"]
    offices = [terms[role] for role in ("coordinator", "sponsor", "initiator") if terms[role] != NOBODY]
    everybody = list(dict.fromkeys([*offices, *(edge[0]["operator"] for edge in edges), *bidders, *clients]))
    return dict(zip(everybody, source.reader.views([("credit", (one,)) for one in everybody], block), strict=True))


def _offers(source: Source, events: list[Event], block: Block, money: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    """The contract's word on every client; asked again only for those of which it can have changed.

    No bond moves without an event unless somebody is then owed more, and who is owed less was paid, with an event. So
    unless ``money`` or the movements logged changed, nothing is asked again; nor, then, of a bond that was logged.

    Args:
        source: of the campaign; keeps the answers.
        events: so far.
        block: now.
        money: what everybody is owed.
    """
    clients = list(dict.fromkeys(event.arguments["client"] for event in events if event.name == "OfferCommitted"))
    moves = [event for event in events if event.name in MONEY_EVENTS]
    paid = Counter[str](_whose(event) for event in moves)
    logged = {_whose(event) for event in moves if event.arguments.get("reason", "bond") == "bond"}
    trace = [(event.block, event.log, event.hash) for event in events]
    if trace[: len(source.trace)] != source.trace:  # another chain than before
        source.offers.clear()
    moved = source.money != (money, len(moves))
    asked = [
        client
        for client in clients
        if client not in source.offers or paid[client] != source.paid[client] or (moved and client not in logged)
    ]
    found = source.reader.views([("offer", (client,)) for client in asked], block)
    source.offers |= {client: answer[0] for client, answer in zip(asked, found, strict=True)}
    source.money, source.paid, source.trace = (money, len(moves)), paid, trace
    return {
        client: source.offers[client] for client in sorted(clients, key=lambda c: int(source.offers[c]["position"]))
    }


def _whose(event: Event) -> str:
    """Whom a movement of money concerns."""
    return str(event.arguments["client" if event.name == "BondLost" else "account"])


def _opened(events: list[Event]) -> dict[str, dict[str, Any]]:
    return {event.arguments["client"]: event.arguments for event in events if event.name == "OfferRevealed"}


def _everybody(source: Source, owners: list[Any], offers: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    """Whoever took part; a client that is sealed still is shown at the edge that relayed it, or the first."""
    edges, opened = source.document["edges"], _opened(events)
    where = {
        client: edges[min(opened[client]["edge"] if client in opened else max(0, offer["poster"] - 1), len(edges) - 1)]
        for client, offer in offers.items()
    }
    return with_everybody(
        source.document,
        {state["account"]: state["weight"] for state, _ in owners},
        {client: edge["id"] for client, edge in where.items()},
    )


def _openings(
    document: dict[str, Any], names: dict[str, str], owners: list[Any], offers: dict[str, Any], events: list[Event]
) -> list[dict[str, Any]]:
    escrows = {e.arguments["owner"]: e.arguments["escrow"] for e in events if e.name == "BidCommitted"}
    opened, tick = _opened(events), int(document["token"]["tick"])
    bids = [
        {
            "id": names[state["account"]],
            "role": "owner",
            "escrow": str(escrows.get(state["account"], 0)),
            "amount": str(state["bid"]) if state["opened"] else None,
            "edge": None,
        }
        for state, _ in owners
    ]
    return bids + [
        {
            "id": names[client],
            "role": "client",
            "escrow": None,
            "amount": str(opened[client]["cost"] * tick) if client in opened else None,
            "edge": document["edges"][opened[client]["edge"]]["id"] if client in opened else None,
        }
        for client in offers
    ]


def _rounds(events: list[Event], times: dict[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "round": event.arguments["round"],
            "time": iso(times[event.block]),
            **metric_entry(event.arguments["metric"]),
            "model_digest": event.arguments["model_digest"].hex(),
            "updates_root": event.arguments["updates_root"].hex(),
            "delivered": None,
            "missing": [],
            "vetoed": False,
        }
        for event in events
        if event.name == "RoundRecorded"
    ]


def _edges(document: dict[str, Any], edges: list[Any], events: list[Event]) -> list[dict[str, Any]]:
    signed: dict[int, list[int]] = {}
    for event in events:
        if event.name == "DeliveriesPosted":
            signed.setdefault(event.arguments["edge"], []).append(event.arguments["up_to_round"])
    return [
        {
            "edge": named["id"],
            "capacity": fixed["capacity"],
            "bonded": state["bonded"] or document["bonds"]["edge"] == "0",
            "winners": state["winners"],
            "up_to_round": state["up_to_round"],
            "delivered": state["delivered"],
            "claimed": state["claimed"],
            "fee_rounds": state["fee_rounds"],
            "stood_in": state["stood_in"],
            "roots": signed.get(at, []),
        }
        for at, (named, (fixed, state, _)) in enumerate(zip(document["edges"], edges, strict=True))
    ]


def _accounts(
    source: Source,
    values: dict[str, Any],
    owners: list[Any],
    edges: list[Any],
    offers: dict[str, Any],
    events: list[Event],
    names: dict[str, str],
    credited: dict[str, int],
) -> list[dict[str, Any]]:
    """Money in and out per account, base units."""
    terms, deposits, received = source.terms, Counter[str](), Counter[str]()
    if values["coordinator_bonded"]:
        deposits[terms["coordinator"]] += terms["coordinator_bond"]
    for fixed, state, _ in edges:
        deposits[fixed["operator"]] += terms["edge_bond"] * state["bonded"]
    for event in events:
        if event.name == "BidCommitted":
            deposits[event.arguments["owner"]] += event.arguments["escrow"] + terms["owner_bond"]
        if event.name == "Paid":
            received[event.arguments["account"]] += event.arguments["amount"]
    for client, offer in offers.items():
        poster = offer["poster"]
        deposits[edges[poster - 1][0]["operator"] if poster else client] += terms["client_bond"]
    if terms["sponsor"] != NOBODY:  # its lock logs no event; that it is this or nothing is checked below
        most = terms["cohort"] * terms["ceiling"] * terms["tick"] + terms["coordinator_fee"]
        promise = most_promised(terms["rounds"], most, None if terms["underwritten"] else terms["match"])
        locked = values["deposited"] - deposits.total() == promise
        deposits[terms["sponsor"]] += promise * locked
    everybody = list(dict.fromkeys([*deposits, *received, *credited, terms["initiator"]]))
    owed = Counter[str](credited)
    if credited:
        owed.update({state["account"]: state["owed"] for state, _ in owners})
    return [
        {
            "id": names.get(account, account),
            "account": account,
            "deposited": str(deposits[account]),
            "received": str(received[account]),
            "still_owed": str(owed[account]),
            "net": str(received[account] + owed[account] - deposits[account]),
        }
        for account in everybody
        if deposits[account] or received[account] or owed[account]
    ]


def _instance(
    document: dict[str, Any],
    terms: dict[str, Any],
    owners: list[Any],
    edges: list[Any],
    events: list[Event],
    names: dict[str, str],
) -> Instance | None:
    """The market as opened (``settlement/clearing.py``); None while the curve is unknown or nobody opened."""
    opened = sorted(_opened(events).values(), key=lambda offer: int(offer["position"]))
    if not document["quality"] or not any(state["opened"] for state, _ in owners) or not opened:
        return None
    tick, named = terms["tick"], document["edges"]
    beyond = terms["ceiling"] + 1  # the contract keeps no more of a cost that cannot win
    return Instance(
        cohort=terms["cohort"],
        min_cohort=terms["min_cohort"],
        ceiling=terms["ceiling"] * tick,
        coordinator_fee=terms["coordinator_fee"],
        goal=terms["goal"],
        match=terms["match"],
        quality=tuple(document["quality"]),
        edges=tuple(
            Edge(
                name["id"],
                fixed["capacity"] if state["bonded"] or terms["edge_bond"] == 0 else 0,
                fixed["fee"] * tick,
            )
            for name, (fixed, state, _) in zip(named, edges, strict=True)
        ),
        owners=tuple(
            Owner(names[state["account"]], state["bid"], state["weight"]) for state, _ in owners if state["opened"]
        ),
        clients=tuple(
            Client(names[offer["client"]], named[offer["edge"]]["id"], min(offer["cost"], beyond) * tick)
            for offer in opened
        ),
    )


def _checks(
    values: dict[str, Any],
    events: list[Event],
    accounts: list[dict[str, Any]],
    held: int | None,
    owners: list[Any],
    reading: Any,
    names: dict[str, str],
) -> list[tuple[str, bool, str]]:
    """What this page recomputes: each with whether it holds, and the numbers."""
    deposited = sum(int(row["deposited"]) for row in accounts)
    paid = sum(event.arguments["amount"] for event in events if event.name == "Paid")
    rest, owed = values["deposited"] - values["paid_out"], sum(int(row["still_owed"]) for row in accounts)
    found = [
        (
            "deposits of everybody add up to the contract's total",
            deposited == values["deposited"],
            f"{deposited:,} = {values['deposited']:,}",
        ),
        ("payments logged add up to the contract's total", paid == values["paid_out"], f"{paid:,}"),
        ("what is owed now is covered by what is held", owed <= rest, f"{owed:,} of {rest:,}"),
    ]
    if held is not None:
        found.append(("the token balance covers what is held", held >= rest, f"{held:,} for {rest:,}"))
    if reading is not None:
        bought = {names[state["account"]]: (bill["level"], bill["charge"]) for state, bill in owners if state["opened"]}
        right = {owner.id: (owner.level, owner.charge) for owner in reading.outcome.owners}
        found.append(
            ("levels and charges are those the rule gives for the opened bids", bought == right, f"{len(right)} owners")
        )
        cost = reading.outcome.round_cost
        found.append(("a round costs what the cleared market says", cost == values["round_cost"], f"{cost:,}"))
    return found
