"""The parties from Python: each method does what the command of the same name does, and asks nobody.

Keys, openings and journals lie in a home folder as those of the commands do, so that either continues what the other
began. Nothing that pays is sent before the campaign was compared with what was published.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eth_account import Account

from cofund.campaign.verification import STATE
from cofund.chain.node import connect
from cofund.errors import AccountError, NodeError
from cofund.roles import automatic, collecting, committing, models, revealing
from cofund.roles.amounts import ticks
from cofund.roles.automatic import WatcherInputs
from cofund.roles.desk import Desk, Work, open_desk
from cofund.roles.next_actions import ROLES, Step, holds, next_steps
from cofund.roles.watching import observe

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.campaign.campaign import Campaign
    from cofund.campaign.seat import Seat
    from cofund.chain.journal import Mined
    from cofund.roles.openings import Sealed


def steps_of(seat: "Seat") -> tuple[tuple[str, Step], ...]:
    """What an account can do now, by role; a newcomer may join while bids are taken; what anybody may do comes last."""
    joins = ("owner", "client") if seat.phase == "commit" else ()
    own = [(role, step) for role in ROLES if role in joins or holds(role, seat) for step in next_steps(role, seat)]
    public = [("anyone", step) for step in next_steps("anyone", seat)]
    return (*((role, step) for role, step in own if not step.public), *public)


@dataclass(frozen=True)
class Acting:
    """An account at a campaign; see ``cofund.Campaign``.

    Args:
        campaign: read from a node.
        key: private key, hex or bytes.
        home: folder of openings and journals.
        terms: file with the published terms; None for those that are kept or in the campaign's store.
    """

    role: ClassVar[str]
    campaign: "Campaign"
    key: str | bytes = field(repr=False)
    home: Path = STATE
    terms: Path | None = None

    @property
    def account(self) -> "LocalAccount":
        """That signs and pays.

        Raises:
            AccountError: if the key is none.
        """
        try:
            found: LocalAccount = Account.from_key(self.key)
        except Exception as error:  # eth_account has several
            raise AccountError("expected a private key: 32 bytes, or 64 hexadecimal digits") from error
        return found

    def seat(self) -> "Seat":
        """What the account has at stake at the last block."""
        with self._desk() as desk:
            return observe(self.role, desk)

    def refund(self) -> "tuple[Mined, ...]":
        """Take out whatever is the account's."""
        return self._do(collecting.withdraw)

    def settle(self) -> "tuple[Mined, ...]":
        """Fix who trains and who pays; anybody may."""
        return self._public("settle")

    def cancel(self) -> "tuple[Mined, ...]":
        """Let everything go back, when nobody settled in time; anybody may."""
        return self._public("cancel")

    def halt(self) -> "tuple[Mined, ...]":
        """End a training that stands still; anybody may."""
        return self._public("halt")

    def close(self) -> "tuple[Mined, ...]":
        """Close the books, which pays out the rest; anybody may."""
        return self._public("close")

    def _desk(self) -> Any:
        node = self.campaign.node
        if node is None or not hasattr(node, "provider"):
            raise NodeError("expected a campaign that was read from a node: Campaign.at(node, address)")
        url, address = node.provider.url, self.campaign.place.address
        return open_desk(connect(url), self.account, address, self.home, terms=self.terms)

    def _do(self, make: "Callable[[Desk, Seat], Work]", *, pays: bool = False) -> "tuple[Mined, ...]":
        """Plan, keep and send.

        Raises:
            Reverted: with the contract's own sentence.
            CheckFailed: if it pays into a contract that is not what was published.
        """
        with self._desk() as desk:
            if pays:
                desk.require_genuine()
            work = make(desk, observe(self.role, desk))
            plan = desk.plan(work) if work.calls else None
            work.keep()
            return tuple(mined for _, mined in desk.do(work, plan)) if plan else ()

    def _public(self, action: str) -> "tuple[Mined, ...]":
        return self._do(lambda desk, _: automatic.public_call(action, desk))


