"use strict";
// Recomputes the sums of this page from the data embedded in it. Amounts are BigInt: no digit is lost.
const data = JSON.parse(document.getElementById("data").textContent);
const sum = (list, pick) => list.reduce((total, item) => total + BigInt(pick(item)), 0n);
const up = (a, b) => (a + b - 1n) / b;
const least = (list) => list.reduce((a, b) => (b < a ? b : a));
const books = Object.fromEntries(Object.entries(data.conservation).map(([name, value]) => [name, BigInt(value)]));
const winners = data.clients.filter((client) => client.wins);
const total = (client) => BigInt(client.asked) + BigInt(data.edges[client.edge].path_fee);
const delivered = (client) => BigInt([...client.rounds].filter((mark) => mark === "1").length);
const names = Object.keys(data.edges);
const places = Object.fromEntries(names.map((name) => [name, 0]));  // at and below an edge, like the next
const feeRounds = Object.fromEntries(names.map((name) => [name, 0n]));
const edgeRounds = Object.fromEntries(names.map((name) => [name, 0n]));
const path = (name) => (name ? [name, ...path(data.edges[name].parent)] : []);  // to the cloud, which is ""
for (const client of winners) {
  edgeRounds[client.edge] += delivered(client);
  for (const name of path(client.edge)) {
    places[name] += 1;
    feeRounds[name] += delivered(client);
  }
}
const full = (name) => places[name] === data.edges[name].capacity;
const losers = data.clients.filter((client) => !client.wins && total(client) <= BigInt(data.edges[client.edge].ceiling));
const turnedAway = {};  // by edge, the cheapest loser whom one more place there would let in
for (const client of losers) {
  for (const name of [...path(client.edge), ""]) {
    turnedAway[name] = name in turnedAway ? least([turnedAway[name], total(client)]) : total(client);
    if (name && full(name)) break;
  }
}
const cutoffs = Object.fromEntries(names.map((name) => [
  name, least([BigInt(data.edges[name].ceiling), ...[...path(name), ""].filter((at) => at in turnedAway).map((at) => turnedAway[at])]),
]));

function money(amount) {
  const sign = amount < 0n ? "-" : "";
  const digits = String(amount < 0n ? -amount : amount).padStart(data.decimals + 1, "0");
  const cut = digits.length - data.decimals;
  const whole = digits.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, ",");
  return sign + whole + "." + digits.slice(cut).replace(/0+$/, "").padEnd(2, "0");
}

function shares(owner) {
  let paid = 0n;
  for (const [first, last, blocks, cost] of data.blocks) {
    const buyers = data.owners.filter((other) => other.level >= last);
    if (owner.level < last || !buyers.length) continue;
    paid += BigInt(blocks) * up(BigInt(owner.weight) * BigInt(cost), sum(buyers, (other) => other.weight));
  }
  return paid;
}

function pivots(owner) {
  const cost = winners.reduce((n, client) => n + total(client), BigInt(data.coordinator_fee));
  const worth = (other, step) => (BigInt(other.bid) * BigInt(step)) / 1000000000n;
  return data.quality.reduce((paid, step) => {
    const most = worth(owner, step) - (sum(data.owners, (other) => worth(other, step)) - cost);
    return most > 0n ? paid + most : paid;
  }, 0n);
}

const checks = {
  deposits() {
    const put = sum(data.payments, (row) => row[0]), got = sum(data.payments, (row) => row[1]);
    const holds = put === books.deposited && got === books.paid_out && put - got === books.held;
    return [holds, `${money(put)} in − ${money(got)} out = ${money(put - got)} held`];
  },
  charges() {
    const charged = sum(data.owners, (owner) => owner.charge);
    const parts = ["clients", "edges", "coordinator", "undelivered_back_to_payers", "dust_to_initiator",
      "not_earned_back_to_payers", "early_end_to_clients", "coordinators_fee_back_to_owners"].map((name) => books[name]);
    const spent = parts.reduce((a, b) => a + b, 0n);
    const holds = charged === books.charges && charged + books.sponsored === spent;
    return [holds, `${money(charged + books.sponsored)} paid, ${money(spent)} accounted for`];
  },
  shares() {
    const due = data.rule === "vcg" ? pivots : shares;
    const right = data.owners.filter((owner) => due(owner) === BigInt(owner.charge)).length;
    const needed = BigInt(data.bought) * BigInt(data.round_cost);
    const raised = sum(data.owners, (owner) => owner.charge) + books.sponsored;
    const holds = right === data.owners.length && raised >= needed;
    return [holds, `${right} of ${data.owners.length} charges are what the rule says; ${money(raised)} covers ${money(needed)}`];
  },
  bids() {
    const fair = data.owners.filter((o) => BigInt(o.charge) <= BigInt(o.bid) && BigInt(o.bid) <= BigInt(o.escrow)).length;
    return [fair === data.owners.length, `${fair} of ${data.owners.length} owners pay at most their bid, within escrow`];
  },
  prices() {
    const right = names.filter((name) => cutoffs[name] === BigInt(data.edges[name].price)).length;
    return [right === names.length, `${right} of ${names.length} prices are the cheapest offer that could step in`];
  },
  winners() {
    const paid = winners.filter((client) => total(client) <= BigInt(data.edges[client.edge].price)).length;
    const fits = names.every((name) => places[name] <= data.edges[name].capacity);
    const holds = paid === winners.length && fits && winners.length <= data.cohort;
    return [holds, `${paid} of ${winners.length} are paid at least what they ask; no edge is over its capacity`];
  },
  deliveries() {
    const signed = names.filter((name) => edgeRounds[name] === BigInt(data.edges[name].signed)).length;
    const rounds = data.rounds.filter(
      (count, at) => count === winners.filter((client) => client.rounds[at] === "1").length).length;
    const holds = signed === names.length && rounds === data.rounds.length;
    const all = names.reduce((n, name) => n + edgeRounds[name], 0n);
    return [holds, `${all} client-rounds: ${signed} of ${names.length} edges signed as many, ${rounds} of ${data.rounds.length} rounds agree`];
  },
  pay() {
    const pay = winners.reduce((n, client) => {
      const edge = data.edges[client.edge];
      return n + delivered(client) * (BigInt(edge.price) - BigInt(edge.path_fee));
    }, 0n);
    const fees = names.reduce((n, name) => n + feeRounds[name] * BigInt(data.edges[name].fee), 0n);
    const cloud = BigInt(data.coordinator_fee) * BigInt(data.rounds.length);
    const holds = pay === books.clients && fees === books.edges && cloud === books.coordinator + books.coordinators_fee_back_to_owners;
    return [holds, `clients ${money(pay)}, edges ${money(fees)}, coordinator ${money(cloud)}`];
  },
};

let failed = 0;
for (const row of document.querySelectorAll("[data-check]")) {
  const [mark, found] = row.querySelectorAll("td");
  let holds = false, numbers = "the embedded data cannot be read";
  try { [holds, numbers] = checks[row.dataset.check](); } catch (error) { numbers = String(error); }
  failed += holds ? 0 : 1;
  mark.className = holds ? "good" : "bad";
  mark.textContent = holds ? "✓ holds" : "✗ fails";
  found.textContent = numbers;
}
const verdict = document.getElementById("checks-verdict");
verdict.className = failed ? "bad" : "good";
verdict.textContent = failed ? `✗ ${failed} of these checks fail.` : "✓ All of these checks hold.";
