"""Bytes and addresses in documents."""

from eth_utils.address import is_hex_address, to_checksum_address

from cofund.errors import InputError
from cofund.market.document import Field


def hexadecimal(field: Field, length: int | None = 32) -> bytes:
    """Bytes of a field of hex digits; of any number if ``length`` is None.

    Raises:
        InputError: naming the field.
    """
    try:
        found = bytes.fromhex(field.text())
    except ValueError:
        raise _no_digits(field, length) from None
    if length is not None and len(found) != length:
        raise _no_digits(field, length)
    return found


def address(field: Field) -> str:
    """An account or contract, with its checksum.

    Raises:
        InputError: naming the field.
    """
    if not is_hex_address(field.text()) or not field.text().startswith("0x"):
        raise field.refuse("an address of 0x and 40 hex digits")
    return str(to_checksum_address(field.text()))


def below(field: Field, number: int, limit: int) -> int:
    """A number of a field, from 0 to below a limit.

    Raises:
        InputError: naming the field.
    """
    if not 0 <= number < limit:
        raise field.refuse(f"a number from 0 to below {limit}")
    return number


def _no_digits(field: Field, length: int | None) -> InputError:
    return field.refuse("hex digits" if length is None else f"{2 * length} hex digits")
