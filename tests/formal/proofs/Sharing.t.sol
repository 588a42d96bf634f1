// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bytecode} from "../build/Bytecode.sol";
import {Bill} from "../campaigns/ICampaign.sol";
import {deployed, vm} from "../campaigns/Vm.sol";

struct Bid {
    uint256 amount;
    uint256 weight;
}

struct Sale {
    uint256 rounds;
    uint256[] goals;
    uint256 roundCost;
    uint256 trueCost;
}

struct Books {
    uint256 roundsDone;
    uint256 roundCost;
    uint256 matched;
    uint256 sponsorLocked;
    uint256 coordinatorFee;
    uint256 coordinatorBond;
    bool released;
    bool halted;
    uint256 vetoed;
    uint256 lostBonds;
    uint256[] undelivered;
}

struct Parts {
    uint256[] owners;
    uint256 coordinator;
    uint256 sponsor;
    uint256 clients;
    uint256 initiator;
}

interface ISharing {
    function bills(Bid[] calldata bids, uint256[] calldata curve, Sale calldata sale)
        external
        view
        returns (Bill[] memory);
    function parts(
        Books calldata books,
        Bid[] calldata bids,
        Bill[] calldata bought,
        uint256[] calldata curve,
        Sale calldata sale
    ) external view returns (Parts memory);
}

/// What the two rules promise a campaign, for two owners with these bids, two rounds, and every cost below 2**96.
/// Bids are numbers, because the solvers need hours for 256-bit divisions of both.
abstract contract SharingTest {
    uint256 internal constant FIRST = 6e8; // the quality of the first round, parts of 10**9
    uint256 internal constant SECOND = 4e8;

    ISharing internal rule;
    uint256[] internal curve;

    function _start(bytes memory code) internal {
        rule = ISharing(deployed(code));
        curve.push(FIRST | (SECOND << 32));
    }

    function _bids(uint256 a, uint256 b, uint256 weight) internal pure returns (Bid[] memory bids) {
        bids = new Bid[](2);
        (bids[0], bids[1]) = (Bid(a, weight), Bid(b, 1));
    }

    function _bills(Bid[] memory bids, uint256 cost) internal view returns (Bill[] memory) {
        vm.assume(cost < 2 ** 96);
        return rule.bills(bids, curve, _sale(1, cost, cost));
    }

    /// Two rounds, of which the first ones, as many as the goal, are sold together.
    function _sale(uint256 goal, uint256 cost, uint256 trueCost) internal pure returns (Sale memory) {
        uint256[] memory goals = new uint256[](1);
        goals[0] = (1 << 16) | goal;
        return Sale(2, goals, cost, trueCost);
    }

    function _only(uint256 amount) internal pure returns (uint256[] memory made) {
        made = new uint256[](1);
        made[0] = amount;
    }

    /// What a bid says that the first `level` rounds are worth, block by block, rounded down.
    function _worth(uint256 bid, uint256 level) internal pure returns (uint256 sum) {
        if (level > 0) sum += bid * FIRST / 1e9;
        if (level > 1) sum += bid * SECOND / 1e9;
    }

    function _paysAtMostItsBid(Bid[] memory bids, Bill[] memory bills) internal pure {
        assert(bills[0].charge <= _worth(bids[0].amount, bills[0].level));
        assert(bills[1].charge <= _worth(bids[1].amount, bills[1].level));
    }
}