class ActingOwner(Acting):
    """An owner; amounts are base units."""

    role = "owner"

    def bid(self, value: int, escrow: int) -> "tuple[Mined, ...]":
        """Seal a bid and lock its escrow and bond."""
        return self._do(lambda desk, seen: committing.bid(desk, seen, value, escrow, None), pays=True)

    def reveal(self) -> "tuple[Mined, ...]":
        """Open the bid."""
        return self._do(lambda desk, seen: revealing.own(desk, seen, self.role))

    def veto(self, number: int | None = None) -> "tuple[Mined, ...]":
        """Refuse a round, the last one if None."""
        return self._do(lambda desk, seen: collecting.veto(desk, seen, number)[1])

    def model(self, out: Path | None = None) -> Path:
        """Fetch and open the model that was bought; where it was written."""
        with self._desk() as desk:
            return models.fetch(desk, None, out)


class ActingClient(Acting):
    """A client; ``edge`` is an id of the terms, ``cost`` base units a round."""

    role = "client"

    def offer(self, edge: str, cost: int) -> "tuple[Mined, ...]":
        """Seal an offer and lock its bond."""

        def make(desk: Desk, seen: "Seat") -> Work:
            _, work = self._sealed(desk, seen, edge, cost)
            return committing.with_client_bond(desk, seen, work)

        return self._do(make, pays=True)

    def sign_offer(self, edge: str, cost: int, out: Path) -> Path:
        """Seal an offer and sign it for its edge to relay; no transaction."""
        with self._desk() as desk:
            desk.require_genuine()
            committing.to_relay(desk, *self._sealed(desk, observe(self.role, desk), edge, cost), out).keep()
            return out

    def reveal(self) -> "tuple[Mined, ...]":
        """Open the offer."""
        return self._do(lambda desk, seen: revealing.own(desk, seen, self.role))

    def claim(self, deliveries: Path | None = None) -> "tuple[Mined, ...]":
        """Get paid for the rounds that the edge signed; rows of its store if no file is given."""
        return self._do(lambda desk, seen: collecting.client_claim(desk, seen, deliveries))

    def refund(self) -> "tuple[Mined, ...]":
        """Get the bond back, and whatever else is the account's."""
        return self._do(collecting.client_bond)

    def _sealed(self, desk: Desk, seen: "Seat", edge: str, cost: int) -> "tuple[Sealed, Work]":
        document = self.campaign.document
        counted = ticks(cost, seen.terms.tick, "cost", document["token"]["decimals"])
        return committing.offer(desk, seen, committing.edge_index(document, edge), counted, None)


class ActingEdge(Acting):
    """The operator of one or more edges."""

    role = "edge"

    def bond(self) -> "tuple[Mined, ...]":
        """Accept the role at all its edges."""
        return self._do(committing.edge_bonds, pays=True)

    def relay(self, files: Iterable[Path]) -> "tuple[Mined, ...]":
        """Bring clients' signed offers and lock their bonds."""
        paths = tuple(files)
        return self._do(
            lambda desk, seen: committing.relay(desk, seen, committing.signed_offers(desk, seen, paths)), pays=True
        )

    def reveal(self, openings: Iterable[Path]) -> "tuple[Mined, ...]":
        """Open the offers whose openings clients handed over."""
        paths = tuple(openings)
        return self._do(lambda desk, seen: revealing.handed_over(desk, seen, paths))

    def claim(self, deliveries: Iterable[Path] = ()) -> "tuple[Mined, ...]":
        """Push the clients' claims and take the fee; rows of the store if no files are given."""
        given = WatcherInputs(deliveries=tuple(deliveries))
        return self._do(lambda desk, seen: automatic.edge_claim(desk, seen, given))

    def refund(self) -> "tuple[Mined, ...]":
        """Take out whatever is the account's, bonds that it locked for clients included."""
        return self._do(lambda desk, seen: collecting.edge_claim(desk, seen, ()))


class ActingCoordinator(Acting):
    """The coordinator; it trains by ``cofund coordinator run``."""

    role = "coordinator"

    def bond(self) -> "tuple[Mined, ...]":
        """Accept the role."""
        return self._do(committing.coordinator_bond, pays=True)


class ActingSponsor(Acting):
    """The sponsor."""

    role = "sponsor"

    def lock(self) -> "tuple[Mined, ...]":
        """Lock what was promised."""
        promised = self.campaign.ledger.terms.sponsorship
        return self._do(lambda desk, seen: committing.sponsorship(desk, seen, promised), pays=True)


class ActingInitiator(Acting):
    """Whoever created the campaign; it has no duty that is not anybody's."""

    role = "initiator"
