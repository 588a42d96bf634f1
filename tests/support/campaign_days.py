"""A small campaign on anvil taken from day to day, for tests of whatever looks at it."""

from dataclasses import dataclass, field

from cofund.campaign.delivery_rows import Deliveries, Row
from cofund.chain.accounts import deliveries_message, sign
from cofund.chain.contract import claim_arguments
from operating import CLIENTS, COORDINATOR, EDGES, OWNER, RICH, Operating

WINNERS = {0: [(0, CLIENTS[0])], 1: [(0, CLIENTS[3])]}
"""By edge: place and account of those that the market of ``operating`` chooses."""


@dataclass
class Days:
    """Steps in their order; each leaves the campaign in the phase that it is named after."""

    operating: Operating
    rounds: int = 0
    trees: dict = field(default_factory=dict)
    """By edge, the rows that it signed last, as (place, bitmap)."""
    signed_less: int = 0  # client-rounds that edges sign for less than they show

    @property
    def winners(self):
        """By edge: place and account."""
        return WINNERS

    @property
    def silent(self):
        """The edge whose book is never opened; None if all are."""
        return None

    def send(self, account, function, *arguments: object):
        self.operating.campaign.send(account, function, function, *arguments)

    def commit(self):
        self.operating.commit()

    def reveal(self):
        self.operating.reveal()

    def settle(self):
        self.operating.at(3)

    def training(self):
        code, printed = self.operating.call("settle")
        assert code == 0, printed
        self.rounds = self.operating.campaign.view("progress")[0]
        for number in range(1, self.rounds):
            self.record(number)

    def record(self, number):
        self.send(
            COORDINATOR, "record_round", number, bytes([number] * 32), bytes([number + 1] * 32), 800_000_000 + number
        )

    def deliveries(self):
        self.record(self.rounds)
        for edge, winners in self.winners.items():
            self.post(edge, [(place, 2**self.rounds - 1) for place, _ in winners], self.rounds)

    def post(self, edge, rows, up_to):
        """The edge signs these bitmaps, by place."""
        self.trees[edge] = rows
        shown = self.shown(edge, up_to)
        *words, last = shown.missing
        more = self.signed_less << 16 * ((up_to - 1) % 16)
        said = edge, up_to, shown.root, [*words, last + more]
        message = deliveries_message(shown.chain_id, shown.campaign, *said)
        self.send(RICH, "post_deliveries", *said, b"".join(sign(EDGES[edge], message)))

    def shown(self, edge, up_to):
        """What an edge publishes."""
        campaign, rows = self.operating.campaign, self.trees[edge]
        winners = [
            Row(client.address, bitmap) for (_, client), (_, bitmap) in zip(self.winners[edge], rows, strict=True)
        ]
        return Deliveries(campaign.node.chain_id, campaign.address, edge, 0, up_to, tuple(winners))

    def closed(self):
        self.send(COORDINATOR, "release_models", [bytes([7] * 32)])
        self.send(RICH, "close")

    def claim(self, edge):
        """What the clients of one edge, and the edge, have not got yet."""
        for claim in self.shown(edge, self.rounds).claims():
            self.claim_part(edge, claim)
        self.send(RICH, "claim_edge_fee", edge)

    def claim_part(self, edge, claim):
        chosen = (1 << len(claim.rows)) - 1
        book = self.operating.offer_books[edge]
        arguments = claim_arguments(book, edge, claim.chunk, chosen, claim.bitmaps, claim.proof)
        self.operating.books.send(RICH, "claim", "claim", *arguments)

    def book_of(self, at):
        """What ``return_bond`` takes of the book of an edge."""
        return EDGES[at].address

    def paid(self, *claimed: int):
        """Everything, besides the edges whose clients have ``claimed``."""
        for edge in self.winners.keys() - set(claimed):
            self.claim(edge)
        for at in range(len(EDGES)):
            if at != self.silent:
                self.operating.books.send(RICH, "return_bond", "return_bond", self.book_of(at))
        everybody = [OWNER, COORDINATOR, RICH, *EDGES, *CLIENTS]
        self.send(RICH, "withdraw", [account.address for account in everybody])
