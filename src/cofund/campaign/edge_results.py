"""What edges hand on, signed with their accounts: whoever holds a wrong sum with its signature knows who made it.

An edge's key is ``account.json`` in its kit, readable by its owner only; without one its results are unsigned.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_account import Account

from cofund.campaign.workspace import Workspace
from cofund.chain.accounts import result_message, sign, signer
from cofund.errors import InputError
from cofund.training.deliveries import Delivery, updates_root
from cofund.training.edge import EdgeResult
from cofund.training.engine import Answers, Engine, Function
from cofund.training.engines.keeping import kept_result
from cofund.training.engines.nvflare.roles import Signer
from cofund.training.updates import KeptResult

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage
    from eth_account.signers.local import LocalAccount

FILE: Final = "account.json"


@dataclass(frozen=True, slots=True)
class Signatures:
    """The campaign that edges sign for, and their accounts by id."""

    chain_id: int
    campaign: str
    operators: Mapping[str, str]

    def hold(self, number: int, result: KeptResult, deliveries: Sequence[Delivery]) -> bool:
        """Whether a result is signed by the account of its edge, together with its clients' deliveries."""
        try:
            message = _message(self.chain_id, self.campaign, number, result, deliveries)
            return signer(message, result.signature[:32], result.signature[32:]) == self.operators[result.edge]
        except Exception:  # noqa: BLE001 - whatever somebody else's bytes are, they are no signature then
            return False


@dataclass(frozen=True, slots=True)
class SignedOnly:
    """An engine that takes a result only if its edge's account signed it, so that it can be held against the edge."""

    engine: Engine
    signatures: Signatures

    def call(self, members: Sequence[str], function: Function, payload: Any, timeout: float | None = None) -> Answers:
        """See ``Engine.call``."""
        results, failures = self.engine.call(members, function, payload, timeout)
        unsigned = [
            edge
            for edge, result in results.items()
            if isinstance(result, EdgeResult)
            and not self.signatures.hold(payload.round, kept_result(edge, result), result.deliveries)
        ]
        taken = {member: result for member, result in results.items() if member not in unsigned}
        return taken, failures | dict.fromkeys(unsigned, "Its result is not signed with its account.")


def signatures_of(record: dict[str, Any]) -> Signatures:
    """Whose signatures the results of a recorded campaign have."""
    operators = {edge["id"]: edge["operator"] for edge in record["terms"]["edges"]}
    return Signatures(record["campaign"]["chain_id"], record["campaign"]["address"], operators)


def give_key(kit: Path, account: "LocalAccount", chain_id: int, campaign: str) -> None:
    """Write an edge's key into its kit."""
    document = {"key": bytes(account.key).hex(), "chain_id": chain_id, "campaign": campaign}
    Workspace.write_private(kit / FILE, json.dumps(document, indent=1))


def signer_in(kit: Path) -> Signer | None:
    """What signs the results of an edge, if there is a key in its kit.

    Raises:
        InputError: what is there is no key.
    """
    if not (kit / FILE).exists():
        return None
    try:
        document = json.loads((kit / FILE).read_text(encoding="utf-8"))
        account, chain_id = Account.from_key(bytes.fromhex(document["key"])), int(document["chain_id"])
        campaign = str(document["campaign"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            str(kit / FILE), "", "expected key, chain_id and campaign as written by this program"
        ) from error

    return signer_of(account, chain_id, campaign)


def signer_of(account: "LocalAccount", chain_id: int, campaign: str) -> Signer:
    """What signs the results of an edge with the account of its operator."""

    def signed(number: int, result: KeptResult, deliveries: Sequence[Delivery]) -> bytes:
        return b"".join(sign(account, _message(chain_id, campaign, number, result, deliveries)))

    return signed


def _message(
    chain_id: int, campaign: str, number: int, result: KeptResult, deliveries: Sequence[Delivery]
) -> "SignableMessage":
    root = updates_root(deliveries)
    return result_message(chain_id, campaign, result.edge, number, result.samples, result.digest, root)
