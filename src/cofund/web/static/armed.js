// Whether anything may be signed here: only for a campaign whose code and terms the server has checked and shown so.
export const armed = () => document.querySelector("[data-actions]")?.closest("[data-checked]")?.dataset.checked !== "no";
