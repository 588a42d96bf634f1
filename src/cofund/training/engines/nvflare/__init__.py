"""Training across machines on NVFlare (extra ``nvflare``; guide/across-machines.md), one deployment inside another.

Every edge runs an NVFlare server for its clients and is one client of the coordinator's server. NVFlare carries the
bytes, checks certificates on both sides and starts the processes of its jobs; what is computed stays in ours:

    coordinator run ── hub ── job process ══ mTLS ══ job process ── desk ── edge run ── hub ── ... ── client run

``wire``      values as bytes, without pickle; ``frames`` sends them through a Unix socket
``job``       what runs in NVFlare's job processes: it passes calls on and holds nothing
``keeper``    what runs in an NVFlare server: it keeps one job running over the members that are connected
``hub``       the engine: calls members by way of the job
``member_server``  a member's side, the desk: answers the calls
``roles``     what edges and clients answer
``programs``  NVFlare's programs as our children; ``guard`` ends them with us
``kits``      what every party installs, made by NVFlare's provisioning; ``layout`` the file it is made from
"""

import importlib.util

from cofund.errors import InputError


def require_nvflare() -> None:
    """Say in one line what is missing, if it is.

    Raises:
        InputError: the extra is not installed.
    """
    if importlib.util.find_spec("nvflare") is None:
        raise InputError("cofund", "extra nvflare", "it is not installed: pip install 'cofund[nvflare]'")
