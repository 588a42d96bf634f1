"""Which campaigns on show were compared with what was published: the verdict above every button (``inspection``).

Only a campaign that the server was started for, by its address or by its terms, is compared: a stranger's campaign can
announce a store anywhere, and the server asks no host on a stranger's word.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from cofund.campaign.inspected import Inspection
from cofund.errors import NodeError

if TYPE_CHECKING:
    from cofund.campaign.creations import Created


AGAIN_S: Final = 30.0
"""Between two looks for terms that were not there: a store that hangs must not hold up the page at every block."""

HOW = "`cofund web -r URL ADDRESS`, or with its terms: `--terms FILE`"
UNASKED = Inspection((f"this server was not started for this campaign, so nobody has compared it ({HOW})",))
UNREAD = Inspection(("it has not been compared yet",), unread=True)


@dataclass
class Inspector:
    """Compares campaigns over a connection of its own, which is opened for the first of them.

    Args:
        url: of the node.
        named: addresses that the server was started for.
        published: documents by digest.
        home: folder for what is known of campaigns, the same as that of the commands; None to keep nothing.
        verdicts: by address.
    """

    url: str
    named: frozenset[str]
    published: Mapping[bytes, dict[str, Any]]
    home: Path | None
    verdicts: dict[str, Inspection] = field(default_factory=dict)
    _asked: dict[str, bytes] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)

    def look(self, campaign: str, digest: bytes) -> bool:
        """Compare a campaign unless that is done; whether the verdict is another one now.

        Args:
            campaign: address.
            digest: of its terms.
        """
        if campaign not in self.named and digest not in self.published:
            made = UNASKED
        elif campaign in self.verdicts and self._asked.get(campaign) == digest and not self._due(campaign):
            return False
        else:
            made = self._verdict(campaign)
        self._asked[campaign] = digest
        before, self.verdicts[campaign] = self.verdicts.get(campaign), made
        return before != made

    def _due(self, campaign: str) -> bool:
        """Whether to look again: the node did not answer, or the terms were not there some time ago."""
        return self.verdicts[campaign].unread and time.monotonic() >= self._not_before.get(campaign, 0.0)

    def forget(self) -> None:
        """The chain is another one, or has taken blocks back."""
        self._asked.clear()

    def of(self, campaign: str) -> Inspection:
        """What is known by now."""
        return self.verdicts.get(campaign, UNREAD)

    def _verdict(self, campaign: str) -> Inspection:
        from cofund.campaign.inspection import inspect  # noqa: PLC0415 - brings web3, which no other page needs
        from cofund.campaign.published import published_terms as in_store  # noqa: PLC0415
        from cofund.chain.journal import Journal  # noqa: PLC0415
        from cofund.chain.node import connect  # noqa: PLC0415
        from cofund.roles.kept_terms import published_terms  # noqa: PLC0415

        try:
            node = connect(self.url, Journal())
            with TemporaryDirectory(prefix="cofund-web-") as own:
                folder = (self.home or Path(own)).expanduser() / str(node.chain_id) / campaign

                def document(right: bytes, initiator: str, created: "Created | None") -> dict[str, Any]:
                    if right in self.published:
                        return self.published[right]
                    fetch = None if created is None else lambda: in_store(node, campaign, created).document
                    return published_terms(right, initiator, None, folder, fetch)

                found = inspect(node, campaign, folder, document)
        except NodeError as error:
            return Inspection((f"it could not be compared: {error}",), unread=True)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's contract or store answers
            return Inspection((f"it could not be compared: {error or type(error).__name__}",))
        self._not_before[campaign] = time.monotonic() + AGAIN_S
        return found
