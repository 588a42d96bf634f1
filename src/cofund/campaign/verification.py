"""A record or a campaign at an address, verified as far as there is anything to hold it against."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cofund.campaign import verify as records
from cofund.campaign.onchain import find_creation
from cofund.campaign.replay import Inclusion, inclusion, replay
from cofund.campaign.shared_record import compare_with_chain
from cofund.campaign.verify_chain import verify_on_chain, verify_transactions
from cofund.campaign.verify_store import check_store
from cofund.chain.node import Node, connect
from cofund.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from cofund.campaign.audit import Recomputed as Audited
    from cofund.training.recompute import RecomputedTraining

STATE: Final = Path("~/.local/share/cofund")
"""Where indexes of events are kept between commands."""


@dataclass(frozen=True, slots=True)
class VerifiedRecord:
    """A record that is right in every line.

    Attributes:
        found: what was computed again.
        on_node: transactions that a node has just so; None without a node.
        replayed: what was computed again from the campaign's folder; None without one.
        inclusion: proof of the delivery that was asked for; None if none was.
    """

    found: "records.Verified"
    on_node: int | None = None
    replayed: "RecomputedTraining | None" = None
    inclusion: Inclusion | None = None


@dataclass(frozen=True, slots=True)
class VerifiedAddress:
    """A campaign on a chain that is what it says.

    Attributes:
        checked: what was compared, in words.
        made: what was computed again.
    """

    checked: tuple[str, ...]
    made: "Audited"


def verify(
    record: str | Path,
    node: Node | str | None = None,
    *,
    task: str | None = None,
    folder: Path | None = None,
    delivery: tuple[str, int] | None = None,
    state: Path = STATE,
) -> VerifiedRecord:
    """Recompute everything in a record.

    Args:
        record: the file.
        node: to look its transactions up at.
        task: name of a task that is not packaged; a record's word alone never makes this program import code.
        folder: of the campaign, to evaluate the models and compute every aggregation again.
        delivery: client and round of a delivery to prove.
        state: folder for indexes of events.

    Raises:
        InputError: if the file is no record, or has not what is asked for.
        CheckFailed: naming the line, the first wrong model, client, edge or coordinator, or what the node has not.
    """
    path = Path(record)
    found = records.verify(path, task)
    if found.shared and (folder or delivery):
        raise InputError(str(path), "", "expected digests of updates, which the record of a shared chain has not")
    on_node = None if node is None else _looked_up(found, _connected(node), state)
    again = None if folder is None else replay(found.record, folder)
    proof = None if delivery is None else inclusion(found.record, *delivery)
    return VerifiedRecord(found, on_node, again, proof)


def verify_address(
    address: str,
    node: Node | str,
    *,
    terms: Path | None = None,
    store: str | None = None,
    factory: str | None = None,
    first: int = 0,
    state: Path = STATE,
) -> VerifiedAddress:
    """Compare a campaign's code byte for byte and its terms, and recompute all it did from its chain and its store.

    Args:
        address: of the campaign.
        node: that it lives on.
        terms: file with the published terms, or TERMS.toml; None to take them from the chain and the store.
        store: URL; None for the one that was announced.
        factory: of the campaign; None to search for it.
        first: block to search from.
        state: folder for indexes of events.

    Raises:
        CheckFailed: naming what differs.
    """
    node = _connected(node)
    if not node.code(address):
        raise CheckFailed(f"Campaign at {address}: no contract there on chain {node.chain_id}")
    folder = state.expanduser() / str(node.chain_id) / address
    created = find_creation(node, address, factory, first, folder)
    checked, made = verify_on_chain(node, address, created, terms, folder)
    in_store = check_store(node, created, made, store)
    return VerifiedAddress((*checked, *(line for line in in_store if line not in checked)), made)


def _connected(node: Node | str) -> Node:
    return connect(node) if isinstance(node, str) else node


def _looked_up(found: "records.Verified", node: Node, state: Path) -> int:
    """Number of transactions of a record that a node has just so."""
    if not found.shared:
        return verify_transactions(node, found.record)
    address = found.record["campaign"]["address"]
    return compare_with_chain(node, found.record, state.expanduser() / str(node.chain_id) / address)
