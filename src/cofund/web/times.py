"""Times as people read them."""

from datetime import UTC, datetime

from cofund.campaign.publication import LAST_TIME


def clock(seconds: int) -> str:
    """``2026-01-08 12:00 UTC``."""
    if not 0 <= seconds <= LAST_TIME:
        return "after the year 9999"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def left(seconds: int) -> str:
    """``6 d 23 h``, ``12 min 5 s``, ``over``: the two largest units."""
    if seconds <= 0:
        return "over"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    start = next(at for at, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[start : start + 2])
