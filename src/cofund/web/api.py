"""The JSON and CSV interface under ``/api/v1``; ``openapi.py`` describes it. Nothing here changes anything."""

import json
import re
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_hex
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cofund.market.term_forms import iso
from cofund.web.joining import closed
from cofund.web.next_steps import steps_of, waiting
from cofund.web.openapi import ADDRESS, document
from cofund.web.row_tables import TABLES, to_csv
from cofund.web.shown import Shown

if TYPE_CHECKING:
    from cofund.web.board import Board

SHOWN: Final = 100
"""How many of the campaigns that cannot be shown are named: anybody may log any number."""


def answer(value: Any, status: int = 200) -> Response:
    """JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json", headers={"Cache-Control": "no-cache"})


def missing(what: str) -> Response:
    """One line that says what is not there."""
    return answer({"error": f"{what}: not found"}, 404)


def summary(shown: Shown) -> dict[str, Any]:
    """Where a campaign stands."""
    token = shown.terms["token"]
    return {
        "address": shown.address,
        "chain_id": shown.campaign.place.chain_id,
        "name": shown.campaign.name,
        "source": shown.source,
        "status": shown.campaign.status,
        "phase": shown.campaign.phase,
        "phase_ends": None if shown.campaign.until is None else iso(shown.campaign.until),
        "time": iso(shown.campaign.now),
        "block": shown.campaign.place.block,
        "token": {name: token[name] for name in ("address", "unit", "decimals", "tick")},
        "counts": shown.counts,
        "money": {name: str(shown.money[name]) for name in ("deposited", "paid_out", "held", "round_cost")},
        "checks_failing": shown.problems,
    }


def _find(request: Request) -> Shown | None:
    board: Board = request.app.state.board
    return board.find(request.path_params["address"])


def campaigns(request: Request) -> Response:
    """All campaigns."""
    board: Board = request.app.state.board
    shown = [summary(found) for found in list(board.snapshots.values())]
    left_out = [{"address": address, "reason": reason} for address, reason in list(board.left_out.items())[:SHOWN]]
    return answer({"trouble": board.trouble, "campaigns": shown, "left_out": left_out})


def campaign(request: Request) -> Response:
    """One campaign with its terms."""
    found = _find(request)
    return missing("campaign") if found is None else answer(summary(found) | {"terms": found.terms})


def table(request: Request) -> Response:
    """One table of a campaign, as JSON, or as CSV if its name ends so."""
    found, name = _find(request), request.path_params["table"]
    wanted = TABLES.get(name.removesuffix(".csv"))
    if found is None or wanted is None:
        return missing("campaign" if found is None else name)
    if not name.endswith(".csv"):
        return answer({"table": name, "rows": list(wanted.rows(found))})
    file = f"{found.address}-{name}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-cache"}
    return Response(to_csv(wanted, found), media_type="text/csv; charset=utf-8", headers=headers)


def why(request: Request) -> Response:
    """Why an owner or client pays or earns what it does."""
    found, party = _find(request), request.path_params["party"]
    lines = None if found is None else reasons(found, party)
    return missing(party) if lines is None else answer({"id": party, "lines": lines})


def reasons(shown: Shown, party: str) -> list[str] | None:
    """The derivation of a party's result; None before settlement, or if it opened nothing."""
    reading = shown.reading
    if not shown.campaign.settled:
        return None
    opened = {owner.id for owner in reading.instance.owners} | {client.id for client in reading.instance.clients}
    if party not in opened:
        return None
    return reading.derived(party)


def next_(request: Request) -> Response:
    """What an account can do now, in the words of the commands, and what it has sealed."""
    found, account = _find(request), request.path_params["account"]
    if found is None or not re.fullmatch(ADDRESS["pattern"], account):
        return missing("campaign" if found is None else account)
    who = str(to_checksum_address(account))
    return answer(
        {
            "account": account,
            "phase": found.campaign.phase,
            "block": found.campaign.place.block,
            "steps": steps_of(found, who),
            "waiting_for": waiting(found),
            "closed": closed(found, who),
            "sealed": {"owner": _sealed(found, who)},
        }
    )


def _sealed(shown: Shown, account: str) -> dict[str, Any] | None:
    """The account's sealed bid."""
    found = next((owner for owner in shown.campaign.ledger.owners if owner.account == account), None)
    return None if found is None else {"commitment": to_hex(found.commitment), "opened": found.bid is not None}


def openapi(request: Request) -> Response:
    """The description of all this."""
    del request
    return answer(document())


ROUTES = [
    Route("/api/v1/openapi.json", openapi),
    Route("/api/v1/campaigns", campaigns),
    Route("/api/v1/campaigns/{address}", campaign),
    Route("/api/v1/campaigns/{address}/why/{party}", why),
    Route("/api/v1/campaigns/{address}/next/{account}", next_),
    Route("/api/v1/campaigns/{address}/{table}", table),
]
