"""The web application: what answers at which address, and what every answer carries for safety."""

from importlib import resources
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cofund.web import api, pages, stream
from cofund.web.board import Board
from cofund.web.prometheus import metrics

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFE: Final = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
LOCAL: Final = ("127.0.0.1", "localhost", "[::1]")


class SafeHeaders:
    """Adds the policy to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See above."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *SAFE]
            await send(message)

        await self.app(scope, receive, with_headers)


def application(board: Board, hosts: tuple[str, ...] = ()) -> Starlette:
    """The application over a board.

    Args:
        board: what is on show.
        hosts: names by which it may be asked for, besides those of the loopback; anything else is refused, so that a
            foreign page cannot reach it through a name that it controls.
    """
    middleware = [
        Middleware(SafeHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, *hosts], www_redirect=False),
        Middleware(GZipMiddleware, minimum_size=500),
    ]
    static = Path(str(resources.files("cofund.web"))) / "static"
    routes = [
        *pages.ROUTES,
        *api.ROUTES,
        Route("/events", stream.stream),
        Route("/metrics", metrics),
        Mount("/static", StaticFiles(directory=static), name="static"),
    ]
    handlers: dict[Any, Any] = {404: pages.not_found}
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=handlers)
    app.state.board = board
    return app
