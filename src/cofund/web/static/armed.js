// Whether money may be locked from here: only in a campaign whose code and terms the server has compared and shown so.
export const armed = () => document.querySelector("[data-actions]")?.closest("[data-checked]")?.dataset.checked === "yes";
