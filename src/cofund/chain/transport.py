"""JSON-RPC over HTTP: persistent connections, a bounded number in flight, patience when one is lost."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from cofund.errors import NodeError

if TYPE_CHECKING:
    from web3 import HTTPProvider
    from web3.types import RPCEndpoint

T = TypeVar("T")
R = TypeVar("R")

MOST_IN_FLIGHT: Final = 64
TRIES: Final = 6
BACKOFF_S: Final = 0.125  # doubled after every try: gives up after about 4 s
TIMEOUT_S: Final = 30


def http_provider(url: str) -> "HTTPProvider":
    """A provider with one pool of ``MOST_IN_FLIGHT`` connections; who comes later waits for a free one.

    A request whose connection broke is made again as it is. For a raw transaction that is safe: its nonce makes it
    count once.
    """
    import requests  # noqa: PLC0415 - web3 takes 1.5 s to import
    from web3 import HTTPProvider  # noqa: PLC0415
    from web3.providers.rpc.utils import ExceptionRetryConfiguration  # noqa: PLC0415

    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=MOST_IN_FLIGHT, pool_block=True)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    errors = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)

    class Provider(HTTPProvider):
        """Says in one line that nobody answers, whatever was asked."""

        def make_request(self, method: Any, params: Any) -> Any:
            """As web3 does."""
            try:
                return super().make_request(method, params)
            except requests.RequestException as error:
                raise NodeError(f"{url}: the node does not answer ({type(error).__name__})") from error

    again = ExceptionRetryConfiguration(errors, TRIES, BACKOFF_S, method_allowlist=("eth", "net", "web3"))
    # web3 asks for the chain's number before every call; one connection has one
    return Provider(
        url,
        request_kwargs={"timeout": TIMEOUT_S},
        session=session,
        exception_retry_configuration=again,
        cache_allowed_requests=True,
        cacheable_requests={cast("RPCEndpoint", "eth_chainId")},
    )


def at_once(ask: Callable[[T], R], questions: Sequence[T]) -> list[R]:
    """Answers in the order of the questions, asked side by side."""
    if len(questions) < 2:
        return [ask(question) for question in questions]
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
        return list(pool.map(ask, questions))
