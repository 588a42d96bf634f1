"""Server-sent events: one line whenever something on show has changed."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cofund.web.board import Board

HEARTBEAT_S: Final = 15.0
MOST: Final = 256
"""Pages that are told at once; further ones look again when they are loaded again."""


def event(board: Board) -> str:
    """What has to be known to decide whether to look again."""
    data = {"version": board.version, "trouble": board.trouble}
    return f"id: {board.version}\nevent: change\ndata: {json.dumps(data)}\n\n"


async def stream(request: Request) -> Response:
    """``/events``: the present version at once, then every new one; a comment now and then keeps the line open."""
    board: Board = request.app.state.board
    if board.listening() >= MOST:
        return Response("too many pages are open", 503, headers={"Retry-After": "30"})

    async def lines() -> AsyncIterator[str]:
        queue = board.told()
        try:
            yield f"retry: 1000\n{event(board)}"
            while True:
                try:
                    await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                while not queue.empty():
                    queue.get_nowait()
                yield event(board)
        finally:
            board.forget(queue)

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
