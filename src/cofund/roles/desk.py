"""One account at one campaign: its folder, its lock, and its transactions, none of which is ever sent twice.

What an interrupted run has signed is sent again as it is before anything else. Then the chain is asked what is left to
do, so a command that was killed at any moment is continued by running it again.

Nothing that pays is planned, signed or sent before the campaign was inspected (``campaign.inspection``): this is the
only way from a role to the node.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.inspected import Inspection
from cofund.campaign.inspection import compared_code, inspect
from cofund.campaign.onchain import find_creation
from cofund.campaign.operate import GasPlan, locked, only_one
from cofund.campaign.published import published_terms as in_store
from cofund.campaign.token import token_facts
from cofund.chain.contract import Contract, books_of
from cofund.chain.events import RECENT_BLOCKS
from cofund.chain.journal import Journal
from cofund.chain.sending import NonceUsed, signed_call
from cofund.errors import CheckFailed, CofundError, InputError, NodeError, Reverted, words_about
from cofund.market.terms import NOBODY
from cofund.roles.kept_terms import published_terms

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from cofund.campaign.creations import Created
    from cofund.campaign.seat import Seat
    from cofund.chain.journal import Mined
    from cofund.chain.node import Node
    from cofund.market.terms import Terms

INTERFACE: Final = "TestToken"  # the packaged interface of which only ERC-20's and ERC-2612's own calls are used


FREE: Final = frozenset(
    {
        ("Campaign", function)
        for function in (
            *("reveal_bids", "veto", "cancel", "halt", "close"),
            *("record_round", "post_deliveries", "release_models"),
            *("claim_edge_fee", "withdraw"),
        )
    }
    | {(books, function) for books in ("Books", "SealedBooks") for function in ("open_book", "claim", "return_bond")}
    | {("Books", "settle"), ("SealedBooks", "confirm"), ("SealedBooks", "give_up")}  # a sealed "settle" takes a stake
)
"""Calls that reveal, work, or take money out: an account that has paid must get out, whatever it has paid into."""

TURNS: Final = 50


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction to come.

    Args:
        contract: to call.
        note: what it is for, in a few words.
        function: its name.
        arguments: of the call.
        gas_up: most gas it may take; what is agreed to while it cannot be estimated yet.
        records: that follow the arguments.
    """

    contract: Contract
    note: str
    function: str
    arguments: tuple[Any, ...]
    gas_up: int
    records: bytes = field(default=b"", repr=False)

    @property
    def data(self) -> str:
        """Calldata, hex."""
        return self.contract.encode(self.function, *self.arguments) + self.records.hex()

    @property
    def pays(self) -> bool:
        """Whether it may move money of the account, now or later: every call that is not known to be free."""
        return (self.contract.name, self.function) not in FREE


def nothing_to_keep() -> list[Path]:
    """What most work writes before it sends."""
    return []


@dataclass(frozen=True, slots=True)
class Work:
    """What one command is about to do.

    Args:
        calls: in the order in which they are sent; empty if all is done already.
        says: lines for whoever has to agree.
        keep: writes what must be on disk before anything is sent, and says where.
        done: lines about what is done, or settled when, without a transaction.
    """

    calls: tuple[Call, ...]
    says: tuple[str, ...] = ()
    keep: Callable[[], list[Path]] = nothing_to_keep
    done: tuple[str, ...] = ()

    @property
    def pays(self) -> bool:
        """Whether any of it may move money of the account."""
        return any(call.pays for call in self.calls)


