// Wishes by e-mail: a product that is back, a bag to remember. Both need a yes to e-mail, and to being remembered.
// @ts-check

export const NEEDS = "For this we have to remember you on this device: please allow it under “Privacy choices”.";

/** @param {any} page @param {(...call: any[]) => void} maatwerk */
export function wishes(page, maatwerk) {
  const sold_out = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-back-in-stock]"));
  if (sold_out)
    asked(page, maatwerk, sold_out, "back-in-stock-1", "Good: we write to you as soon as it is back.", () =>
      maatwerk("track", "Back In Stock Requested", page.product),
    );
  const later = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-remind]"));
  if (later) asked(page, maatwerk, later, "remind-1", "Good: if you leave your bag, we write to you.", () => {});
}

/** @param {any} page @param {(...call: any[]) => void} maatwerk @param {HTMLFormElement} form @param {string} version @param {string} thanks @param {() => void} tell */
function asked(page, maatwerk, form, version, thanks, tell) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!page.consent?.storage) return form.querySelector("[data-problem]")?.replaceChildren(NEEDS);
    const email = /** @type {HTMLInputElement} */ (form.querySelector("[type=email]")).value;
    maatwerk("identify", page.userId, { email });
    maatwerk("consent", { email: true }, { source: "form", version });
    tell();
    const note = Object.assign(document.createElement("p"), { className: "stock", textContent: thanks, tabIndex: -1 });
    const mail = Object.assign(document.createElement("a"), { href: "/demo/mail", textContent: "Read your mail" });
    note.append(" ", mail);
    form.replaceChildren(note);
    note.focus();
  });
}
