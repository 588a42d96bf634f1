// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Book} from "./Book.sol";
import {Deliveries} from "./Deliveries.sol";
import {Bill, EdgeState, EdgeTerms, IBooks, ICampaign, Opening, Owner, Progress} from "./ICampaign.sol";
import {Kind} from "./Market.sol";
import {OfferBooks} from "./OfferBooks.sol";
import {vm} from "./Vm.sol";

/// All moves of all roles, what must hold between them, and the way out at the end.
contract Players is Book {
    bool private immutable SETTLED_FIRST;

    /// `settledFirst`: every run begins with a settled campaign of random bids and offers.
    constructor(Kind memory kind, bool settledFirst) {
        SETTLED_FIRST = settledFirst;
        _open(kind);
    }

    // ------------------------------------------------------------------ moves of nobody

    /// A little later, or just before or at the next end of a phase.
    function passTime(uint256 seed) public move(seed) {
        uint256 end = _nextEnd();
        uint256 how = _draw(12);
        if (how == 0 && end > clock) clock = end;
        else if (how == 1 && end > clock + 1) clock = end - 1;
        else clock += 1 + _draw(20);
    }

    /// One of the moves that the phase is for, so that campaigns get far; half of the time up to one second late.
    function whatIsDue(uint256 seed) public move(seed) {
        uint256 status = campaign.status();
        uint256 next = _draw(type(uint256).max);
        uint256 choice = _draw(6);
        uint256 late = _draw(2);
        if (status == OPEN && clock < terms.commitEnd + late) {
            [postCoordinatorBond, postEdgeBond, lockSponsorship, commitBid, commitBid, commitBook][choice](next);
        } else if (status == OPEN && clock < terms.revealEnd + late) {
            [revealBids, openBook][choice % 2](next);
        } else if (status == OPEN) {
            settle(next);
        } else if (status == TRAINING && campaign.progress().end == 0) {
            [recordRound, recordRound, postDeliveries, postDeliveries, claim, claim][choice](next);
        } else if (status == TRAINING) {
            [releaseModels, postDeliveries, postDeliveries, claim, claim, close][choice](next);
        } else {
            [claim, claim, claimEdgeFee, withdraw, returnBond, passTime][choice](next);
        }
    }

    /// Money that comes without a call changes nothing.
    function donate(uint256 seed) public move(seed) {
        uint256 amount = _draw(1000);
        vm.prank(stranger);
        token.transfer(address(campaign), amount);
        donated += amount;
    }

    // ------------------------------------------------------------------ what must hold

    /// I-1, I-2: the token balance is what the views say is owed, and what came in less what went out, to the unit.
    function checkBooks() public view {
        require(held() == owed(), "I-1, I-2: the balance differs from what is owed");
        require(campaign.deposited() == received && campaign.paid_out() == paid, "I-2: deposits or payments miscounted");
        require(held() == received - paid, "I-2: the balance differs from deposits less payments");
    }

    /// I-3, B-1: every bid and every book opens at most once, to what was sealed.
    function checkOpenings() public view {
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (Owner memory known,) = campaign.owner(i);
            require(known.opened == opened[known.account], "I-3: a bid opened by itself");
            require(known.bid == (known.opened ? sealedBy[known.account].amount : 0), "I-3: a bid changed");
        }
        for (uint256 o = 0; o < OPERATORS; o++) {
            (uint256 size, bool open,) = books.book(operators[o]);
            require(size == (sealedBook[o].committed ? sealedBook[o].offers.length : 0), "B-1: a book changed");
            require(open == sealedBook[o].opened, "B-1: a book opened by itself");
        }
    }

    /// I-5: nobody pays more than its bid's worth of the rounds recorded; no client gets less than it asked.
    function checkRationality() public view {
        uint256 status = campaign.status();
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (Owner memory known, Bill memory bill) = campaign.owner(i);
            int256 spent = -gain[known.account] - int256(known.owed + campaign.credit(known.account));
            if (status == OPEN) continue;
            int256 highest = known.opened ? int256(0) : int256(terms.ownerBond);
            if (status == CANCELLED) highest = 0;
            if (status == TRAINING) highest += int256(_worth(known.bid, bill.level));
            if (status == CLOSED) highest += int256(_worth(known.bid, _smaller(bill.level, campaign.progress().done)));
            require(spent <= highest, "I-5: an owner paid more than its rounds are worth to it");
        }
        for (uint256 i = 0; i < CLIENTS; i++) {
            int256 got = gain[clients[i]];
            require(got >= int256(least[clients[i]]), "I-5: a client was paid less than it asked");
            bool exactly = terms.underwritten ? got <= int256(most[clients[i]]) : got == int256(most[clients[i]]);
            require(exactly, "B-3: a client was not paid its price for its rounds");
        }
        require(gain[initiator] >= 0, "I-5: the initiator paid");
    }

    /// B-3, E-1, E-2: rounds are paid once, and only those that were signed for.
    function checkClaims() public view {
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            require(state.claimed == paidRounds[e], "B-3: client-rounds miscounted");
            require(state.extraRounds == paidExtraRounds[e], "B-3: extra client-rounds miscounted");
            require(state.claimed <= state.delivered && state.extraRounds <= state.delivered, "E-1: paid before signed");
            require(state.delivered <= state.winners * state.upToRound, "E-1: signed for more than all");
            require(state.feeRounds <= _claimedBelow(e), "E-2: a fee before the pay");
            require(_winnersBelow(e) <= known.capacity, "I-4: edge over capacity");
            if (!terms.underwritten && state.winners > 0) {
                uint256 last = _listed(e, state.winners - 1).cost + _pathFee(e);
                require(last <= state.price && state.price <= known.ceiling, "I-4: a price below a winner's cost");
            }
        }
    }

    // ------------------------------------------------------------------ the way out

    /// Liveness, I-6: with everybody gone a stranger ends the campaign, and everyone's money is with its owner. Every call
    /// that it makes is one that must be accepted.
    function everyoneLeaves() public {
        vm.warp(clock);
        _end();
        for (uint256 e = 0; e < EDGES; e++) _claimAll(e);
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            if ((_claimedBelow(e) - state.feeRounds) * known.fee == 0) continue;
            _do(stranger, abi.encodeCall(ICampaign.claim_edge_fee, (e)));
        }
        for (uint256 o = 0; o < OPERATORS; o++) _returnBond(o);
        _do(stranger, abi.encodeCall(ICampaign.withdraw, (accounts)));
        checkBooks();
        checkRationality();
        checkClaims();
        uint256 stuck = 0;
        for (uint256 e = 0; e < EDGES && campaign.status() == CLOSED; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            bool all = state.claimed == state.delivered && (campaign.extra() == 0 || state.extraRounds == state.delivered);
            require(lied[e] || all, "I-6: signed client-rounds that nobody can claim");
            stuck += (state.delivered - state.claimed) * state.price * terms.tick
                + (state.delivered - state.extraRounds) * campaign.extra();
        }
        require(held() == stuck, "I-6: money stays behind");
    }

    function _end() private {
        if (campaign.status() == OPEN) {
            if (clock < terms.settleEnd) clock = terms.settleEnd;
            vm.warp(clock);
            _do(stranger, abi.encodeCall(ICampaign.cancel, ()));
        } else if (campaign.status() == TRAINING) {
            Progress memory at = campaign.progress();
            if (at.end == 0) {
                if (clock < at.deadline) clock = at.deadline;
                vm.warp(clock);
                _do(stranger, abi.encodeCall(ICampaign.halt, ()));
            }
            uint256 last = campaign.progress().end + terms.vetoWindow + 2 * terms.deliveryWindow;
            if (clock < last) clock = last;
            vm.warp(clock);
            _do(stranger, abi.encodeCall(ICampaign.close, ()));
        }
    }

    function _claimAll(uint256 e) private {
        if (bitmaps[e].length == 0) return;
        uint256 first = _start(e) / OfferBooks.CHUNK;
        uint256 parts = Deliveries.leaves(_start(e), bitmaps[e]).length;
        for (uint256 chunk = first; chunk < first + parts; chunk++) {
            uint256 places = Deliveries.part(_start(e), bitmaps[e], chunk).length;
            for (uint256 i = 0; i < places; i++) _claim(e, chunk, 1 << i, type(uint256).max);
        }
    }

    // ------------------------------------------------------------------ beginning

    function _begin() internal override {
        if (!SETTLED_FIRST) return;
        _do(coordinator, abi.encodeCall(ICampaign.post_coordinator_bond, ()));
        if (terms.sponsor != address(0)) _do(sponsor, abi.encodeCall(ICampaign.lock_sponsorship, ()));
        for (uint256 e = 0; e < EDGES; e++) {
            if (_draw(16) > 0) _do(operators[operatorOf[e]], abi.encodeCall(ICampaign.post_edge_bond, (e)));
        }
        for (uint256 i = 0; i < OWNERS; i++) _bid(owners[i], 800 + _draw(3200));
        for (uint256 o = 0; o < OPERATORS; o++) _book(o);
        clock = terms.commitEnd;
        vm.warp(clock);
        Opening[] memory one = new Opening[](1);
        for (uint256 i = 0; i < OWNERS; i++) {
            if (_draw(16) == 0) continue;
            one[0] = sealedBy[owners[i]];
            _do(stranger, abi.encodeCall(ICampaign.reveal_bids, (one)));
            opened[owners[i]] = true;
        }
        for (uint256 o = 0; o < OPERATORS; o++) {
            if (_draw(16) == 0) continue;
            _doBooks(stranger, _opening(o));
            sealedBook[o].opened = true;
        }
        clock = terms.revealEnd;
        vm.warp(clock);
        _doBooks(stranger, abi.encodeCall(IBooks.settle, (_boundaries(EDGES))));
    }

    function _bid(address owner, uint256 amount) private {
        Opening memory opening = Opening(owner, amount, 0);
        _do(owner, abi.encodeCall(ICampaign.commit_bid, (_seal(opening), amount, bytes32(0))));
        committed[owner] = true;
        sealedBy[owner] = opening;
        escrowOf[owner] = amount;
    }

    function _book(uint256 o) private {
        _write(o, bytes32(o + 1), true);
        bytes32 commitment =
            OfferBooks.commitment(address(campaign), operators[o], sealedBook[o].seed, sealedBook[o].offers);
        _doBooks(
            operators[o], abi.encodeCall(IBooks.commit_book, (_edgeOf(o), commitment, sealedBook[o].offers.length))
        );
        sealedBook[o].committed = true;
    }

    // ------------------------------------------------------------------ small things

    function _nextEnd() private view returns (uint256) {
        if (clock < terms.commitEnd) return terms.commitEnd;
        if (clock < terms.revealEnd) return terms.revealEnd;
        if (campaign.status() != TRAINING && campaign.status() != CLOSED) return terms.settleEnd;
        uint256 end = campaign.progress().end;
        if (end == 0) return campaign.progress().deadline;
        end += terms.vetoWindow;
        for (uint256 windows = 0; windows < 3 && end <= clock; windows++) end += terms.deliveryWindow;
        return end;
    }

    /// What a bid says that the first `level` rounds are worth, rounded down.
    function _worth(uint256 bid, uint256 level) private view returns (uint256) {
        uint256 sum = 0;
        for (uint256 r = 0; r < level; r++) sum += quality[r];
        return bid * sum / 1e9;
    }

    function _winnersBelow(uint256 e) private view returns (uint256 sum) {
        for (uint256 k = 0; k < EDGES; k++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(k);
            if (k == e || known.parent == e + 1) sum += state.winners;
        }
    }

    function _smaller(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
