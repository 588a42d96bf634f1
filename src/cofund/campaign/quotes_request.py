"""The coordinator asks an operator's inbox for its sealed books without names, with a signature for that operator only.

Else one inbox could hand the request on to another and get what it shows.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cofund.chain.accounts import MAX_SIGNATURE, ContractAsked, is_by, quotes_message, sign
from cofund.errors import CheckFailed
from cofund.market.document import parsed_document
from cofund.market.hex_fields import address, below, hexadecimal

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

SCHEMA: Final = "cofund.quotes-request/1"


@dataclass(frozen=True, slots=True)
class QuotesRequest:
    """What is asked for.

    Args:
        chain_id, campaign: where.
        operator: who is asked.
        signature: of the coordinator.
    """

    chain_id: int
    campaign: str
    operator: str
    signature: bytes

    def require(self, chain_id: int, campaign: str, operator: str, by: str, asked: ContractAsked | None) -> None:
        """Refuse a request for another one, or by anybody but the coordinator.

        Raises:
            CheckFailed: in a sentence.
        """
        if (self.chain_id, self.campaign, self.operator) != (chain_id, campaign, operator):
            raise CheckFailed(f"the request is for {self.operator} in {self.campaign} on chain {self.chain_id}")
        if not is_by(by, quotes_message(chain_id, campaign, operator), self.signature, asked):
            raise CheckFailed(f"the request is not signed by {by}, the coordinator")


def request_text(account: "LocalAccount", chain_id: int, campaign: str, operator: str) -> str:
    """A signed request."""
    signature = b"".join(sign(account, quotes_message(chain_id, campaign, operator)))
    said = {"schema": SCHEMA, "chain_id": chain_id, "campaign": campaign, "operator": operator}
    return json.dumps(said | {"signature": signature.hex()}) + "\n"


def parse_request(where: str, content: bytes) -> QuotesRequest:
    """Read one.

    Raises:
        InputError: naming ``where`` and field, if it is none.
    """
    names = ("schema", "chain_id", "campaign", "operator", "signature")
    fields = parsed_document(where, content, SCHEMA).members(names)
    signature = hexadecimal(fields["signature"], None)
    if len(signature) > MAX_SIGNATURE:
        raise fields["signature"].refuse(f"at most {MAX_SIGNATURE} bytes")
    chain_id = below(fields["chain_id"], fields["chain_id"].integer(), 2**256)
    return QuotesRequest(chain_id, address(fields["campaign"]), address(fields["operator"]), signature)
