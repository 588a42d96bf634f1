"""The provider as web3 wants it; what a node refuses comes out as one of our sentences, not as web3's exception."""

from typing import TYPE_CHECKING, Any, Final

from cofund.chain.provider import Provider, Refused, at_once
from cofund.chain.refusals import understood

if TYPE_CHECKING:
    from web3.providers.base import BaseProvider

MINED: Final = frozenset({"eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getBlockByHash"})
"""Questions of one answer, on a chain that mines what it gets and never drops a block. It searches for each anew."""

__all__ = ["at_once", "embedded_provider", "web3_provider"]


def web3_provider(provider: Provider) -> "BaseProvider":
    """A provider of web3 that asks ``provider``; the chain's number once, which web3 wants before every call."""
    from web3.providers.base import BaseProvider  # noqa: PLC0415 - web3 takes 1.5 s to import

    chain: list[str] = []

    class ProviderAdapter(BaseProvider):
        """Asks; safe to use from several threads."""

        def make_request(self, method: Any, params: Any) -> Any:
            """As web3 does."""
            if method == "eth_chainId" and chain:
                return {"jsonrpc": "2.0", "id": 0, "result": chain[0]}
            try:
                result = provider.ask(method, *params)
            except Refused as error:
                raise understood(error) from error
            if method == "eth_chainId":
                chain.append(result)
            return {"jsonrpc": "2.0", "id": 0, "result": result}

        def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002 - web3's own name
            """Whether the node answers."""
            return provider.optional("eth_chainId") is not None

    return ProviderAdapter()


def embedded_provider(tester: Any) -> "BaseProvider":
    """A provider of web3 over a chain inside this process."""
    from web3 import EthereumTesterProvider  # noqa: PLC0415

    class EmbeddedAdapter(EthereumTesterProvider):
        """Says in our sentences what the chain refuses; what was mined stays, and is looked up once."""

        def make_request(self, method: Any, params: Any) -> Any:
            """As web3 does."""
            key = (method, *params) if method in MINED else None
            if key in mined:
                return mined[key]
            try:
                found = super().make_request(method, params)
            except Exception as error:
                raise understood(error) from error
            if key is not None and found.get("result"):
                mined[key] = found
            return found

    mined: dict[Any, Any] = {}
    return EmbeddedAdapter(tester)
