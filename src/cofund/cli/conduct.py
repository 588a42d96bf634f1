"""``cofund coordinator run --campaign``: what it asks, prints and needs besides the training itself."""

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cofund.cli.role_session import Session
from cofund.cli.role_watch import Told
from cofund.errors import Reverted

if TYPE_CHECKING:
    from cofund.roles.conducting import Assigned
    from cofund.roles.desk import Desk
    from cofund.training.engines.nvflare.kits import Kit
    from cofund.training.hierfavg import Round


class Announced(Told):
    """What is printed while training."""

    def round(self, finished: "Round") -> None:
        """A round is trained."""
        from cofund.cli.round_bar import unmeasured
        from cofund.training.metric import shown

        missing = [delivery for delivery in finished.deliveries if not delivery.accepted]
        line = f"round {finished.number}  metric {shown(finished.metric)}  model {finished.digest.hex()}"
        why = unmeasured(finished)
        lines = [line, *([why] if why else []), *(f"  missing {each.client}: {each.reason}" for each in missing)]
        document: dict[str, Any] = {"event": "round", "round": finished.number, "digest": finished.digest.hex()}
        document |= {"metric": finished.metric, "missing": {each.client: each.reason for each in missing}}
        self._say(document, "\n".join(lines))


def conduct(kit: "Kit", session: Session, store: str | None, poll: float) -> None:
    """Train, record, release and close, until the campaign is over for the coordinator."""
    from cofund.roles.conducting import Conductor
    from cofund.roles.watching import tried
    from cofund.training.engines.nvflare import parties

    if not session.agreed("run", "sends every round by itself", "Train?", "nothing is trained, nothing is sent"):
        return
    desk, told = session.watched_desk(), Announced(session)

    def wait() -> bool:
        time.sleep(poll)
        return False

    home = session.home.expanduser()
    assigned = tried(desk, lambda opened: _assigned(kit, opened, store), told.trouble, wait, home)
    assert assigned is not None  # noqa: S101 - for the types: ``wait`` never wants it to end
    told.over(Conductor(desk, assigned, partial(parties.coordinator, kit), told, wait, home=home).run())


def _assigned(kit: "Kit", desk: "Desk", store: str | None) -> "Assigned":
    """The training that was settled, held against the kit."""
    from cofund.campaign.seat import PAYING
    from cofund.campaign.views import seat_at
    from cofund.cli.offices import require_office
    from cofund.cli.party_task import own_validation, party_task
    from cofund.roles.conducting import Assigned
    from cofund.roles.store_evidence import store_of
    from cofund.roles.winners import addresses, edge_signatures, require_same, settled_layout

    seen = seat_at(desk.campaign, desk.account.address)
    require_office(seen, "coordinator")
    if seen.status not in PAYING:
        raise Reverted(f"run: no rounds to train: the campaign is {seen.phase}")
    document = desk.document(seen)
    settled = settled_layout(desk, seen, document, kit.layout.address, addresses(kit.layout))
    require_same(kit.layout, settled, str(kit.folder))
    task, _, _ = party_task(kit.layout)
    federation = kit.layout.federation
    return Assigned(
        task=task,
        plan=kit.layout.plan,
        federation=replace(federation, validation={**federation.validation, **own_validation(kit.layout)}),
        signatures=edge_signatures(desk, seen, document),
        document=document,
        kit=kit.folder,
        store=store_of(desk, store),
    )
