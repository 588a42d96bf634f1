// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBooks, ICampaign} from "./ICampaign.sol";
import {Market} from "./Market.sol";
import {vm} from "./Vm.sol";

/// Makes every call, and holds it against what may never happen in any call.
abstract contract Caller is Market {
    uint256 internal constant OPEN = 1;
    uint256 internal constant UNFUNDED = 2;
    uint256 internal constant CANCELLED = 4;
    uint256 internal constant TRAINING = 8;
    uint256 internal constant CLOSED = 16;

    uint256 public clock = block.timestamp;
    uint256 public donated; // sent to the campaign without a call
    uint256 public received; // tokens that left the accounts for the campaign in calls
    uint256 public paid; // tokens that the campaign paid
    mapping(address => int256) public gain; // by account, from calls of the campaign
    mapping(bytes4 => uint256) public accepted;
    uint256 public refused;

    uint256 private entropy;
    uint256 private turns;

    modifier move(uint256 seed) {
        vm.warp(clock);
        entropy = uint256(keccak256(abi.encode(seed, turns)));
        if (turns++ == 0) _begin();
        _;
    }

    /// What happens before a run's first move.
    function _begin() internal virtual;

    function _draw(uint256 choices) internal returns (uint256) {
        entropy = uint256(keccak256(abi.encode(entropy)));
        return entropy % choices;
    }

    /// The account that should call, but one time in eight anybody.
    function _mostly(address right) internal returns (address) {
        return _draw(8) == 0 ? accounts[_draw(accounts.length)] : right;
    }

    /// I-1: money moves only by the books. Nobody but the caller of a deposit loses any, and every refusal is a sentence.
    function _try(address from, bytes memory data) internal returns (bool) {
        return _tryAt(address(campaign), from, data);
    }

    /// Of the campaign's books.
    function _tryBooks(address from, bytes memory data) internal returns (bool) {
        return _tryAt(address(books), from, data);
    }

    function _tryAt(address target, address from, bytes memory data) private returns (bool ok) {
        bytes4 selector = bytes4(data);
        uint256[] memory before = _balances();
        bytes memory answer;
        vm.prank(from);
        (ok, answer) = target.call(data);
        if (ok) {
            accepted[selector]++;
        } else {
            refused++;
            _mustBeASentence(answer);
        }
        uint256[] memory then = _balances();
        for (uint256 i = 0; i < then.length; i++) {
            gain[accounts[i]] += int256(then[i]) - int256(before[i]);
            if (then[i] >= before[i]) {
                paid += then[i] - before[i];
            } else {
                require(ok && accounts[i] == from && _isDeposit(selector), "somebody else's money was taken");
                received += before[i] - then[i];
            }
        }
    }

    /// A call that must be accepted.
    function _do(address from, bytes memory data) internal {
        require(_try(from, data), "a right call was refused");
    }

    function _doBooks(address from, bytes memory data) internal {
        require(_tryBooks(from, data), "a right call was refused");
    }

    function _balances() private view returns (uint256[] memory found) {
        found = new uint256[](accounts.length);
        for (uint256 i = 0; i < found.length; i++) found[i] = token.balanceOf(accounts[i]);
    }

    function _mustBeASentence(bytes memory answer) private pure {
        require(bytes4(answer) == bytes4(keccak256("Error(string)")), "refused without a sentence");
        bytes memory text = new bytes(answer.length - 4);
        for (uint256 i = 0; i < text.length; i++) text[i] = answer[i + 4];
        string memory sentence = abi.decode(text, (string));
        require(bytes(sentence).length > 0, "refused with an empty sentence");
        require(keccak256(bytes(sentence)) != keccak256("unknown refusal"), "refused with an unknown refusal");
    }

    function _isDeposit(bytes4 selector) private pure returns (bool) {
        return selector == ICampaign.post_coordinator_bond.selector || selector == ICampaign.post_edge_bond.selector
            || selector == ICampaign.lock_sponsorship.selector || selector == ICampaign.commit_bid.selector
            || selector == IBooks.commit_book.selector;
    }

    /// The 64 bytes of EIP-2098.
    function _sign(address signer, bytes32 message) internal view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("cofund"),
                keccak256("2"),
                block.chainid,
                address(campaign)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf[signer], keccak256(bytes.concat(hex"1901", domain, message)));
        return bytes.concat(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }
}
