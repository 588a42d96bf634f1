"""Scripts that speak of single offers, on books: whatever a client did by itself its edge's operator does for it.

An offer goes into the book of its edge's operator, which is sealed when the commit phase ends and opened when the first
of its clients is to be opened. A client has no bond: what is asked back for it is the bond of the book that it is in.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cofund.errors import Reverted
from cofund.market.offer_book import CHUNK
from deliveries import Tree, words_of_total

if TYPE_CHECKING:
    from twin import Twin


class SingleOffers:
    """The offers of one campaign, by client.

    Args:
        twin: the campaign.
        account: of a name.
        name_of: an account.
    """

    def __init__(self, twin: "Twin", account: Callable[[str], str], name_of: Callable[[str], str]) -> None:
        self.twin, self.account, self.name_of = twin, account, name_of
        self.books: dict[str, dict[int, list[tuple[str, int]]]] = {}  # by operator's name, then by edge
        self.listed: dict[str, str] = {}  # operator's name by client's name

    def add(self, name: str, cost: int, edge: int, sender: str | None = None) -> str | None:
        """A client offers to train at an edge."""
        terms = self.twin.terms
        if not 0 <= edge < len(terms.edges):
            return "edge: unknown"
        operator = self.name_of(terms.edges[edge].operator)
        if terms.commit_end <= self.twin.now:
            return "commit: the phase is over"
        if sender not in {None, operator}:
            return "book: not the edge's operator"
        if name in self.listed:
            return "commit: one offer per client"
        self.listed[name] = operator
        self.books.setdefault(operator, {}).setdefault(edge, []).append((name, cost))
        return None

    def seal(self) -> None:
        """Every operator seals its book."""
        books, self.books = self.books, {}
        for operator, offers in books.items():
            refusal = self.twin.commit_book(operator, offers)
            assert refusal is None, refusal

    def open(self, *names: str) -> str | None:
        """The books that these clients are in."""
        self.seal()
        said = [self.twin.open_book(operator) for operator in self.operators(names)]
        return None if None in said or not said else said[0]

    def operators(self, names: Sequence[str]) -> list[str]:
        """In whose books these clients are, or who they are themselves."""
        return list(dict.fromkeys(self.listed.get(name, name) for name in names))

    def at_stake(self, names: Sequence[str]) -> list[str]:
        """Whose books may still lose something for these: of a client that does not win there is nothing to return."""
        ledger = self.twin.ledger
        lost = {self.name_of(offer.client) for offer in ledger.offers if ledger.is_settled() and not offer.winner}
        return self.operators([name for name in names if name not in lost])

    # ------------------------------------------------------------ claims of single clients

    def claim(self, accounts: Sequence[str], bitmaps: Sequence[int], proof: Sequence[bytes]) -> tuple[Any, ...]:
        """What ``Twin.claim`` takes to claim these bitmaps of clients of one chunk.

        Raises:
            Reverted: somebody is no winner, or nothing is signed: there is no chunk to show.
        """
        ledger = self.twin.ledger
        at = {offer.client: offer for offer in ledger.offers if offer.winner}
        if not set(accounts) <= at.keys():
            raise Reverted("claim: not in the cohort")
        edge = at[accounts[0]].edge
        account = ledger.edges[edge]
        tree = Tree.signed.get(account.root)
        if tree is None:
            raise Reverted("claim: not in the signed deliveries")
        chunk = (account.start + at[accounts[0]].place) // CHUNK
        first = max(0, chunk * CHUNK - account.start)
        part = next(list(maps) for number, maps, _ in tree.parts() if number == chunk)
        chosen = 0
        for client, bitmap in zip(accounts, bitmaps, strict=True):
            part[at[client].place - first] = bitmap
            chosen |= 1 << at[client].place - first
        return edge, chunk, part, proof, chosen

    # ------------------------------------------------------------ calls of 0.1 by their names

    def call(self, function: str, *arguments: Any, sender: str) -> Any:
        """A call straight to the contract, with the arguments that it once took."""
        return getattr(self, f"_{function}")(*arguments, sender=sender)

    def takes(self, function: str, arguments: Sequence[Any]) -> bool:
        """Whether the contract has no such call with such arguments any more."""
        one_root = function == "release_models" and isinstance(arguments[0], bytes)
        return one_root or function in {"claim", "claim_many", "return_bonds"}

    def _claim(self, client: str, bitmap: int, proof: Sequence[bytes], *, sender: str) -> None:
        self._claim_many(0, [client], [bitmap], proof, sender=sender)

    def _claim_many(self, _: int, clients: Sequence[str], bitmaps: Sequence[int], proof: Any, *, sender: str) -> None:
        arguments = self.twin.claim_arguments(*self.claim(clients, bitmaps, proof))
        self.twin.chain.machine.call("Books", self.twin.books, "claim", *arguments, sender=sender)

    def _return_bonds(self, accounts: Sequence[str], *, sender: str) -> None:
        """Of the books that these are in: each as if nobody had asked for another."""
        said = []
        for operator in self.at_stake([self.name_of(account) for account in accounts]):
            try:
                self.twin.chain.machine.call(
                    "Books", self.twin.books, "return_bond", self.account(operator), sender=sender
                )
            except Reverted as refusal:
                said.append(refusal)
        if said:
            raise said[0]

    def _release_models(self, root: bytes, *, sender: str) -> None:
        boxes = [root] * sum(owner.level > 0 for owner in self.twin.ledger.owners)
        self.twin.chain.call("release_models", boxes, sender=sender)


def missing_of(root: bytes, total: int, rounds: int, winners: int) -> list[int]:
    """What an edge signs of who missed which round, if all client-rounds delivered are told in one number."""
    tree = Tree.signed.get(root)
    return tree.missing(rounds) if tree and tree.total == total else words_of_total(total, rounds, winners)