@dataclass(frozen=True, slots=True)
class Desk:
    """An account at work; see ``open_desk``.

    Args:
        campaign: the contract.
        account: signs and pays.
        folder: of the account.
        shared: folder for what everybody may know of the campaign; the account's if there is none.
        terms: file with its published terms, None for those that are kept or in its store.
        found: what was found when the campaign was compared; empty until then.
        finished: what succeeded of what an interrupted run has signed, by what it was for.
        code: of the campaign when the desk was opened; None to ask for it.
    """

    campaign: Contract
    account: "LocalAccount"
    folder: Path
    shared: Path | None = None
    terms: Path | None = None
    found: list[Inspection] = field(default_factory=list, repr=False, compare=False)
    finished: "Mapping[str, Mined]" = field(default_factory=dict, compare=False)
    code: bytes | None = field(default=None, repr=False, compare=False)

    def inspection(self) -> Inspection:
        """What was found when the campaign was compared; asked once.

        Raises:
            NodeError: if the node does not answer.
        """
        if not self.found:
            self.found.append(inspect(self.node, self.campaign.address, self.place, self._document, self.code))
        return self.found[0]

    def require_checked(self) -> None:
        """Refuse to pay into a contract that is not what was published.

        Raises:
            CheckFailed: with everything that was found.
        """
        found = self.inspection()
        if not found.passed:
            raise CheckFailed(f"{self.campaign.address}: nothing is paid into it: {'; '.join(found.faults)}")

    def require_genuine(self) -> None:
        """Refuse to read a contract as a campaign in order to pay into it, if its code is not this program's.

        Raises:
            CheckFailed: naming what differs.
        """
        if self.inspection().foreign:
            self.require_checked()

    def foreign(self) -> str:
        """Why the code is not this program's; empty if it is, or if the node does not say: all may take money out."""
        if self.found:
            return self.found[0].foreign
        try:
            compared_code(self.node, self.campaign.address, self.place)
        except NodeError:
            return ""
        except CofundError as error:
            return str(error)
        except Exception:  # noqa: BLE001 - a warning that cannot be made must not keep anybody's money in
            return ""
        return ""

    def creation(self) -> "Created":
        """Where the campaign came from; searched for once, and kept.

        Raises:
            InputError: if no factory has logged it.
        """
        return find_creation(self.node, self.campaign.address, None, 0, self.folder)

    def document(self, seen: "Seat") -> dict[str, Any]:
        """The published terms: from the file, as kept, or from the campaign's store.

        Raises:
            InputError: if there are none.
            CheckFailed: if they are another campaign's.
        """
        return self._published(seen.terms.digest, seen.initiator, self.creation)

    def _document(self, right: bytes, initiator: str, created: "Created | None") -> dict[str, Any]:
        return self._published(right, initiator, None if created is None else lambda: created)

    def _published(self, right: bytes, initiator: str, creation: "Callable[[], Created] | None") -> dict[str, Any]:
        def fetched() -> dict[str, Any]:
            assert creation is not None  # noqa: S101 - for the types
            return in_store(self.node, self.campaign.address, creation()).document

        fetch = None if creation is None else fetched
        token = partial(token_facts, self.node)
        return published_terms(right, initiator, self.terms, self.place, fetch, token)

    @property
    def place(self) -> Path:
        """Where is kept what everybody may know."""
        return self.shared or self.folder

    @property
    def node(self) -> "Node":
        """The chain."""
        return self.campaign.node

    def at(self, seen: "Seat") -> Contract:
        """The campaign at the block of a seat: what another backend says of another block does not go with it."""
        return replace(self.campaign, block=seen.block)

    def token(self, address: str) -> Contract:
        """The campaign's token."""
        return Contract(self.node, INTERFACE, address)

    def call(self, note: str, function: str, *arguments: Any, gas_up: int) -> Call:
        """A call of the campaign."""
        return Call(self.campaign, note, function, arguments, gas_up)

    def books(self, terms: "Terms") -> Contract:
        """The contract with the campaign's offers, whose kind the terms say."""
        return books_of(self.campaign, sealed=terms.sealed)

    def plan(self, work: Work) -> GasPlan:
        """What the work takes at most. Only its first call can be estimated: the others see what it changed.

        Raises:
            Reverted: if the first call would be refused.
            CheckFailed: if it pays into a contract that is not what was published.
        """
        if work.pays:
            self.require_checked()
        gas = [call.gas_up for call in work.calls]
        gas[:1] = [self._gas(call) for call in work.calls[:1]]
        return GasPlan(len(gas), sum(gas))

    def do(self, work: Work, plan: GasPlan) -> "list[tuple[Call, Mined]]":
        """Send the calls one after the other, within the gas that was agreed to.

        Raises:
            Reverted: with the contract's own sentence.
            NodeError: if a call needs more gas than was agreed to.
            CheckFailed: if it pays into a contract that is not what was published.
        """
        if work.pays:
            self.require_checked()
        left, done = plan.gas, []
        for call in work.calls:
            needed = self._gas(call)
            if needed > left:
                agreed = f"needs {needed:,} gas and {left:,} are left of what was agreed to"
                raise NodeError(f"{call.note}: {agreed}; run the same command again")
            left -= needed
            done.append((call, self.node.send(self.account, call.contract.address, call.data, call.note, needed)))
        return done

    def carry_out(self, work: Work, sent: "Callable[[Call, Mined], None]") -> bool:
        """Plan, keep and send without asking anybody; whether there was anything to send.

        Raises:
            CofundError: see ``plan`` and ``do``.
        """
        if work.calls:
            plan = self.plan(work)
            work.keep()
            for call, mined in self.do(work, plan):
                sent(call, mined)
        return bool(work.calls)

    def _gas(self, call: Call) -> int:
        try:
            return self.node.gas(self.account.address, call.contract.address, call.data)
        except Reverted as error:
            raise Reverted(words_about(call.note, error)) from error


