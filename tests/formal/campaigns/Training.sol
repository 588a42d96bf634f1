// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Deliveries} from "./Deliveries.sol";
import {Bill, EdgeState, EdgeTerms, IBooks, ICampaign, Owner, Progress} from "./ICampaign.sol";
import {Listed, OfferBooks} from "./OfferBooks.sol";
import {Sealing} from "./Sealing.sol";
import {Trees} from "./Trees.sol";

/// Moves from the first round to the last payment.
abstract contract Training is Sealing {
    uint256[][EDGES] internal bitmaps; // of every edge's winners, as it signed them last
    uint256[EDGES] internal counts; // of every edge, as signed: winners that missed each round, 16 bits each
    bool[EDGES] public lied; // its operator signed something that its clients cannot claim to the last unit
    mapping(address => mapping(uint256 => bool)) private vetoed;

    // paid, as the moves saw it
    mapping(uint256 => mapping(uint256 => uint256)) internal roundsOf; // by edge and place: rounds paid, as bits
    uint256[EDGES] internal paidRounds;
    uint256[EDGES] internal paidExtraRounds;
    mapping(address => uint256) internal least; // base units that a client must have got: what it asked
    mapping(address => uint256) internal most; // its price

    struct Posted {
        uint256 edge;
        uint256 upTo;
        uint256[] delivered;
        uint256[] missing;
        bytes32 root;
        address signer;
        bool honest;
    }

    struct Shown {
        uint256 start;
        uint256 first; // place of the chunk's first winner
        uint256[] delivered;
        Listed[] offers;
    }

    function recordRound(uint256 seed) public move(seed) {
        address from = _mostly(coordinator);
        Progress memory at = campaign.progress();
        uint256 number = at.done + (_draw(8) == 0 ? _draw(3) : 1);
        bool due = campaign.status() == TRAINING && at.end == 0 && from == coordinator && number == at.done + 1
            && clock < at.deadline && _buildable(number) <= clock;
        _expect(due, _try(from, abi.encodeCall(ICampaign.record_round, (number, bytes32(seed), bytes32(0), 0))));
        if (due) require(_unaccepted() <= terms.unaccepted, "T-2: too many rounds may still be vetoed");
    }

    /// Rarely, or nothing would ever be accepted.
    function veto(uint256 seed) public move(seed) {
        if (_draw(3) > 0) return;
        address from = _mostly(owners[_draw(OWNERS)]);
        uint256 done = campaign.progress().done;
        uint256 number = done + 1 - _draw(done + 2);
        bool due = campaign.status() == TRAINING && 0 < number && number <= done && committed[from]
            && clock < campaign.recorded_at(number) + terms.vetoWindow && !vetoed[from][number];
        _expect(due, _try(from, abi.encodeCall(ICampaign.veto, (number))));
        if (!due) return;
        vetoed[from][number] = true;
        require((campaign.progress().done < number) == _isOverHalf(number), "T-1: ended by less than half, or not by more");
    }

    function halt(uint256 seed) public move(seed) {
        Progress memory at = campaign.progress();
        bool due = campaign.status() == TRAINING && at.end == 0 && at.deadline <= clock;
        _expect(due, _try(accounts[_draw(accounts.length)], abi.encodeCall(ICampaign.halt, ())));
    }

    /// One box for each buyer; sometimes one too many, or an empty one.
    function releaseModels(uint256 seed) public move(seed) {
        address from = _mostly(coordinator);
        uint256 extraBox = _draw(16) == 0 ? 1 : 0;
        bytes32[] memory boxes = new bytes32[](_buyers() + extraBox);
        for (uint256 i = 0; i < boxes.length; i++) boxes[i] = bytes32(i + 1);
        bool empty = boxes.length > 0 && _draw(16) == 0;
        if (empty) boxes[0] = 0;
        Progress memory at = campaign.progress();
        bool due = campaign.status() == TRAINING && at.end != 0 && from == coordinator
            && at.end + terms.vetoWindow <= clock && !at.released && extraBox == 0 && !empty;
        _expect(due, _try(from, abi.encodeCall(ICampaign.release_models, (boxes))));
    }

    function close(uint256 seed) public move(seed) {
        Progress memory at = campaign.progress();
        uint256 end = at.end + terms.vetoWindow;
        bool waited = end + 2 * terms.deliveryWindow <= clock;
        bool due = campaign.status() == TRAINING && at.end != 0 && end <= clock && (waited || _allDelivered());
        _expect(due, _try(accounts[_draw(accounts.length)], abi.encodeCall(ICampaign.close, ())));
    }

    /// I-8: by the operator, or the stand-in; sometimes signed by others, over other fields, or with other counts.
    function postDeliveries(uint256 seed) public move(seed) {
        Posted memory it;
        it.edge = _draw(EDGES);
        it.upTo = _draw(8) == 0 ? 1 + _draw(ROUNDS) : campaign.progress().done;
        (, EdgeState memory state,) = campaign.edge(it.edge);
        it.honest = _fill(it, state);
        it.root = it.delivered.length == 0 ? bytes32(seed) : Deliveries.root(_start(it.edge), it.delivered);
        address right = _signerInTime(it.edge);
        it.signer = _mostly(_draw(8) == 0 || right == address(0) ? coordinator : right);
        bool forged = _draw(16) == 0;
        bytes memory signature = _signDeliveries(it.signer, forged ? it.edge + 1 : it.edge, it.upTo, it.root, it.missing);
        bool due = campaign.status() == TRAINING && it.signer == right && !forged && it.missing.length == 1
            && state.upToRound < it.upTo && it.upTo <= campaign.progress().done
            && campaign.recorded_at(it.upTo) + terms.vetoWindow <= clock && _possible(it, state);
        bytes memory data =
            abi.encodeCall(ICampaign.post_deliveries, (it.edge, it.upTo, it.root, it.missing, signature));
        _expect(due, _try(stranger, data));
        if (!due) return;
        if (!it.honest) lied[it.edge] = true;
        bitmaps[it.edge] = it.delivered;
        counts[it.edge] = it.missing[0];
    }

    /// Winners of one chunk; sometimes with a bit that nobody signed, with other records, or for somebody beyond them.
    function claim(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        if (bitmaps[e].length == 0) return;
        uint256 chunk = _start(e) / OfferBooks.CHUNK + _draw(Deliveries.leaves(_start(e), bitmaps[e]).length);
        uint256 places = Deliveries.part(_start(e), bitmaps[e], chunk).length;
        uint256 chosen = _draw(1 << places);
        uint256 lie = _draw(24);
        _claim(e, chunk, lie == 0 ? chosen | (1 << places) : chosen, lie);
    }

    function claimEdgeFee(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES + 1);
        bool due = false;
        if (e < EDGES) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            due = (_claimedBelow(e) - state.feeRounds) * known.fee > 0;
        }
        _expect(due, _try(stranger, abi.encodeCall(ICampaign.claim_edge_fee, (e))));
    }

    function withdraw(uint256 seed) public move(seed) {
        address[] memory some = new address[](1 + _draw(3));
        for (uint256 i = 0; i < some.length; i++) some[i] = accounts[_draw(accounts.length)];
        _do(stranger, abi.encodeCall(ICampaign.withdraw, (some)));
    }

    /// Once the campaign is over: of an open book, or after a cancellation.
    function returnBond(uint256 seed) public move(seed) {
        _returnBond(_draw(OPERATORS));
    }

    function _returnBond(uint256 o) internal {
        (uint256 size, bool open, bool returned) = books.book(operators[o]);
        uint256 status = campaign.status();
        bool due = size > 0 && !returned && (status == CANCELLED || (open && (status == UNFUNDED || status == CLOSED)));
        _expect(due, _tryBooks(stranger, abi.encodeCall(IBooks.return_bond, (operators[o]))));
    }

    // ------------------------------------------------------------------ claims

    /// B-3: exactly the rounds that were signed and not yet paid.
    function _claim(uint256 e, uint256 chunk, uint256 chosen, uint256 lie) internal {
        Shown memory it;
        (it.start, it.offers) = (_start(e), sealedBook[operatorOf[e]].offers);
        it.first = chunk * OfferBooks.CHUNK > it.start ? chunk * OfferBooks.CHUNK - it.start : 0;
        it.delivered = Deliveries.part(it.start, bitmaps[e], chunk);
        bytes memory data = _claimData(e, chunk, chosen, lie, it);
        (uint256 rounds, uint256 extraRounds) = _new(e, chosen, it);
        (, EdgeState memory state,) = campaign.edge(e);
        uint256 status = campaign.status();
        bool due = (status == TRAINING || status == CLOSED) && lie > 2
            && (rounds > 0 || extraRounds > 0) && state.claimed + rounds <= state.delivered
            && state.extraRounds + extraRounds <= state.delivered;
        if (due) _note(e, chosen, it);
        _expect(due, _tryBooks(stranger, data));
        if (due) (paidRounds[e], paidExtraRounds[e]) = (paidRounds[e] + rounds, paidExtraRounds[e] + extraRounds);
    }

    function _claimData(uint256 e, uint256 chunk, uint256 chosen, uint256 lie, Shown memory it)
        private
        returns (bytes memory)
    {
        bytes memory records = OfferBooks.recordsOf(it.offers, chunk);
        uint256[] memory delivered = new uint256[](it.delivered.length);
        for (uint256 i = 0; i < delivered.length; i++) delivered[i] = it.delivered[i];
        if (lie == 1) delivered[_draw(delivered.length)] ^= 1 << _draw(ROUNDS + 1);
        if (lie == 2) records[_draw(records.length)] ^= 0x01;
        bytes32[] memory proof =
            Trees.proof(Deliveries.leaves(it.start, bitmaps[e]), chunk - it.start / OfferBooks.CHUNK);
        return abi.encodeCall(
            IBooks.claim,
            (
                e,
                chunk,
                chosen,
                OfferBooks.header(it.offers, chunk),
                records,
                OfferBooks.proof(it.offers, chunk),
                delivered,
                proof
            )
        );
    }

    /// Client-rounds and extra rounds that a claim would pay.
    function _new(uint256 e, uint256 chosen, Shown memory it) private view returns (uint256 rounds, uint256 extras) {
        for (uint256 i = 0; i < it.delivered.length; i++) {
            if ((chosen >> i) & 1 == 0) continue;
            (uint256 upTo, bool had) = books.paid(e, it.first + i);
            rounds += Trees.ones((it.delivered[i] >> upTo) << upTo);
            if (campaign.extra() > 0 && !had) extras += Trees.ones(it.delivered[i]);
        }
    }

    /// What the chosen will have got; no round twice.
    function _note(uint256 e, uint256 chosen, Shown memory it) private {
        (, EdgeState memory state,) = campaign.edge(e);
        for (uint256 i = 0; i < it.delivered.length; i++) {
            if ((chosen >> i) & 1 == 0) continue;
            (uint256 upTo, bool had) = books.paid(e, it.first + i);
            uint256 fresh = (it.delivered[i] >> upTo) << upTo;
            require(roundsOf[e][it.first + i] & fresh == 0, "B-3: a round would be paid twice");
            roundsOf[e][it.first + i] |= fresh;
            Listed memory offer = it.offers[it.start + it.first + i];
            uint256 more = had ? 0 : campaign.extra() * Trees.ones(it.delivered[i]);
            least[offer.client] += Trees.ones(fresh) * offer.cost * terms.tick + more;
            most[offer.client] += Trees.ones(fresh) * (state.price - _pathFee(e)) * terms.tick + more;
        }
    }

    // ------------------------------------------------------------------ deliveries

    function _signDeliveries(address signer, uint256 e, uint256 upTo, bytes32 root, uint256[] memory missing)
        internal
        view
        returns (bytes memory)
    {
        bytes32 kind = keccak256("Deliveries(uint256 edge,uint256 round,bytes32 root,uint256[] missing)");
        return _sign(signer, keccak256(abi.encode(kind, e, upTo, root, keccak256(abi.encodePacked(missing)))));
    }

    /// Mostly more of what was signed before; a lie changes that, or the counts.
    function _fill(Posted memory it, EdgeState memory state) private returns (bool honest) {
        honest = true;
        bool lies = _draw(8) == 0;
        it.delivered = new uint256[](campaign.status() == TRAINING ? state.winners : 0);
        uint256 signedFor = (1 << state.upToRound) - 1;
        for (uint256 i = 0; i < it.delivered.length; i++) {
            uint256 before = i < bitmaps[it.edge].length ? bitmaps[it.edge][i] : 0;
            uint256 fresh = _draw(2) == 0 ? type(uint256).max : uint256(keccak256(abi.encode(_draw(type(uint256).max))));
            it.delivered[i] = ((before & signedFor) | (fresh & ~signedFor)) & ((1 << it.upTo) - 1);
            if (lies && state.upToRound > 0) it.delivered[i] ^= 1 << _draw(state.upToRound);
            if ((it.delivered[i] ^ before) & signedFor != 0) honest = false;
        }
        it.missing = new uint256[](_draw(32) == 0 ? 2 : 1);
        it.missing[0] = Deliveries.missing(it.delivered, it.upTo);
        if (_draw(16) == 0) {
            it.missing[0] ^= 1 << _draw(16 * (ROUNDS + 1));
            honest = false;
        }
    }

    /// Whether such counts can be: none above the winners, none of a round to come, those signed before unchanged.
    function _possible(Posted memory it, EdgeState memory state) private view returns (bool) {
        for (uint256 r = 0; r < 16; r++) {
            uint256 count = (it.missing[0] >> (16 * r)) & 0xffff;
            if (count > (r < it.upTo ? state.winners : 0)) return false;
            if (r < state.upToRound && count != (counts[it.edge] >> (16 * r)) & 0xffff) return false;
        }
        return true;
    }

    /// Whose signature counts now; the zero address if nobody's does any more.
    function _signerInTime(uint256 e) internal view returns (address) {
        uint256 end = campaign.progress().end;
        uint256 deadline = end + terms.vetoWindow + terms.deliveryWindow;
        if (end == 0 || clock < deadline) return operators[operatorOf[e]];
        return clock < deadline + terms.deliveryWindow ? coordinator : address(0);
    }

    // ------------------------------------------------------------------ small things

    /// When a round may be recorded: when the one so many before it is accepted.
    function _buildable(uint256 number) internal view returns (uint256) {
        if (number <= terms.unaccepted) return 0;
        return campaign.recorded_at(number - terms.unaccepted) + terms.vetoWindow;
    }

    function _unaccepted() private view returns (uint256 count) {
        for (uint256 r = campaign.progress().done; r > 0 && clock < campaign.recorded_at(r) + terms.vetoWindow; r--) {
            count++;
        }
    }

    function _isOverHalf(uint256 number) private view returns (bool) {
        uint256 against = 0;
        uint256 all = 0;
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (Owner memory known, Bill memory bill) = campaign.owner(i);
            all += bill.charge;
            if (vetoed[known.account][number]) against += bill.charge;
        }
        return 2 * against > all;
    }

    function _buyers() private view returns (uint256 count) {
        if (campaign.status() != TRAINING) return 0;
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (, Bill memory bill) = campaign.owner(i);
            if (bill.level > 0) count++;
        }
    }

    function _claimedBelow(uint256 e) internal view returns (uint256 rounds) {
        for (uint256 k = 0; k < EDGES; k++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(k);
            if (k == e || known.parent == e + 1) rounds += state.claimed;
        }
    }

    function _allDelivered() internal view returns (bool) {
        Progress memory at = campaign.progress();
        if (at.done > 0 && !at.released) return false;
        for (uint256 e = 0; e < EDGES; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            if (state.winners > 0 && state.upToRound < at.done) return false;
        }
        return true;
    }
}
