"""The connection as web3 wants it, for whoever likes web3; what a node refuses comes out as one of our sentences."""

from typing import TYPE_CHECKING, Any

from cofund.chain.provider import Provider
from cofund.chain.refusals import understanding

if TYPE_CHECKING:
    from web3.providers.base import BaseProvider


def web3_provider(provider: Provider) -> "BaseProvider":
    """A provider of web3 that asks ``provider``."""
    from web3.providers.base import BaseProvider  # noqa: PLC0415 - web3 takes 1.5 s to import

    class ProviderAdapter(BaseProvider):
        """Asks; safe to use from several threads."""

        def make_request(self, method: Any, params: Any) -> Any:
            """As web3 does."""
            with understanding():
                return {"jsonrpc": "2.0", "id": 0, "result": provider.ask(method, *params)}

    return ProviderAdapter()
