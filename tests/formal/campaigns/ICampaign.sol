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
    uint256 unaccepted;
    uint256 deliveryWindow;
    uint256 tick;
    uint256 cohort;
    uint256 minCohort;
    uint256 ceiling;
    uint256 coordinatorFee;
    uint256 rounds;
    uint256 tolerance;
    uint256 ownerBond;
    uint256 bookBond;
    uint256 edgeBond;
    uint256 coordinatorBond;
    uint256 stake;
    uint256 absenceWindow;
    bool isSealed;
    bool listedOwners;
    bytes32 digest;
}

struct EdgeTerms {
    address operator;
    uint256 capacity;
    uint256 fee;
    uint256 ceiling;
    uint256 parent;
}

struct EdgeState {
    uint256 price;
    uint256 winners;
    uint256 upToRound;
    uint256 delivered;
    uint256 claimed;
    uint256 feeRounds;
    uint256 extraRounds;
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

struct Progress {
    uint256 rounds;
    uint256 done;
    uint256 deadline;
    uint256 end;
    bool halted;
    bool released;
}

struct OwnerWeight {
    address owner;
    uint256 weight;
}

struct Opening {
    address sender;
    uint256 amount;
    bytes32 salt;
}

struct Boundary {
    uint256 winners;
    uint256 header;
    bytes32 clientsDigest;
    bytes costs;
    bytes32[] proof;
}

/// What a campaign can be asked and told; `status` is a Vyper flag: a power of two.
interface ICampaign {
    function post_coordinator_bond() external;
    function post_edge_bond(uint256 edge) external;
    function lock_sponsorship() external;
    function commit_bid(bytes32 commitment, uint256 escrow, bytes32 encryptionKey) external;
    function reveal_bids(Opening[] calldata openings) external;
    function cancel() external;
    function record_round(uint256 number, bytes32 modelDigest, bytes32 updatesRoot, int256 metric) external;
    function veto(uint256 number) external;
    function halt() external;
    function post_deliveries(
        uint256 edge,
        uint256 upTo,
        bytes32 root,
        uint256[] calldata missing,
        bytes calldata signature
    ) external;
    function release_models(bytes32[] calldata boxes) external;
    function close() external;
    function withdraw(address[] calldata accounts) external;
    function claim_edge_fee(uint256 edge) external;

    // for its books alone
    function book_committed(address operator, uint256 edge, uint256 clients) external;
    function book_opened(address operator, uint256[] calldata sections) external;
    function book_returned(address operator, uint256 book, uint256 clients, bool opened) external;
    function settlement_attempted(address settler) external returns (uint256);
    function stake_returned(address account) external;
    function attempt_given_up(address settler) external;
    function pay_clients(
        uint256 edge,
        uint256 rounds,
        uint256 extraRounds,
        address[] calldata clients,
        uint256[] calldata amounts,
        uint256 saved
    ) external;

    function terms() external view returns (Terms memory);
    function books() external view returns (IBooks);
    function status() external view returns (uint256);
    function coordinator_bonded() external view returns (bool);
    function sponsor_locked() external view returns (uint256);
    function owner_count() external view returns (uint256);
    function round_cost() external view returns (uint256);
    function progress() external view returns (Progress memory);
    function recorded_at(uint256 number) external view returns (uint256);
    function credit(address account) external view returns (uint256);
    function deposited() external view returns (uint256);
    function paid_out() external view returns (uint256);
    function lost_bonds() external view returns (uint256);
    function extra() external view returns (uint256);
    function owner(uint256 index) external view returns (Owner memory, Bill memory);
    function edge(uint256 index) external view returns (EdgeTerms memory, EdgeState memory, bytes32);
}

interface IBooks {
    function commit_book(uint256 edge, bytes32 commitment, uint256 clients) external;
    function open_book(address operator, bytes32 seed, uint256[] calldata counts) external; // the records follow
    function return_bond(address operator) external;
    function settle(Boundary[] calldata boundaries) external;
    function claim(
        uint256 edge,
        uint256 chunk,
        uint256 chosen,
        uint256 header,
        bytes calldata records,
        bytes32[] calldata proof,
        uint256[] calldata delivered,
        bytes32[] calldata deliveredProof
    ) external;

    function book(address operator) external view returns (uint256 clients, bool open, bool returned);
    function paid(uint256 edge, uint256 place) external view returns (uint256 upTo, bool extra);
}

interface IFactory {
    function create(
        Terms calldata terms,
        EdgeTerms[] calldata edges,
        uint256[] calldata curve,
        uint256[] calldata goals,
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
