"""Two public auctions on the same node, from npm: nothing of theirs is kept or shipped.

EasyAuction (Gnosis, batch auction of open orders) is compiled here from its package; HashRegistrar (ENS,
sealed-bid second-price auction) comes compiled. Both get what is best for them: EasyAuction the right predecessor of
every order, HashRegistrar bids for one name.
"""

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from benchmarks.gas_node import Call, Chain, anvil, calldata
from cofund.chain.accounts import rehearsal_account
from cofund.chain.artifacts import artifact

BIDDERS: Final = 64
INSTALLED: Final = ("solc@0.6.12", "@openzeppelin/contracts@3.4.2")
PACKED: Final = ("@gnosis.pm/ido-contracts@0.5.0", "@ensdomains/ens@0.6.2")
DAY_S: Final = 86_400
ETHER: Final = 10**18
COMPILE: Final = """
const fs = require('fs'), solc = require('solc'), folders = ['ido/contracts/', 'node_modules/']
const read = name => ({content: fs.readFileSync(folders.map(at => at + name).find(fs.existsSync), 'utf8')})
const optimizer = {enabled: true, runs: 200}, outputSelection = {'*': {EasyAuction: ['evm.bytecode.object']}}
const sources = {'EasyAuction.sol': read('EasyAuction.sol')}
const input = {language: 'Solidity', settings: {optimizer, outputSelection}, sources}
const found = {import: name => ({contents: read(name).content})}
const output = JSON.parse(solc.compile(JSON.stringify(input), found))
console.log(output.contracts['EasyAuction.sol'].EasyAuction.evm.bytecode.object)
"""


def rivals() -> dict[str, dict[str, int]]:
    """Gas for one bid or order of ``BIDDERS``; empty, with a word why, where there is no npm."""
    if shutil.which("npm") is None:
        print("\nwithout EasyAuction and HashRegistrar: there is no npm")
        return {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        easy, registry, registrar = _codes(folder)
    with anvil() as chain:
        measured = {"EasyAuction": _easy_auction(chain, easy)}
    with anvil() as chain:
        return measured | {"HashRegistrar": _hash_registrar(chain, registry, registrar)}


def _codes(folder: Path) -> tuple[str, str, str]:
    quiet = ("--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save")
    _run(folder, "npm", "install", *quiet, *INSTALLED)
    for package, short in zip(PACKED, ("ido", "ens"), strict=True):
        tarball = _run(folder, "npm", "pack", "--silent", package).strip().splitlines()[-1]
        (folder / short).mkdir()
        _run(folder, "tar", "xzf", tarball, "-C", short, "--strip-components=1")
    built = folder / "ens" / "build" / "contracts"
    compiled = [
        json.loads((built / f"{each}.json").read_text())["bytecode"] for each in ("ENSRegistry", "HashRegistrar")
    ]
    return _run(folder, "node", "-e", COMPILE).strip(), compiled[0], compiled[1]


def _run(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def _people(chain: Chain) -> tuple[LocalAccount, list[LocalAccount]]:
    seller, *bidders = (rehearsal_account("gas rival", str(at)) for at in range(BIDDERS + 1))
    chain.fund([seller, *bidders])
    return seller, bidders


def _data(signature: str, *arguments: Any) -> bytes:
    types = signature[signature.index("(") + 1 : -1]
    return keccak(text=signature)[:4] + encode(types.split(",") if types else [], arguments)


def _mean(chain: Chain, calls: list[Call]) -> int:
    return sum(receipt.gas for receipt in chain.mine(calls)) // BIDDERS


def _created(chain: Chain, sender: LocalAccount, code: str, arguments: bytes = b"") -> str:
    (receipt,) = chain.mine([Call(sender, None, bytes.fromhex(code.removeprefix("0x")) + arguments)])
    return str(receipt.created)


def _easy_auction(chain: Chain, code: str) -> dict[str, int]:
    seller, bidders = _people(chain)
    auction = _created(chain, seller, code)
    sold, paid = (_created(chain, seller, artifact("TestToken").bytecode) for _ in range(2))
    everybody = [seller, *bidders]
    minted = calldata("TestToken", "mint", [each.address for each in everybody], 10**30)
    approved = calldata("TestToken", "approve", auction, 10**30)
    chain.mine([Call(seller, token, minted) for token in (sold, paid)])
    chain.mine([Call(each, token, approved) for each in everybody for token in (sold, paid)])
    end, unit = chain.clock + DAY_S, 10**18
    start = _data(
        "initiateAuction(address,address,uint256,uint256,uint96,uint96,uint256,uint256,bool,address,bytes)",
        *(sold, paid, end, end, BIDDERS * unit // 2, unit, 1, 0, False, "0x" + "00" * 20, b""),
    )
    chain.mine([Call(seller, auction, start)])
    place, first = "placeSellOrders(uint256,uint96[],uint96[],bytes32[],bytes)", [(1).to_bytes(32)]
    offered = [2 * unit + at for at in range(BIDDERS)]  # each better than the one before, so it is the new first
    orders = [_data(place, 1, [unit], [amount], first, b"") for amount in offered]
    placed = _mean(chain, [Call(who, auction, data) for who, data in zip(bidders, orders, strict=True)])
    chain.clock = end
    settled = _mean(chain, [Call(seller, auction, _data("settleAuction(uint256)", 1))])
    keys = [((at + 2) << 192 | unit << 96 | amount).to_bytes(32) for at, amount in enumerate(offered)]
    claim = "claimFromParticipantOrder(uint256,bytes32[])"
    claims = [Call(who, auction, _data(claim, 1, [key])) for who, key in zip(bidders, keys, strict=True)]
    return {"commit or place": placed, "settle, a party": settled, "claim": _mean(chain, claims)}


def _hash_registrar(chain: Chain, registry_code: str, code: str) -> dict[str, int]:
    seller, bidders = _people(chain)
    registry = _created(chain, seller, registry_code)
    arguments = encode(["address", "bytes32", "uint256"], [registry, bytes(32), chain.clock])
    registrar = _created(chain, seller, code, arguments)
    chain.mine([Call(seller, registry, _data("setOwner(bytes32,address)", bytes(32), registrar))])
    chain.clock += 60 * DAY_S  # every name is on sale by now
    name, salt = keccak(text="cofund"), keccak(text="salt")
    chain.mine([Call(seller, registrar, _data("startAuction(bytes32)", name))])
    bids = [ETHER + at for at in range(BIDDERS)]
    sealed = [
        keccak(name + bytes.fromhex(who.address[2:]) + bid.to_bytes(32) + salt)
        for who, bid in zip(bidders, bids, strict=True)
    ]
    new = [_data("newBid(bytes32)", each) for each in sealed]
    committed = _mean(
        chain, [Call(who, registrar, data, bid) for who, data, bid in zip(bidders, new, bids, strict=True)]
    )
    chain.clock += 4 * DAY_S
    unseal = "unsealBid(bytes32,uint256,bytes32)"
    openings = [Call(who, registrar, _data(unseal, name, bid, salt)) for who, bid in zip(bidders, bids, strict=True)]
    revealed = _mean(chain, openings)
    chain.clock += 2 * DAY_S
    settled = _mean(chain, [Call(bidders[-1], registrar, _data("finalizeAuction(bytes32)", name))])
    return {"commit or place": committed, "reveal": revealed, "settle, a party": settled}
