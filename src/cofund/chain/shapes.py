"""What an answer to each JSON-RPC question must look like (Ethereum execution API); anything else is no answer.

A shape takes the parameters of the question and what was answered, and gives the answer with no more than its known
fields, or raises ``Malformed``. So nothing of a wrong type reaches web3 or us.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

Shape = Callable[[Sequence[Any], Any], Any]

_QUANTITY: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_HASH, _ADDRESS, _WORD, _MOST_TOPICS = 32, 20, 32, 4
_TAGS: Final = {"latest", "pending", "earliest", "safe", "finalized"}


class Malformed(ValueError):
    """An answer that is none."""


def shaped(method: str, params: Sequence[Any], answer: Any) -> Any:
    """The answer as its method's shape has it; of an unknown method as it is.

    Raises:
        Malformed: if it does not have that shape.
    """
    return SHAPES[method](params, answer) if method in SHAPES else answer


def quantity(value: Any) -> str:
    """A number, hex."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise Malformed("a number")
    return value


def data(value: Any, size: int | None = None) -> str:
    """Bytes, hex; ``size`` of them."""
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise Malformed("hex data")
    if size is not None and len(value) != 2 + 2 * size:
        raise Malformed(f"{size} bytes")
    return value


def words(value: Any) -> str:
    """What a contract returns: 32 bytes a word."""
    if (len(data(value)) - 2) % (2 * _WORD):
        raise Malformed("whole words")
    return str(value)


def same(found: str, asked: str) -> bool:
    """Whether two hex numbers, addresses or hashes are one."""
    return int(found, 16) == int(asked, 16)


def log_entry(value: Any) -> dict[str, Any]:
    """One entry of a log, in a block that is mined."""
    fields = _fields(value, _LOG)
    if len(fields["topics"]) > _MOST_TOPICS or value.get("removed") is True:
        raise Malformed("a log entry")
    return fields


