"""A small campaign on anvil taken from day to day, for tests of whatever looks at it."""

from dataclasses import dataclass, field

from cofund import merkle
from cofund.chain.accounts import deliveries_message, sign
from cofund.settlement.ledger import delivery_leaf
from operating import CLIENTS, COORDINATOR, EDGES, OWNER, RICH, Operating

WINNERS = {0: [(0, CLIENTS[0])], 1: [(3, CLIENTS[3])]}
"""By edge: position and account of those that the market of ``operating`` chooses."""


@dataclass
class Days:
    """Steps in their order; each leaves the campaign in the phase that it is named after."""

    operating: Operating
    rounds: int = 0
    trees: dict = field(default_factory=dict)
    signed_less: int = 0  # client-rounds that edges sign for less than they show

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
        self.rounds = self.operating.campaign.view("rounds")
        for number in range(1, self.rounds):
            self.record(number)

    def record(self, number):
        self.send(
            COORDINATOR, "record_round", number, bytes([number] * 32), bytes([number + 1] * 32), 800_000_000 + number
        )

    def deliveries(self):
        self.record(self.rounds)
        for edge, winners in WINNERS.items():
            self.post(edge, [(position, 2**self.rounds - 1) for position, _ in winners], self.rounds)

    def post(self, edge, rows, up_to):
        """The edge signs these bitmaps, by position."""
        root = merkle.root([delivery_leaf(*row) for row in rows])
        total = sum(bitmap.bit_count() for _, bitmap in rows) - self.signed_less
        campaign = self.operating.campaign
        message = deliveries_message(campaign.node.chain_id, campaign.address, edge, up_to, root, total)
        self.trees[edge] = rows
        self.send(RICH, "post_deliveries", edge, up_to, root, total, *sign(EDGES[edge], message))

    def closed(self):
        self.send(COORDINATOR, "release_models", bytes([7] * 32))
        self.send(RICH, "close")

    def claim(self, edge):
        """What the clients of one edge, and the edge, have not got yet."""
        levels = merkle.levels([delivery_leaf(*row) for row in self.trees[edge]])
        for index, (position, client) in enumerate(WINNERS[edge]):
            bitmap = dict(self.trees[edge])[position]
            self.send(RICH, "claim", client.address, bitmap, merkle.proof(levels, index))
        self.send(RICH, "claim_edge_fee", edge)

    def paid(self, *claimed: int):
        """Everything, besides the edges whose clients have ``claimed``."""
        for edge in WINNERS.keys() - set(claimed):
            self.claim(edge)
        losers = [client.address for client in CLIENTS if client not in {WINNERS[0][0][1], WINNERS[1][0][1]}]
        self.send(RICH, "return_bonds", losers)
        everybody = [OWNER, COORDINATOR, RICH, *EDGES, *CLIENTS]
        self.send(RICH, "withdraw", [account.address for account in everybody])
