"""What the contract's status flags are called (protocol.md, "Life of a campaign")."""

from typing import Final

STATUS: Final = {1: "open", 2: "unfunded", 4: "cancelled", 8: "training", 16: "closed"}
"""The contract's status flag by number."""