contract SerialTest is SharingTest {
    function setUp() public {
        _start(Bytecode.SerialSharing);
    }

    // Bids and sums of weights are powers of two, by which the solvers divide at once.

    function check_equalOwners(uint256 cost) public view {
        _keepsItsPromises(_bids(2 ** 40, 2 ** 40, 1), cost);
    }

    function check_aRichOwner(uint256 cost) public view {
        vm.assume(cost < 2 ** 48); // beyond it the rich one alone buys nothing either
        _keepsItsPromises(_bids(2 ** 46, 2 ** 40, 1), cost);
    }

    function check_whatIsNotOpenedBuysNothing(uint256 cost) public view {
        Bill[] memory bills = _bills(_bids(1000003, 777777, 0), cost);
        assert(bills[0].level == 0 && bills[0].charge == 0);
    }

    /// At the close of one round of two, whatever was lost and not delivered: all of it is divided, the owners get what
    /// others lost, and the initiator less than a unit for each owner and sum.
    function check_theRestIsDivided(uint256 lost, uint256 undelivered, bool released, bool halted) public view {
        uint256 cost = 2 ** 20;
        Bid[] memory bids = _bids(2 ** 40, 2 ** 40, 1);
        Bill[] memory bought = _bills(bids, cost);
        vm.assume(lost < 2 ** 96 && undelivered <= cost - 64);
        Books memory books = Books(1, cost, 0, 0, 64, 64, released, halted, 0, lost, _only(undelivered));
        Parts memory rest = rule.parts(books, bids, bought, curve, _sale(1, cost, cost));
        uint256 delivered = cost - 64 - undelivered;
        assert(rest.owners[0] + rest.owners[1] + rest.coordinator + rest.initiator + delivered == 2 * cost + 64 + lost);
        assert(rest.coordinator == (released ? (halted ? 64 : 128) : 0));
        assert(rest.owners[0] == rest.owners[1] && rest.owners[0] >= cost / 2 + lost / 2 + undelivered / 2);
        assert(rest.initiator <= 2 && rest.sponsor == 0 && rest.clients == 0);
    }

    /// One round of a goal of two: whoever ended it, and after a halt everybody, pays for the round what it is worth by
    /// its bid, at most its share of the goal; what that is more is the clients'. All of it is divided.
    function check_aGoalCutShort(uint256 lost, uint256 undelivered, uint8 vetoed, bool halted) public view {
        uint256 cost = 2 ** 20;
        vm.assume(lost < 2 ** 96 && undelivered < cost - 64 && vetoed < 4);
        Bid[] memory bids = _bids(2 ** 40, 2 ** 20, 1); // the first round is worth its whole share to one, and less to the other
        Bill[] memory bought = new Bill[](2);
        (bought[0], bought[1]) = (Bill(2, cost), Bill(2, cost));
        Books memory books = Books(1, cost, 0, 0, 64, 64, true, halted, vetoed, lost, _only(undelivered));
        Parts memory rest = rule.parts(books, bids, bought, curve, _sale(2, cost, cost));
        uint256 delivered = cost - 64 - undelivered;
        uint256 divided = rest.owners[0] + rest.owners[1] + rest.coordinator + rest.clients + rest.initiator;
        assert(divided + delivered == 2 * cost + 64 + lost && rest.sponsor == 0);
        uint256 more = 0; // than half of the share, which is pro rata
        if (halted || vetoed & 1 != 0) more += cost - cost / 2;
        if (halted || vetoed & 2 != 0) more += _worth(2 ** 20, 1) - cost / 2;
        assert(rest.clients == more && rest.initiator <= 4);
    }

    /// The shares cover the cost of the rounds bought, and nobody's exceeds its bid.
    function _keepsItsPromises(Bid[] memory bids, uint256 cost) private view {
        Bill[] memory bills = _bills(bids, cost);
        uint256 most = bills[0].level > bills[1].level ? bills[0].level : bills[1].level;
        assert(bills[0].charge + bills[1].charge >= most * cost);
        _paysAtMostItsBid(bids, bills);
    }
}

contract PivotTest is SharingTest {
    function setUp() public {
        _start(Bytecode.PivotSharing);
    }

    function check_equalOwners(uint256 cost) public view {
        _keepsItsPromises(_bids(1000003, 1000003, 1), cost);
    }

    function check_aRichOwner(uint256 cost) public view {
        _keepsItsPromises(_bids(987654321987654321, 1000003, 1), cost);
    }

    function check_aPoorOwner(uint256 cost) public view {
        _keepsItsPromises(_bids(1, 777777, 1), cost);
    }

    /// At the close of one round of two, whatever was lost: all of it is divided, the sponsor's lock included; the owners
    /// get what others lost, and the initiator less than a unit for each payer and sum. What was not delivered is a number.
    function check_theRestIsDivided(uint256 lost, bool released, bool halted) public view {
        (uint256 cost, uint256 asked, uint256 undelivered) = (2 ** 20, (2 * 10 ** 6 + 2 ** 20) / 4, 654321);
        Bid[] memory bids = _bids(10 ** 6, 10 ** 6, 1);
        Bill[] memory bought = rule.bills(bids, curve, _sale(1, cost, asked));
        assert(bought[0].charge == 2 ** 19 && bought[1].charge == 2 ** 19); // powers of two, as above
        vm.assume(lost < 2 ** 96);
        Books memory books = Books(1, cost, 0, 2 * cost, 64, 64, released, halted, 0, lost, _only(undelivered));
        Parts memory rest = rule.parts(books, bids, bought, curve, _sale(1, cost, asked));
        uint256 divided = rest.owners[0] + rest.owners[1] + rest.coordinator + rest.sponsor + rest.initiator;
        assert(divided + cost - 64 - undelivered == cost + 2 * cost + 64 + lost);
        assert(rest.coordinator == (released ? (halted ? 64 : 128) : 0));
        uint256 earned = asked - 600000; // by the first round, of each charge
        assert(rest.owners[0] == rest.owners[1] && rest.owners[0] >= 2 ** 19 - earned + lost / 2);
        assert(rest.sponsor >= 2 * cost - (cost - 2 * earned) && rest.initiator <= 4);
    }

    /// Rounds run if and only if they are worth their cost; nobody pays more than its bid, nor all more than the cost.
    function _keepsItsPromises(Bid[] memory bids, uint256 cost) private view {
        Bill[] memory bills = _bills(bids, cost);
        uint256 first = _worth(bids[0].amount, 1) + _worth(bids[1].amount, 1);
        uint256 second = _worth(bids[0].amount, 2) + _worth(bids[1].amount, 2) - first;
        assert(bills[0].level == bills[1].level);
        assert((bills[0].level >= 1) == (first >= cost));
        assert((bills[0].level == 2) == (second >= cost));
        assert(bills[0].charge + bills[1].charge <= bills[0].level * cost);
        _paysAtMostItsBid(bids, bills);
    }
}
