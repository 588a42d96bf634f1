// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Caller} from "./Caller.sol";
import {Clearing} from "./Clearing.sol";
import {Boundary, EdgeState, EdgeTerms, IBooks, ICampaign, Opening} from "./ICampaign.sol";
import {Listed, OfferBooks} from "./OfferBooks.sol";

/// Moves from the first deposit to settlement or cancellation.
abstract contract Sealing is Caller {
    struct Sealed {
        bytes32 seed;
        Listed[] offers;
        bool committed;
        bool right; // sorted, and of its operator's edges
        bool opened;
    }

    mapping(address => Opening) internal sealedBy; // by owner
    mapping(address => bool) internal committed;
    mapping(address => bool) internal opened;
    mapping(address => uint256) internal escrowOf;
    Sealed[OPERATORS] internal sealedBook;

    function postCoordinatorBond(uint256 seed) public move(seed) {
        address from = _mostly(coordinator);
        bool due = _committing() && from == coordinator && !campaign.coordinator_bonded();
        _expect(due, _try(from, abi.encodeCall(ICampaign.post_coordinator_bond, ())));
    }

    function postEdgeBond(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        address from = _mostly(operators[operatorOf[e]]);
        (, EdgeState memory state,) = campaign.edge(e);
        bool due = _committing() && from == operators[operatorOf[e]] && !state.bonded;
        _expect(due, _try(from, abi.encodeCall(ICampaign.post_edge_bond, (e))));
    }

    function lockSponsorship(uint256 seed) public move(seed) {
        address from = _mostly(sponsor);
        bool due = _committing() && from == terms.sponsor && campaign.sponsor_locked() == 0;
        _expect(due, _try(from, abi.encodeCall(ICampaign.lock_sponsorship, ())));
    }

    function commitBid(uint256 seed) public move(seed) {
        address owner = _draw(32) == 0 ? stranger : owners[_draw(OWNERS)];
        if (owner == stranger && !terms.listedOwners) return; // it may take a place, and does nothing with it
        Opening memory opening = Opening(owner, _draw(8000), bytes32(seed));
        uint256 escrow = _draw(16) == 0 ? opening.amount / 2 : opening.amount + _draw(300);
        bytes32 commitment = _seal(opening);
        bool due = _committing() && !committed[owner] && owner != stranger;
        _expect(due, _try(owner, abi.encodeCall(ICampaign.commit_bid, (commitment, escrow, bytes32(0)))));
        if (due) {
            committed[owner] = true;
            sealedBy[owner] = opening;
            escrowOf[owner] = escrow;
        }
    }

    /// An operator seals a book for all its edges; now and then one that cannot be opened, for its order is wrong.
    function commitBook(uint256 seed) public move(seed) {
        uint256 o = _draw(OPERATORS);
        Sealed storage book = sealedBook[o];
        address from = _mostly(operators[o]);
        uint256 e = _draw(16) == 0 ? _draw(EDGES + 1) : _edgeOf(o);
        if (!book.committed) _write(o, bytes32(seed), _draw(16) > 0);
        bytes32 commitment = OfferBooks.commitment(address(campaign), operators[o], book.seed, book.offers);
        bool due = _committing() && from == operators[o] && !book.committed && e < EDGES && operatorOf[e] == o;
        bool ok = _tryBooks(from, abi.encodeCall(IBooks.commit_book, (e, commitment, book.offers.length)));
        _expect(due, ok);
        if (ok) book.committed = true;
    }

    /// B-1: what was committed opens, once, and nothing else does: another seed, record, section or length.
    function openBook(uint256 seed) public move(seed) {
        uint256 o = _draw(OPERATORS);
        Sealed storage book = sealedBook[o];
        if (book.offers.length == 0) return;
        bytes memory data = _opening(o);
        bool altered = _draw(3) == 0;
        if (altered) {
            uint256 how = _draw(4);
            if (how == 0) data = bytes.concat(data, bytes32(0)); // longer
            else if (how == 1) data[4 + 32 + _draw(32)] ^= 0x01; // its seed
            else if (how == 2) data[4 + 32 * 4 + 31 - _draw(3)] ^= 0x01; // its sections
            else data[4 + 32 * (4 + _sections(o)) + _draw(OfferBooks.chunks(book.offers) * 26 * 64)] ^= 0x01; // a record
        }
        bool due = terms.commitEnd <= clock && clock < terms.revealEnd && _rolesAreTaken() && book.committed
            && !book.opened && book.right && !altered;
        _expect(due, _tryBooks(stranger, data));
        if (due) book.opened = true;
    }

    function revealBids(uint256 seed) public move(seed) {
        uint256 first = _draw(OWNERS);
        Opening[] memory openings = new Opening[](1 + _draw(4));
        bool right = true;
        bool fresh = false;
        for (uint256 i = 0; i < openings.length; i++) {
            address who = owners[(first + i) % OWNERS];
            openings[i] = sealedBy[who];
            openings[i].sender = who;
            if (_draw(32) == 0) openings[i].salt = ~openings[i].salt;
            if (!opened[who]) fresh = true;
            bool isTrue = committed[who] && openings[i].salt == sealedBy[who].salt;
            if (!opened[who] && (openings[i].amount > escrowOf[who] || !isTrue)) right = false;
        }
        // I-3: what is open is passed over, and a batch in which nothing is new is refused
        bool due = terms.commitEnd <= clock && clock < terms.revealEnd && right && fresh && _rolesAreTaken();
        _expect(due, _try(stranger, abi.encodeCall(ICampaign.reveal_bids, (openings))));
        for (uint256 i = 0; due && i < openings.length; i++) opened[openings[i].sender] = true;
    }

    /// I-4: half of the time the right boundaries, else one of a winner more or less, or of forged records; in its phase
    /// exactly the right ones are accepted, and the prices are what a winner's replacement asks.
    function settle(uint256 seed) public move(seed) {
        bool right = true;
        uint256 wrong = _draw(2) == 0 ? EDGES : _draw(EDGES);
        Boundary[] memory boundaries = _boundaries(EDGES);
        if (wrong < EDGES && boundaries[wrong].costs.length > 0) {
            if (_draw(4) == 0) {
                boundaries[wrong].costs[_draw(384)] ^= 0x01;
                right = false;
            } else {
                uint256 winners = _draw(4);
                if (winners > _size(wrong)) winners = _size(wrong);
                right = winners == boundaries[wrong].winners;
                boundaries[wrong] = OfferBooks.boundary(sealedBook[operatorOf[wrong]].offers, wrong, winners);
            }
        }
        bool due = campaign.status() == OPEN && terms.revealEnd <= clock && clock < terms.settleEnd && _rolesAreTaken();
        (Clearing.Offers memory offers, Clearing.Tree memory tree) = _market();
        bool ok = _tryBooks(stranger, abi.encodeCall(IBooks.settle, (boundaries)));
        require(ok == (right && due), "I-4: exactly the right winners settle, in their phase");
        if (ok) _checkPrices(offers, tree);
    }

    function cancel(uint256 seed) public move(seed) {
        bool due = campaign.status() == OPEN && terms.settleEnd <= clock;
        bool ok = _try(accounts[_draw(accounts.length)], abi.encodeCall(ICampaign.cancel, ()));
        require(ok == due, "I-7: cancelled exactly when nobody can settle any more");
    }

    /// What only the books may call, by anybody else: all of it is refused.
    function pretendToBeTheBooks(uint256 seed) public move(seed) {
        address from = accounts[_draw(accounts.length)];
        address[] memory one = new address[](1);
        uint256[] memory amount = new uint256[](1);
        (one[0], amount[0]) = (from, 1);
        bytes[7] memory calls = [
            abi.encodeCall(ICampaign.book_committed, (from, _draw(EDGES), 1)),
            abi.encodeCall(ICampaign.book_opened, (from, amount)),
            abi.encodeCall(ICampaign.book_returned, (from, uint256(uint160(from)), 1, true)),
            abi.encodeCall(ICampaign.settlement_attempted, (from)),
            abi.encodeCall(ICampaign.stake_returned, (from)),
            abi.encodeCall(ICampaign.attempt_given_up, (from)),
            abi.encodeCall(ICampaign.pay_clients, (_draw(EDGES), 1, 0, one, amount, 0))
        ];
        require(!_try(from, calls[_draw(calls.length)]), "a call of the books was accepted from somebody else");
    }

    // ------------------------------------------------------------------ books

    /// Offers of clients, any of them at any edge. Some books fill their first chunk with offers that cannot win.
    function _write(uint256 o, bytes32 seed, bool right) internal {
        Sealed storage book = sealedBook[o];
        (book.seed, book.right) = (seed, true);
        delete book.offers;
        for (uint256 e = 0; e < EDGES; e++) {
            if (operatorOf[e] != o) continue;
            uint256 cost = _draw(8);
            uint256 before = book.offers.length;
            for (uint256 k = _draw(5); k > 0; k--) {
                book.offers.push(Listed(clients[_draw(CLIENTS)], cost, e));
                cost += _draw(7);
            }
            if (o == 0 && e == 0 && _draw(2) == 0) {
                for (uint256 k = 58 + _draw(8); k > 0; k--) book.offers.push(Listed(address(uint160(k)), 99, e));
            }
            if (!right && book.offers.length > before + 1) (book.offers[before].cost, book.right) = (100, false);
        }
        if (book.offers.length == 0) book.offers.push(Listed(clients[0], 3, _edgeOf(o)));
    }

    function _edgeOf(uint256 o) internal pure returns (uint256) {
        return o == 2 ? 3 : o;
    }

    function _opening(uint256 o) internal view returns (bytes memory data) {
        Listed[] memory offers = sealedBook[o].offers;
        data = abi.encodeCall(IBooks.open_book, (operators[o], sealedBook[o].seed, OfferBooks.counts(offers)));
        for (uint256 c = 0; c < OfferBooks.chunks(offers); c++) {
            data = bytes.concat(data, OfferBooks.recordsOf(offers, c));
        }
    }

    function _sections(uint256 o) private view returns (uint256) {
        return OfferBooks.counts(sealedBook[o].offers).length;
    }

    /// An edge's offers in its open book.
    function _size(uint256 e) internal view returns (uint256 size) {
        if (sealedBook[operatorOf[e]].opened) (, size) = OfferBooks.section(sealedBook[operatorOf[e]].offers, e);
    }

    function _start(uint256 e) internal view returns (uint256 start) {
        (start,) = OfferBooks.section(sealedBook[operatorOf[e]].offers, e);
    }

    /// An edge's offers, by place.
    function _listed(uint256 e, uint256 place) internal view returns (Listed memory) {
        return sealedBook[operatorOf[e]].offers[_start(e) + place];
    }

    // ------------------------------------------------------------------ the market

    /// Where the winners of every edge end.
    function _boundaries(uint256 count) internal view returns (Boundary[] memory made) {
        (Clearing.Offers memory offers, Clearing.Tree memory tree) = _market();
        bool[] memory wins = Clearing.winners(offers, tree);
        made = new Boundary[](count);
        for (uint256 e = 0; e < count; e++) {
            uint256 winners = 0;
            for (uint256 i = 0; i < wins.length; i++) if (wins[i] && offers.edges[i] == e) winners++;
            if (_size(e) > 0) made[e] = OfferBooks.boundary(sealedBook[operatorOf[e]].offers, e, winners);
        }
    }

    /// Offers in open books that are not above their edge's ceiling.
    function _market() internal view returns (Clearing.Offers memory offers, Clearing.Tree memory tree) {
        tree = Clearing.Tree(new uint256[](EDGES), new uint256[](EDGES), terms.cohort);
        offers = Clearing.Offers(new uint256[](5 * EDGES), new uint256[](5 * EDGES));
        for (uint256 k = 0; k < 5 * EDGES; k++) offers.keys[k] = Clearing.NOBODY;
        uint256 used = 0;
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            tree.capacities[e] = state.bonded ? known.capacity : 0;
            tree.parents[e] = known.parent;
            for (uint256 place = 0; place < 5 && place < _size(e); place++) {
                uint256 amount = _listed(e, place).cost + _pathFee(e);
                offers.edges[used] = e;
                if (amount <= known.ceiling) offers.keys[used++] = (amount << 32) | (e << 16) | place;
            }
        }
    }

    function _pathFee(uint256 e) internal view returns (uint256 fee) {
        for (uint256 node = e + 1; node != 0;) {
            (EdgeTerms memory known,,) = campaign.edge(node - 1);
            fee += known.fee;
            node = known.parent;
        }
    }

    function _checkPrices(Clearing.Offers memory offers, Clearing.Tree memory tree) internal view {
        bool[] memory wins = Clearing.winners(offers, tree);
        for (uint256 i = 0; i < wins.length; i++) {
            if (!wins[i]) continue;
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(offers.edges[i]);
            uint256 price = Clearing.replacement(offers, tree, wins, i);
            require(state.price == (price < known.ceiling ? price : known.ceiling), "I-4: a wrong price");
        }
    }

    // ------------------------------------------------------------------ small things

    function _committing() private view returns (bool) {
        return clock < terms.commitEnd;
    }

    function _expect(bool due, bool ok) internal pure {
        require(ok || !due, "a right call was refused");
        require(!ok || due, "I-7: accepted out of phase or from the wrong account");
    }

    function _seal(Opening memory o) internal view returns (bytes32) {
        return keccak256(abi.encode(keccak256("cofund bid"), block.chainid, campaign, o.sender, o.amount, o.salt));
    }

    /// Without these nothing can be settled, and nothing is opened.
    function _rolesAreTaken() internal view returns (bool) {
        return campaign.coordinator_bonded() && (terms.sponsor == address(0) || campaign.sponsor_locked() > 0);
    }
}
