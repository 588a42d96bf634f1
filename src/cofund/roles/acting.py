"""The parties from Python: each method does what the command of the same name does, and asks nobody.

Keys, openings and journals lie in a home folder as those of the commands do, so that either continues what the other
began. Nothing that pays is sent before the campaign was compared with what was published.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eth_account import Account

from cofund.campaign import book_places
from cofund.campaign.signed_offers import short_content
from cofund.campaign.verification import STATE
from cofund.chain.node import connect
from cofund.errors import AccountError, NodeError
from cofund.roles import automatic, booking, collecting, committing, models, placing, revealing, sealed_parts
from cofund.roles.amounts import ticks
from cofund.roles.automatic import WatcherInputs
from cofund.roles.booking import BookMeans
from cofund.roles.desk import Desk, Work, open_desk
from cofund.roles.next_actions import ROLES, Step, holds, next_steps
from cofund.roles.placing import Checked
from cofund.roles.settling import SettlerInputs
from cofund.roles.watching import observe

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.campaign.campaign import Campaign
    from cofund.campaign.seat import Seat
    from cofund.chain.journal import Mined


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

    def settle(self, books: Iterable[Path] = (), *, absent: bool = False) -> "tuple[Mined, ...]":
        """Fix who trains and who pays; anybody may.

        Args:
            books: files or folders with what operators show of sealed books.
            absent: whether operators that show nothing are called absent, which takes a stake.
        """
        given = SettlerInputs(tuple(books), absent=absent)
        return self._do(lambda desk, _: automatic.public_call("settle", desk, given=given))

    def confirm(self) -> "tuple[Mined, ...]":
        """Settle without the sealed books that were called absent and not opened in time; anybody may."""
        return self._public("confirm")

    def give_up(self) -> "tuple[Mined, ...]":
        """Let the stake of who settled without sealed books go back, when the campaign is cancelled; anybody may."""
        return self._public("give-up")

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
        return self._do(revealing.own)

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

    def offer(self, edge: str, cost: int, out: Path) -> Path:
        """Sign an offer into a file for its edge to list; no transaction."""
        document = self.campaign.document
        with self._desk() as desk:
            seen = observe(self.role, desk)
            counted = ticks(cost, seen.terms.tick, "cost", document["token"]["decimals"])
            offer, _ = placing.signed(desk, seen, committing.edge_index(document, edge), counted)
            return placing.keep_offer(offer, desk.folder, out)[-1]

    def check(self, place: Path) -> Checked:
        """Hold the place that the edge gave against chain, terms and what was signed; no transaction."""
        with self._desk() as desk:
            seen = observe(self.role, desk)
            content = short_content(place, book_places.LONGEST)
            found = book_places.parse_place(str(place), content, sealed=seen.terms.sealed)
            looked = placing.checked(desk, seen, found, placing.kept_offer(desk.folder), self.account.address)
            if seen.terms.sealed and not looked.faults:  # nothing else will tell that the account is in it
                placing.keep_place(desk.folder, content)
            return looked

    def claim(self, deliveries: Path | None = None) -> "tuple[Mined, ...]":
        """Get paid for the rounds that the edge signed; rows of its store if no file is given."""
        return self._do(lambda desk, seen: collecting.client_claim(desk, seen, deliveries))


class ActingEdge(Acting):
    """The operator of one or more edges."""

    role = "edge"

    def bond(self) -> "tuple[Mined, ...]":
        """Accept the role at all its edges."""
        return self._do(committing.edge_bonds, pays=True)

    def book(self, offers: Path, places: Path | None = None, *, anybody: bool = False) -> "tuple[Mined, ...]":
        """Seal the offers in a folder as one book, lock its bond, and write the clients' places into another."""
        given = BookMeans(offers, places or offers.with_name("places"), anybody=anybody)
        sent = self._do(lambda desk, seen: booking.seal_book(desk, seen, given), pays=True)
        with self._desk() as desk:
            booking.hand_out(desk, observe(self.role, desk), given.places)
        return sent

    def open(self, book: Path | None = None) -> "tuple[Mined, ...]":
        """Open the book, or one that somebody handed over."""
        return self._do(lambda desk, seen: revealing.open_book(desk, seen, book))

    def quotes(self, out: Path) -> list[Path]:
        """Write sealed books without names, for whoever settles and nobody else; no transaction."""
        with self._desk() as desk:
            return sealed_parts.write_quotes(desk, observe(self.role, desk), out)

    def winners(self, out: Path) -> list[Path]:
        """Write who won in sealed books, without what they asked, for everybody; no transaction."""
        with self._desk() as desk:
            return sealed_parts.write_winners(desk, observe(self.role, desk), out)

    def claim(self, deliveries: Iterable[Path] = ()) -> "tuple[Mined, ...]":
        """Push the clients' claims and take the fee; rows of the store if no files are given."""
        given = WatcherInputs(deliveries=tuple(deliveries))
        return self._do(lambda desk, seen: automatic.edge_claim(desk, seen, given))

    def refund(self) -> "tuple[Mined, ...]":
        """Take out whatever is the account's, the bond of its book included."""
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
