"""Rounds as event files, which TensorBoard shows: ``tensorboard --logdir DIR``."""

from collections.abc import Mapping

from tensorboardX import SummaryWriter

from cofund.errors import InputError


class TensorBoard:
    """A folder of event files; a run that goes on writes another file beside the first."""

    def __init__(self, folder: str) -> None:
        """Make the folder if it is missing.

        Raises:
            InputError: it cannot be written to.
        """
        try:
            self._writer = SummaryWriter(logdir=folder)
        except OSError as error:
            raise InputError(folder, "", f"expected a folder that can be written to ({error.strerror})") from error

    def parameters(self, values: Mapping[str, str]) -> None:
        """See ``RoundLog``."""
        rows = "\n".join(f"| {name} | {value} |" for name, value in values.items())
        self._writer.add_text("parameters", f"| name | value |\n| --- | --- |\n{rows}", 0)

    def round(self, number: int, measures: Mapping[str, float], digest: str) -> None:
        """See ``RoundLog``."""
        for name, value in measures.items():
            self._writer.add_scalar(name, value, number)
        self._writer.add_text("model digest", digest, number)
        self._writer.flush()

    def close(self) -> None:
        """See ``RoundLog``."""
        self._writer.close()


def make(place: str, title: str) -> TensorBoard:
    """The log in a folder; its name says what runs, so the title is not needed."""
    del title
    return TensorBoard(place)
