"""What runs in NVFlare's job processes: calls come from our process beside the server, and go to those beside clients.

No code travels with a job. Sites load these classes from the cofund that they installed themselves, and their kit
allows no other.
"""

import contextlib
import os
import sys
import threading
from typing import Any, Final

from nvflare.collab import collab
from nvflare.collab.api.context import get_call_context, set_call_context
from nvflare.collab.api.exceptions import CollabCallError

from cofund.training.engines.nvflare import wire
from cofund.training.engines.nvflare.frames import VARIABLE, Closed, Link, connect
from cofund.training.engines.nvflare.programs import PREFIX

POLL_S: Final = 0.2

# NVFlare loads PyTorch into every job process that can find it, to send tensors: seconds and 200 MB each. These
# processes send bytes; tasks run in ours.
sys.modules.setdefault("torch", None)  # type: ignore[arg-type]


class Caller:
    """At the server: takes calls from the hub and makes them at the members."""

    @collab.main  # type: ignore[untyped-decorator]
    def serve(self) -> None:
        """Say who takes part, then carry calls until the job is aborted or the hub is gone."""
        context, link = get_call_context(), connect(os.environ[VARIABLE])
        link.send({"from": "job", "job": collab.fl_ctx.get_job_id()})
        with contextlib.suppress(Closed):
            while not context.is_aborted():
                if link.ready(POLL_S):
                    threading.Thread(target=_carry, args=(context, link, *link.receive()), daemon=True).start()
        link.close()


def _carry(context: Any, link: Link, call: dict[str, Any], payload: bytes) -> None:
    """Make one call; every answer goes to the hub as it comes."""
    set_call_context(context)
    called = {PREFIX + member for member in call["members"]}
    members = [client for client in collab.clients if client.name in called]
    with contextlib.suppress(Closed):
        group = type(collab.clients)(members)
        answers = group(blocking=False, timeout=call["timeout_s"])
        results = answers.answer(function=call["function"], payload=payload)
        for site, answer in results:
            refused = wire.refused(answer, call["most_bytes"])
            heading = {"call": call["call"], "member": site.removeprefix(PREFIX), "failure": refused}
            link.send(heading, answer if refused is None else b"")
        if context.is_aborted():
            return  # the hub calls those who are missing again, in the next job
        for site, error in results.failures.items():
            late = error.cause_type == TimeoutError.__name__
            reason = f"No answer within {call['timeout_s']:g} seconds." if late else _sentence(error)
            link.send({"call": call["call"], "member": site.removeprefix(PREFIX), "failure": reason})


def _sentence(error: CollabCallError) -> str:
    """What went wrong on the way; what goes wrong in a member's function is part of its answer."""
    text = str(error.cause).partition("\n")[0].rstrip(".") or error.cause_type
    return f"{text}."


class Answerer:
    """At a client: hands a call to our process beside it and returns what that answers."""

    @collab.publish  # type: ignore[untyped-decorator]
    def answer(self, function: str, payload: bytes) -> bytes:
        """Answer one call."""
        try:
            desk = connect(os.environ[VARIABLE])
            desk.send({"function": function}, payload)
            answer = desk.receive()[1]
        except Closed as error:
            raise ConnectionError("its own process is not there") from error
        desk.close()
        return answer