def account_folder(home: Path, chain_id: int, campaign: str, account: str) -> Path:
    """Where an account keeps what belongs to a campaign."""
    return campaign_folder(home, chain_id, campaign) / account


def campaign_folder(home: Path, chain_id: int, campaign: str) -> Path:
    """Where is kept what everybody may know of a campaign."""
    return home.expanduser() / str(chain_id) / campaign


@contextmanager
def open_desk(
    node: "Node",
    account: "LocalAccount",
    address: str,
    home: Path,
    *,
    send: bool = True,
    terms: Path | None = None,
) -> Iterator[Desk]:
    """Work for an account while no other program does.

    Args:
        node: connected, without a journal.
        account: signs and pays.
        address: of the campaign.
        home: folder of openings, journals and indexes.
        send: whether to send first what an interrupted run has signed.
        terms: file with the published terms, None for those that are kept or in the campaign's store.

    Raises:
        InputError: if another program is at work for this account, or there is no campaign.
    """
    code = require_code(node, address)
    folder = account_folder(home, node.chain_id, address, account.address)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with only_one(folder, TURNS):  # a watcher holds it only while it sends something
        node.go_on_with(Journal(folder / "transactions.jsonl"))
        # one program at a time chooses a nonce of an account, whatever the campaign; one that hangs is passed by
        node.sender.turn = partial(locked, home.expanduser() / str(node.chain_id) / f"{account.address}.lock", TURNS)
        forget_old(node)
        finished = finish(node, account) if send else {}
        shared = campaign_folder(home, node.chain_id, address)
        yield Desk(Contract(node, "Campaign", address), account, folder, shared, terms, finished=finished, code=code)


@dataclass(frozen=True, slots=True)
class Onlooker:
    """An account without its key."""

    address: str


def visiting(node: "Node", address: str, home: Path, account: str = "") -> Desk:
    """A desk to look from, as an account or as nobody; then what is known of the campaign is kept for everybody.

    Raises:
        InputError: if there is no campaign.
    """
    require_code(node, address)
    shared = campaign_folder(home, node.chain_id, address)
    folder = shared / account
    with suppress(OSError):  # whoever only looks needs no home that can be written
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    onlooker: Any = Onlooker(account or NOBODY)
    return Desk(Contract(node, "Campaign", address), onlooker, folder, shared)


def require_code(node: "Node", address: str) -> bytes:
    """The code at an address; refuse one at which there is no contract."""
    code = node.code(address)
    if not code:
        raise InputError(address, "", f"expected a campaign, but chain {node.chain_id} has no contract there")
    return code


def forget_old(node: "Node") -> None:
    """Begin the journal anew once all of it is deeper than any reorganisation; what is dropped before is sent again."""
    journal = node.journal
    if journal.intents and not journal.open() and journal.last_block < node.block_number() - RECENT_BLOCKS:
        journal.clear()


def finish(node: "Node", account: "LocalAccount") -> "dict[str, Mined]":
    """Wait for what an interrupted run has signed, or the chain has dropped; what of it succeeded, by its note.

    What lost its nonce to something else is left out: what is due then is planned from the chain.
    """
    found = {}
    for slot in node.journal.open():
        intent = node.journal.intents[slot]
        try:
            node.sender.hand_over(intent)
            found[intent.note] = node.sender.wait(slot, signed_call(intent, account))
        except NonceUsed:
            node.journal.cancel(slot)
    node.answered = len(node.journal.intents)
    return {note: mined for note, mined in found.items() if mined.status}
