// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

struct Terms {
    address token;
    address initiator;
    address coordinator;
    address sponsor;
    address sharing;
    bool underwritten;
    uint256 matched;
    uint256 commitEnd;
    uint256 revealEnd;
    uint256 settleEnd;
    uint256 roundLimit;
    uint256 vetoWindow;
    uint256 deliveryWindow;
    uint256 tick;
    uint256 cohort;
    uint256 minCohort;
    uint256 ceiling;
    uint256 coordinatorFee;
    uint256 rounds;
    uint256 goal;
    uint256 tolerance;
    uint256 ownerBond;
    uint256 clientBond;
    uint256 edgeBond;
    uint256 coordinatorBond;
    bool listedOwners;
    bytes32 digest;
}

struct EdgeTerms {
    address operator;
    uint256 capacity;
    uint256 fee;
    bool admits;
}

struct EdgeState {
    uint256 bound;
    uint256 winners;
    uint256 upToRound;
    uint256 delivered;
    uint256 claimed;
    uint256 feeRounds;
    bool bonded;
    bool stoodIn;
}

struct Owner {
    address account;
    uint256 weight;
    bool opened;
    uint256 owed;
    uint256 bid;
}

struct Bill {
    uint256 level;
    uint256 charge;
}

struct Client {
    uint256 position;
    uint256 poster;
    bool opened;
    bool bondSettled;
    uint256 seal;
    uint256 paidRounds;
    uint256 paid;
}

struct OwnerWeight {
    address owner;
    uint256 weight;
}

struct Opening {
    address sender;
    uint256 amount;
    uint256 edge;
    bytes32 salt;
}

struct SealedOffer {
    address client;
    bytes32 commitment;
    bytes32 r;
    bytes32 vs;
}

/// What a campaign can be asked and told; `status` is a Vyper flag: a power of two.
interface ICampaign {
    function post_coordinator_bond() external;
    function post_edge_bond(uint256 edge) external;
    function lock_sponsorship() external;
    function commit_bid(bytes32 commitment, uint256 escrow, bytes32 encryptionKey) external;
    function commit_offer(bytes32 commitment) external;
    function relay_offers(uint256 edge, SealedOffer[] calldata offers) external;
    function reveal_bids(Opening[] calldata openings) external;
    function reveal_offers(Opening[] calldata openings) external;
    function settle(uint256 cutoff, uint256[] calldata edgeCutoffs) external;
    function cancel() external;
    function record_round(uint256 number, bytes32 modelDigest, bytes32 updatesRoot, int256 metric) external;
    function veto(uint256 number) external;
    function halt() external;
    function post_deliveries(uint256 edge, uint256 upTo, bytes32 root, uint256 total, bytes32 r, bytes32 vs) external;
    function release_models(bytes32 root) external;
    function close() external;
    function withdraw(address[] calldata accounts) external;
    function return_bonds(address[] calldata clients) external;
    function claim(address client, uint256 bitmap, bytes32[] calldata proof) external;
    function claim_many(uint256 edge, address[] calldata clients, uint256[] calldata bitmaps, bytes32[] calldata proof)
        external;
    function claim_edge_fee(uint256 edge) external;

    function terms() external view returns (Terms memory);
    function status() external view returns (uint256);
    function coordinator_bonded() external view returns (bool);
    function sponsor_locked() external view returns (uint256);
    function owner_count() external view returns (uint256);
    function offer_count() external view returns (uint256);
    function revealed_count() external view returns (uint256);
    function round_cost() external view returns (uint256);
    function rounds() external view returns (uint256);
    function rounds_done() external view returns (uint256);
    function round_deadline() external view returns (uint256);
    function training_end() external view returns (uint256);
    function recorded_at(uint256 number) external view returns (uint256);
    function release_root() external view returns (bytes32);
    function credit(address account) external view returns (uint256);
    function deposited() external view returns (uint256);
    function paid_out() external view returns (uint256);
    function lost_bonds() external view returns (uint256);
    function price(uint256 edge) external view returns (uint256);
    function owner(uint256 index) external view returns (Owner memory, Bill memory);
    function edge(uint256 index) external view returns (EdgeTerms memory, EdgeState memory, bytes32);
    function offer(address client) external view returns (Client memory, uint256, uint256);
}

interface IFactory {
    function create(
        Terms calldata terms,
        EdgeTerms[] calldata edges,
        uint256[] calldata curve,
        OwnerWeight[] calldata weights,
        string calldata store
    ) external returns (address);
}

interface IToken {
    function mint(address[] calldata receivers, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function transfer(address receiver, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}
