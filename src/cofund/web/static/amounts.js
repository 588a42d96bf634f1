// Amounts as people type them, exact: whole tokens become base units without any floating point. What is read and what is
// refused is the same as in src/cofund/roles/amounts.py; tests/browser/test_web_amounts.py holds one against the other.
const AMOUNT = /^[ \t]*([0-9]{1,3}(?:_[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?[ \t]*$/;
const MOST = 2n ** 96n - 1n;

export function baseUnits(text, decimals) {
  const found = AMOUNT.exec(text), fraction = (found?.[2] ?? "").replace(/0+$/, "");
  const example = decimals ? `9500 or 1.40, at most ${decimals} digits after the point` : "9500";
  if (!found || fraction.length > decimals) throw new Error(`Expected an amount such as ${example}${text.includes(",") ? ", and no comma" : ""}.`);
  const units = BigInt(found[1].replaceAll("_", "")) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, "0") || "0");
  if (units > MOST) throw new Error("Expected an amount of at most 2^96 - 1 base units.");
  return units;
}

export function shown(units, { decimals, unit }) {
  const all = BigInt(units), scale = 10n ** BigInt(decimals);
  const fraction = decimals ? String((all < 0n ? -all : all) % scale).padStart(decimals, "0").replace(/0+$/, "").padEnd(Math.min(2, decimals), "0") : "";
  return `${all / scale}${fraction && `.${fraction}`}${unit && ` ${unit}`}`;
}

// The same amount twice, so that nobody takes a decimal point for a separator: whole tokens, and base units.
export const spelled = (units, token) => `${shown(units, token)}, which is ${units} base units`;
