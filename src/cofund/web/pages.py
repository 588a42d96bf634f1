"""The pages: each a template over one campaign as it is shown. Scripts only add wallet, curve and live view."""

from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cofund.campaign.chain_document import short
from cofund.market.term_forms import goal_words
from cofund.report.clients import Fate, price_setters
from cofund.report.missed_rounds import outage_sentence, outages
from cofund.report.owners import share_rows
from cofund.report.words import many, span, stamp
from cofund.web.api import reasons
from cofund.web.facts import facts_of
from cofund.web.next_steps import everybodys_steps, waiting
from cofund.web.phase_words import MEANINGS, OVER, PLACE, STRIP
from cofund.web.row_tables import TABLES
from cofund.web.shown import Shown
from cofund.web.studies import studies
from cofund.web.times import clock, left

if TYPE_CHECKING:
    from cofund.web.board import Board

TABS: Final = (
    ("campaign", "Campaign", ""),
    ("market", "Bids & offers", "/market"),
    ("settlement", "Settlement", "/settlement"),
    ("training", "Training", "/training"),
    ("payments", "Payouts & refunds", "/payments"),
    ("account", "My account", "/account"),
    ("audit", "Audit", "/audit"),
)


@cache
def environment() -> Environment:
    """Templates; everything in them is escaped."""
    folder = Path(str(resources.files("cofund.web"))) / "templates"
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"short": shortened, "clock": clock, "left": left, "stamp": stamp}
    found.globals |= {"many": many, "span": span, "goal_words": goal_words}
    return found


def shortened(text: str) -> str:
    """Addresses and hashes shortened; anything else as it is."""
    return short(text) if text.startswith("0x") and len(text) > 20 else text


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """One page."""
    board: Board = request.app.state.board
    values = {"shown": None, "tab": "", "tabs": TABS, "facts": None} | values
    text = environment().get_template(template).render(board=board, path=request.url.path, **values)
    return HTMLResponse(text, status, headers={"Cache-Control": "no-cache"})


def not_found(request: Request, error: Exception) -> Response:
    """No such page."""
    del error
    return page(request, "missing.html", 404)


def campaigns(request: Request) -> Response:
    """All campaigns."""
    return page(request, "campaigns.html", meanings=MEANINGS)


def study_page(request: Request) -> Response:
    """Saved results of studies."""
    board: Board = request.app.state.board
    return page(request, "study.html", folder=str(board.studies), studies=studies(board.studies))


def of_campaign(tab: str) -> Any:
    """The page of a campaign behind a tab."""

    def show(request: Request) -> Response:
        board: Board = request.app.state.board
        shown = board.find(request.path_params["address"])
        if shown is None:
            return page(request, "missing.html", 404)
        asked = request.query_params.get("why", "")
        values: dict[str, Any] = {"asked": asked, "reasons": reasons(shown, asked) if asked else None}
        values |= common(shown) | {"checked": board.verdict(shown.address)} | VIEWS[tab](shown)
        return page(request, f"{tab}.html", tab=tab, shown=shown, **values)

    return show


def common(shown: Shown) -> dict[str, Any]:
    """What every page of a campaign needs."""
    return {
        "meaning": MEANINGS[shown.campaign.phase if shown.campaign.phase in MEANINGS else shown.campaign.status],
        "strip": STRIP,
        "place": PLACE.get(shown.campaign.phase, 0),
        "over": shown.campaign.phase in OVER,
        "coins": shown.currency,
        "tables": TABLES,
        "facts": facts_of(shown),
        "names": {party["id"]: party["name"] for party in [*shown.terms["owners"], *shown.terms["clients"]]},
    }


def _campaign(shown: Shown) -> dict[str, Any]:
    owed = sum(int(row["still_owed"]) for row in shown.accounts)
    steps = everybodys_steps(shown)
    return {
        "steps": steps,
        "waiting": waiting(shown),
        "owed": owed,
        "events": shown.events[-8:][::-1],
        "edges": list(TABLES["edges"].rows(shown)),
    }


def _market(shown: Shown) -> dict[str, Any]:
    return {name: list(TABLES[name].rows(shown)) for name in ("owners", "books", "offers")}


def _settlement(shown: Shown) -> dict[str, Any]:
    reading = shown.reading if shown.campaign.settled else None
    return {
        "owners": list(TABLES["owners"].rows(shown)),
        "offers": [row for row in TABLES["offers"].rows(shown) if row["result"] not in {None, Fate.NO_OFFER}],
        "edges": list(TABLES["edges"].rows(shown)),
        "shares": share_rows(reading) if reading else [],
        "setters": price_setters(reading) if reading else {},
    }


def _training(shown: Shown) -> dict[str, Any]:
    reading = shown.reading if shown.deliveries else None
    return {
        "edges": [row for row in TABLES["edges"].rows(shown) if row["clients"]],
        "clients": [row for row in TABLES["offers"].rows(shown) if row["result"] == "trains"],
        "outages": [outage_sentence(reading, found) for found in outages(reading)] if reading else [],
    }


def _payments(shown: Shown) -> dict[str, Any]:
    names = ("deposited", "received", "still_owed", "net")
    return {"totals": {name: sum(int(row[name]) for row in shown.accounts) for name in names}}


VIEWS: Final[dict[str, Callable[[Shown], dict[str, Any]]]] = {
    "campaign": _campaign,
    "market": _market,
    "settlement": _settlement,
    "training": _training,
    "payments": _payments,
    "account": lambda _: {},
    "audit": lambda shown: {"events": shown.events[::-1][:200]},
}

ROUTES = [
    Route("/", campaigns),
    Route("/study", study_page),
    *(Route(f"/campaign/{{address}}{end}", of_campaign(tab)) for tab, _, end in TABS),
]
