"""The errors cofund raises on purpose, and the exit code each one ends a command with.

CofundError
├── InputError        a file, a field or an option is wrong                      exit 2
├── CheckFailed       something that was checked did not hold                    exit 1
├── Declined          the person at the terminal did not agree                    exit 3
├── AccountError      a key is missing, wrong or without funds                   exit 4
├── NodeError         the node cannot be reached or answers nonsense             exit 5
└── Reverted          the contract refused, with the contract's own sentence     exit 6
"""


class CofundError(Exception):
    """Base of every error that is a message to a person, not a bug."""

    exit_code = 1


def words_of(error: BaseException) -> str:
    """The first line that an error of somebody else's code says; empty if it says nothing, or cannot say it."""
    try:
        return str(error).strip().partition("\n")[0]
    except BaseException:  # noqa: BLE001 - the text of an error is code of whoever wrote it
        return ""


def words_about(what: str, words: object) -> str:
    """Words about something, which may name it already, as a contract's sentences name the call."""
    said = str(words)
    return said if said.startswith(f"{what}: ") else f"{what}: {said}"


def in_a_line(name: object) -> str:
    """A file's name, which may have line breaks and what steers a terminal: whoever put it there chose it."""
    said = str(name)
    return said if said.isprintable() else ascii(said)


class InputError(CofundError):
    """Bad input: one line that names the file, the field and what was expected."""

    exit_code = 2

    def __init__(self, where: str, field: str, expected: str) -> None:
        self.where, self.field, self.expected = in_a_line(where), field, expected
        super().__init__(": ".join(part for part in (self.where, field, expected) if part))


class CheckFailed(CofundError):
    """A recomputation disagrees with what was claimed."""

    exit_code = 1


class Declined(CofundError):
    """Nobody agreed to send what costs money."""

    exit_code = 3


class AccountError(CofundError):
    """A key is missing, wrong or has no funds."""

    exit_code = 4


class NodeError(CofundError):
    """The node is unreachable or does not behave like one."""

    exit_code = 5


class Reverted(CofundError):
    """The contract refused a call; the message is the contract's own sentence."""

    exit_code = 6