def matches(where: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Whether a log entry is one that ``eth_getLogs`` was asked for; some nodes do not look at every topic."""
    if "address" in where and not any(same(entry["address"], one) for one in _either(where["address"])):
        return False
    if "blockHash" in where and not same(entry["blockHash"], where["blockHash"]):
        return False
    number = int(entry["blockNumber"], 16)
    if number < _bound(where, "fromBlock", number) or _bound(where, "toBlock", number) < number:
        return False
    wanted = where.get("topics") or []
    given = [*entry["topics"], *[None] * len(wanted)]
    return all(
        asked is None or (topic is not None and any(same(topic, one) for one in _either(asked)))
        for asked, topic in zip(wanted, given, strict=False)
    )


def _either(asked: Any) -> list[Any]:
    """The topics, or the addresses, of which one is wanted."""
    return asked if isinstance(asked, list) else [asked]


def _bound(where: dict[str, Any], name: str, otherwise: int) -> int:
    """A bound of a range of blocks, where it is a number."""
    asked = where.get(name)
    return int(asked, 16) if isinstance(asked, str) and asked not in _TAGS else otherwise


def _fields(
    value: Any, required: dict[str, Callable[[Any], Any]], /, **optional: Callable[[Any], Any]
) -> dict[str, Any]:
    """The known fields of an object; of the optional ones those that are as they should be."""
    if not isinstance(value, dict):
        raise Malformed("an object")
    found = {name: shape(value.get(name)) for name, shape in required.items()}
    for name, shape in optional.items():
        if value.get(name) is not None:
            found[name] = shape(value[name])
    return found


def _hash(value: Any) -> str:
    return data(value, _HASH)


def _address(value: Any) -> str:
    return data(value, _ADDRESS)


def _nullable(shape: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else shape(value)


def _list(shape: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def shaped_list(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Malformed("a list")
        return [shape(one) for one in value]

    return shaped_list


_LOG: Final = {
    "address": _address,
    "topics": _list(_hash),
    "data": data,
    "blockNumber": quantity,
    "blockHash": _hash,
    "transactionHash": _hash,
    "transactionIndex": quantity,
    "logIndex": quantity,
}


def _logs(params: Sequence[Any], answer: Any) -> list[dict[str, Any]]:
    """What was asked for and no more, once each and in order."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for entry in _list(log_entry)(answer):
        if matches(params[0], entry):
            place = int(entry["blockNumber"], 16), int(entry["logIndex"], 16)
            if found.setdefault(place, entry) != entry:
                raise Malformed("one log entry in a place")
    return [found[place] for place in sorted(found)]


def _receipt(params: Sequence[Any], answer: Any) -> dict[str, Any] | None:
    if answer is None or (isinstance(answer, dict) and answer.get("blockNumber", "") is None):
        return None  # it waits still
    found = _fields(
        answer,
        {
            "transactionHash": _hash,
            "blockHash": _hash,
            "blockNumber": quantity,
            "gasUsed": quantity,
            "status": quantity,
            "contractAddress": _nullable(_address),
            "logs": _list(log_entry),
        },
    )
    if not same(found["transactionHash"], params[0]) or int(found["status"], 16) > 1:
        raise Malformed("the receipt")
    if any(not same(entry["transactionHash"], params[0]) for entry in found["logs"]):
        raise Malformed("its own logs")
    return found


def _transaction_fields(value: Any) -> dict[str, Any]:
    return _fields(
        value,
        {"hash": _hash, "from": _address, "to": _nullable(_address), "input": data, "nonce": quantity},
        **dict.fromkeys(
            ("type", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "maxFeePerBlobGas", "value"), quantity
        ),
        **dict.fromkeys(("v", "r", "s", "yParity", "chainId", "blockNumber"), quantity),
        blockHash=_hash,
        accessList=_list(lambda entry: _fields(entry, {"address": _address, "storageKeys": _list(_hash)})),
        blobVersionedHashes=_list(_hash),
        authorizationList=_list(
            lambda entry: _fields(
                entry, {"address": _address} | dict.fromkeys(("chainId", "nonce", "yParity", "r", "s"), quantity)
            )
        ),
    )


def _transaction(params: Sequence[Any], answer: Any) -> dict[str, Any] | None:
    if answer is None:
        return None
    found = _transaction_fields(answer)
    if not same(found["hash"], params[0]):
        raise Malformed("the transaction")
    return found


def _hash_or_transaction(value: Any) -> Any:
    return _transaction_fields(value) if isinstance(value, dict) else _hash(value)


def _bloom(value: Any) -> str:
    """Of the logs of a block; empty from a chain that does not keep any."""
    return value if isinstance(value, str) and _DATA.fullmatch(value) else "0x"


def _block(params: Sequence[Any], answer: Any) -> dict[str, Any] | None:
    """A block's header and transactions; null only where there may be none yet."""
    asked = params[0]
    if answer is None and asked not in _TAGS:
        return None
    known = {"timestamp": quantity, "transactions": _list(_hash_or_transaction)}
    if asked != "pending":
        known |= {"number": quantity, "hash": _hash, "parentHash": _hash}
    found = _fields(answer, known, baseFeePerGas=quantity, gasLimit=quantity, logsBloom=_bloom)
    if asked not in _TAGS and not same(found["hash" if len(asked) == 2 + 2 * _HASH else "number"], asked):
        raise Malformed("the block")
    return found


def _fee_history(_: Sequence[Any], answer: Any) -> dict[str, Any]:
    """Base fees and tips; nodes that know no tips leave them out, or say null."""
    found = _fields(answer, {"oldestBlock": quantity, "baseFeePerGas": _list(quantity)})
    if not found["baseFeePerGas"]:
        raise Malformed("base fees")
    try:
        tips = _list(_list(quantity))(answer.get("reward"))
    except Malformed:
        tips = []
    return found | {"gasUsedRatio": [], "reward": [each for each in tips if each]}


def _text(_: Sequence[Any], answer: Any) -> str:
    if not isinstance(answer, str):
        raise Malformed("text")
    return answer


def _plain(shape: Callable[[Any], Any]) -> Shape:
    return lambda _, answer: shape(answer)


SHAPES: Final[dict[str, Shape]] = {
    **dict.fromkeys(
        (
            "eth_chainId",
            "eth_blockNumber",
            "eth_gasPrice",
            "eth_maxPriorityFeePerGas",
            "eth_getBalance",
            "eth_getTransactionCount",
            "eth_estimateGas",
        ),
        _plain(quantity),
    ),
    "eth_getCode": _plain(data),
    "eth_call": _plain(words),
    "eth_getStorageAt": _plain(lambda value: data(value) if value != "0x" else quantity(value)),
    "eth_sendRawTransaction": _plain(_hash),
    "eth_getTransactionReceipt": _receipt,
    "eth_getTransactionByHash": _transaction,
    "eth_getBlockByNumber": _block,
    "eth_getBlockByHash": _block,
    "eth_getLogs": _logs,
    "eth_feeHistory": _fee_history,
    "web3_clientVersion": _text,
}
