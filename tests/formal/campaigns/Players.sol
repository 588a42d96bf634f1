// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Book} from "./Book.sol";
import {Deliveries} from "./Deliveries.sol";
import {Bill, Client, EdgeState, EdgeTerms, ICampaign, Opening, Owner, SealedOffer} from "./ICampaign.sol";
import {Kind} from "./Market.sol";
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
            [postCoordinatorBond, postEdgeBond, lockSponsorship, commitBid, commitOffer, relayOffers][choice](next);
        } else if (status == OPEN && clock < terms.revealEnd + late) {
            [revealBids, revealOffers][choice % 2](next);
        } else if (status == OPEN) {
            settle(next);
        } else if (status == TRAINING && campaign.training_end() == 0) {
            [recordRound, recordRound, postDeliveries, postDeliveries, claim, claimMany][choice](next);
        } else if (status == TRAINING) {
            [releaseModels, postDeliveries, postDeliveries, claim, claimMany, close][choice](next);
        } else {
            [claim, claimMany, claimEdgeFee, withdraw, returnBonds, passTime][choice](next);
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

    /// I-3: every commitment is counted and opened at most once.
    function checkOpenings() public view {
        uint256 open = 0;
        uint256 offers = 0;
        for (uint256 i = 0; i < CLIENTS; i++) {
            if (opened[clients[i]]) open++;
            if (committed[clients[i]]) offers++;
        }
        require(campaign.revealed_count() == open && campaign.offer_count() == offers, "I-3: offers miscounted");
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (Owner memory known,) = campaign.owner(i);
            require(known.opened == opened[known.account], "I-3: a bid opened by itself");
            require(known.bid == (known.opened ? sealedBy[known.account].amount : 0), "I-3: a bid changed");
        }
    }

    /// I-5: nobody pays more than its bid's worth of the rounds recorded; no client gets less than it asked.
    function checkRationality() public view {
        uint256 status = campaign.status();
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (Owner memory known, Bill memory bill) = campaign.owner(i);
            int256 spent = -gain[known.account] - int256(known.owed + campaign.credit(known.account));
            if (status == OPEN) continue;
            int256 most = known.opened ? int256(0) : int256(terms.ownerBond);
            if (status == CANCELLED) most = 0;
            if (status == TRAINING) most += int256(_worth(known.bid, bill.level));
            if (status == CLOSED) most += int256(_worth(known.bid, _smaller(bill.level, campaign.rounds_done())));
            require(spent <= most, "I-5: an owner paid more than its rounds are worth to it");
        }
        for (uint256 i = 0; i < CLIENTS; i++) {
            if (!opened[clients[i]]) continue;
            (Client memory known,,) = campaign.offer(clients[i]);
            uint256 asked = sealedBy[clients[i]].amount * terms.tick;
            require(known.paid >= asked * known.paidRounds, "I-5: a client was paid less than it asked");
        }
        require(gain[initiator] >= 0, "I-5: the initiator paid");
    }

    /// I-9: a client's tokens are its pay and its bond; rounds are paid once, and only those that were signed for.
    function checkClaims() public view {
        uint256[EDGES] memory claimed;
        for (uint256 i = 0; i < CLIENTS; i++) {
            address client = clients[i];
            if (!committed[client]) continue;
            (Client memory known, uint256 e,) = campaign.offer(client);
            if (known.opened) claimed[e] += known.paidRounds;
            require(known.paidRounds <= mostDelivered[client], "I-9: more rounds paid than signed for");
            int256 pay = int256(known.paid);
            bool withoutBond = gain[client] == pay && (relayed[client] || known.bondSettled);
            bool withBond = gain[client] == pay - int256(terms.clientBond) && !relayed[client];
            require(withoutBond || withBond, "I-9: a client got neither its pay nor its bond");
        }
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            require(state.claimed == claimed[e], "I-9: client-rounds miscounted");
            require(state.feeRounds <= state.claimed && state.claimed <= state.delivered, "I-9: paid before signed");
            require(state.winners <= known.capacity, "I-4: edge over capacity");
        }
    }

    // ------------------------------------------------------------------ the way out

    /// I-6: with everybody gone a stranger ends the campaign, and everyone's money is with its owner.
    function everyoneLeaves() public {
        vm.warp(clock);
        _end();
        address[] memory one = new address[](1);
        for (uint256 e = 0; e < EDGES; e++) {
            _claimAll(e);
            _try(stranger, abi.encodeCall(ICampaign.claim_edge_fee, (e)));
        }
        clock += terms.deliveryWindow;
        vm.warp(clock);
        for (uint256 i = 0; i < CLIENTS; i++) {
            one[0] = clients[i];
            _try(stranger, abi.encodeCall(ICampaign.return_bonds, (one)));
        }
        _do(stranger, abi.encodeCall(ICampaign.withdraw, (accounts)));
        checkBooks();
        checkRationality();
        checkClaims();
        uint256 stuck = 0;
        for (uint256 e = 0; e < EDGES && campaign.status() == CLOSED; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            require(lied[e] || state.claimed == state.delivered, "I-6: signed client-rounds that nobody can claim");
            stuck += (state.delivered - state.claimed) * campaign.price(e);
        }
        require(held() == stuck, "I-6: money stays behind");
    }

    function _end() private {
        if (campaign.status() == OPEN) {
            if (clock < terms.settleEnd) clock = terms.settleEnd;
            vm.warp(clock);
            _do(stranger, abi.encodeCall(ICampaign.cancel, ()));
        } else if (campaign.status() == TRAINING) {
            if (campaign.training_end() == 0) {
                if (clock < campaign.round_deadline()) clock = campaign.round_deadline();
                vm.warp(clock);
                _do(stranger, abi.encodeCall(ICampaign.halt, ()));
            }
            uint256 last = campaign.training_end() + terms.vetoWindow + 2 * terms.deliveryWindow;
            if (clock < last) clock = last;
            vm.warp(clock);
            _do(stranger, abi.encodeCall(ICampaign.close, ()));
        } else {
            clock += terms.vetoWindow + 2 * terms.deliveryWindow;
        }
    }

    function _claimAll(uint256 e) private {
        bytes32[] memory leaves = Deliveries.leaves(trees[e].positions, trees[e].bitmaps);
        for (uint256 i = 0; i < leaves.length; i++) {
            bytes32[] memory proof = Deliveries.proof(leaves, 0, i);
            _try(stranger, abi.encodeCall(ICampaign.claim, (trees[e].clients[i], trees[e].bitmaps[i], proof)));
        }
    }

    // ------------------------------------------------------------------ beginning

    function _begin() internal override {
        if (!SETTLED_FIRST) return;
        _do(coordinator, abi.encodeCall(ICampaign.post_coordinator_bond, ()));
        if (terms.sponsor != address(0)) _do(sponsor, abi.encodeCall(ICampaign.lock_sponsorship, ()));
        for (uint256 e = 0; e < EDGES; e++) _do(operators[e], abi.encodeCall(ICampaign.post_edge_bond, (e)));
        for (uint256 i = 0; i < OWNERS; i++) _bid(owners[i], 800 + _draw(3200));
        for (uint256 i = 0; i < CLIENTS; i++) _offer(clients[i], _draw(18), _draw(EDGES));
        clock = terms.commitEnd;
        vm.warp(clock);
        _openMost(owners, ICampaign.reveal_bids.selector);
        _openMost(clients, ICampaign.reveal_offers.selector);
        clock = terms.revealEnd;
        vm.warp(clock);
        (uint256 cutoff, uint256[] memory edgeCutoffs) = _certificate();
        _do(stranger, abi.encodeCall(ICampaign.settle, (cutoff, edgeCutoffs)));
    }

    function _bid(address owner, uint256 amount) private {
        Opening memory opening = Opening(owner, amount, 0, 0);
        bytes32 commitment = _seal("cofund bid", opening);
        _do(owner, abi.encodeCall(ICampaign.commit_bid, (commitment, amount, bytes32(0))));
        committed[owner] = true;
        sealedBy[owner] = opening;
        escrowOf[owner] = amount;
    }

    function _offer(address client, uint256 cost, uint256 e) private {
        Opening memory opening = Opening(client, cost, e, 0);
        if (e == ADMITTING) {
            SealedOffer[] memory offers = new SealedOffer[](1);
            offers[0] = _signed(opening, client, e);
            _do(operators[e], abi.encodeCall(ICampaign.relay_offers, (e, offers)));
        } else {
            _do(client, abi.encodeCall(ICampaign.commit_offer, (_seal("cofund offer", opening))));
        }
        _keep(opening, e == ADMITTING);
    }

    function _openMost(address[] storage those, bytes4 selector) private {
        Opening[] memory one = new Opening[](1);
        for (uint256 i = 0; i < those.length; i++) {
            if (_draw(16) == 0) continue;
            one[0] = sealedBy[those[i]];
            _do(stranger, abi.encodeWithSelector(selector, one));
            opened[those[i]] = true;
        }
    }

    // ------------------------------------------------------------------ small things

    function _nextEnd() private view returns (uint256) {
        if (clock < terms.commitEnd) return terms.commitEnd;
        if (clock < terms.revealEnd) return terms.revealEnd;
        if (campaign.status() != TRAINING && campaign.status() != CLOSED) return terms.settleEnd;
        uint256 end = campaign.training_end();
        if (end == 0) return campaign.round_deadline();
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

    function _smaller(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
