"""What anybody can put on a chain: a creation without a factory, a contract that answers one word to everything."""

from typing import Any

from eth_abi import encode

from cofund.chain.abi import events

MSTORE, CODECOPY, DUP, RETURN, LOG1, LOG4 = b"\x52", b"\x39", b"\x80", b"\xf3", b"\xa1", b"\xa4"
GAS = 5_000_000
HEAD = 15


def push(number: int, size: int = 2) -> bytes:
    return bytes([0x5F + size]) + number.to_bytes(size)


def liar(web3, sender: str, word: int, words: int = 64) -> str:
    """A contract that answers every call with a word, many times over; its address."""
    stores = b"".join(DUP + push(32 * at) + MSTORE for at in range(words))
    body = push(word, 32) + stores + push(32 * words) + push(0) + RETURN
    head = push(len(body)) + DUP + push(HEAD) + push(0) + CODECOPY + push(0) + RETURN
    assert len(head) == HEAD
    return _sent(web3, sender, head + body)["contractAddress"]


def logged_as_created(web3, sender: str, campaign: str) -> None:
    """The log of a factory about a campaign, from a contract under construction that is none."""
    (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
    data = encode(["string"], ["http://127.0.0.1:9/nothing"])
    topics = push(0, 32) + push(0, 32) + push(int(campaign, 16), 32) + push(int(topic, 16), 32)
    logging = topics + push(len(data)) + push(0) + LOG4 + b"\0"
    copying = push(len(data)) + push(0) + push(0) + CODECOPY
    start = len(copying) + len(logging)
    copying = push(len(data)) + push(start) + push(0) + CODECOPY
    assert len(_sent(web3, sender, copying + logging + data)["logs"]) == 1


def logged_by_name_alone(web3, sender: str) -> None:
    """A log with a creation's first topic and nothing else."""
    (topic,) = (topic for topic, entry in events("CampaignFactory").items() if entry["name"] == "CampaignCreated")
    assert len(_sent(web3, sender, push(int(topic, 16), 32) + push(0) + push(0) + LOG1 + b"\0")["logs"]) == 1


def _sent(web3, sender: str, code: bytes) -> Any:
    name = web3.eth.send_transaction({"from": sender, "data": code, "gas": GAS})
    return web3.eth.wait_for_transaction_receipt(name)
