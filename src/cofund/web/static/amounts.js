// Amounts as people type them, exact: whole tokens become base units without any floating point.
export function baseUnits(text, decimals) {
  const found = /^([0-9][0-9_,]*)(?:\.([0-9]+))?$/.exec(text.trim());
  const fraction = (found?.[2] ?? "").replace(/0+$/, "");
  if (!found || fraction.length > decimals) throw new Error(`Expected an amount such as 9500${decimals ? ` or 1.40, at most ${decimals} digits after the point` : ""}.`);
  return BigInt(found[1].replace(/[_,]/g, "")) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, "0") || "0");
}

export function shown(units, { decimals, unit }) {
  const all = BigInt(units), scale = 10n ** BigInt(decimals);
  const fraction = decimals ? String((all < 0n ? -all : all) % scale).padStart(decimals, "0").replace(/0+$/, "").padEnd(Math.min(2, decimals), "0") : "";
  return `${all / scale}${fraction && `.${fraction}`}${unit && ` ${unit}`}`;
}
