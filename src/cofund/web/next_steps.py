"""Who may do what next, in the words of ``roles.next_actions``: the page says what the terminal says."""

from typing import Any, Final

from cofund.campaign.party_ids import ids_by_account
from cofund.campaign.seat import Seat
from cofund.market.term_forms import iso
from cofund.roles.duties import ENDED
from cofund.roles.next_actions import ROLES, TABLE, WAITING, Step, awaited, holds, next_steps
from cofund.web.joining import OPEN_TO_ALL, closed_to, invited
from cofund.web.shown import Shown

STRANGER: Final = ""
"""An account that has no role."""
NAMED: Final = 4
"""How many of those who have to act are named."""


def steps_of(shown: Shown, account: str) -> list[dict[str, Any]]:
    """What one account can do now, most urgent first; what anybody may do comes last, once."""
    if not shown.live:
        return []
    seen = shown.campaign.seat(account)
    commit = shown.campaign.phase == "commit"
    joins = [role for role in OPEN_TO_ALL if commit and not closed_to(shown, role, account)]
    found = [_document(role, step) for role in ROLES if role in joins or holds(role, seen) for step in _own(role, seen)]
    return found + [_document("anyone", step) for step in _public(seen)]


def waiting(shown: Shown) -> str:
    """What happens if nobody has anything to do, as a sentence."""
    words = awaited(shown.campaign.seat(STRANGER)) if shown.live else WAITING[shown.campaign.status]
    return words[0].upper() + words[1:] if words.startswith("nothing") else f"Waiting for {words}"


def everybodys_steps(shown: Shown) -> list[dict[str, Any]]:
    """What the campaign waits for: each step once, in the table's order, with ``who`` has to take it.

    ``who`` is empty where anybody may, or where whoever likes still can take part. When all is over, what only an
    account's own machine knows of is left to that account.
    """
    if not shown.live:
        return []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    names = ids_by_account(shown.terms)
    stranger = [step | {"who": [], "more": 0} for step in steps_of(shown, STRANGER)]
    found |= {(step["role"], step["action"]): step for step in stranger}
    found |= _invitations(shown)
    for seen in shown.seats():
        for role in ROLES:
            for step in _own(role, seen) if holds(role, seen) else []:
                if not (step.local and seen.status in ENDED):
                    _add(found, role, step, names.get(seen.account, seen.account))
    order = {(row.role, row.action): at for at, row in enumerate(TABLE)}
    return sorted(found.values(), key=lambda step: order[step["role"], step["action"]])


def _invitations(shown: Shown) -> dict[tuple[str, str], dict[str, Any]]:
    """Who may bid and has not, where only owners by name may."""
    sealed = {seal["id"] for seal in shown.openings if seal["role"] == "owner"}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for party in shown.terms["owners"] if shown.campaign.phase == "commit" and invited(shown) else []:
        if party["id"] not in sealed:
            for step in steps_of(shown, party["account"]):
                if step["role"] == "owner":
                    entry = found.setdefault((step["role"], step["action"]), step | {"who": [], "more": 0})
                    _name(entry, party["id"])
    return found


def _name(entry: dict[str, Any], name: str) -> None:
    if len(entry["who"]) < NAMED:
        entry["who"].append(name)
    else:
        entry["more"] += 1


def _add(found: dict[tuple[str, str], dict[str, Any]], role: str, step: Step, name: str) -> None:
    entry = found.setdefault((role, step.action), _document(role, step) | {"who": [], "more": 0})
    name = name.removeprefix(f"{role} ")
    if name != role:
        _name(entry, name)


def _own(role: str, seen: Seat) -> list[Step]:
    return [step for step in next_steps(role, seen) if not step.public]


def _public(seen: Seat) -> list[Step]:
    return [step for step in next_steps(ROLES[0], seen) if step.public]


def _document(role: str, step: Step) -> dict[str, Any]:
    return {
        "role": role,
        "action": step.action,
        "purpose": step.purpose,
        "command": step.command,
        "deadline": None if step.deadline is None else iso(step.deadline),
        "lost": step.lost,
        "lost_amount": str(step.lost_amount),
    }
