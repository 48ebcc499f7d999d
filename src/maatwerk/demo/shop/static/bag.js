// Into the bag without leaving the page.
// @ts-check
import { NEEDS } from "./asking.js";
import { say } from "./privacy.js";

/** @param {any} page @param {(...call: any[]) => void} maatwerk */
export function bag(page, maatwerk) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-add]"));
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[data-problem]");
    problem?.replaceChildren();
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(/** @type {any} */ (new FormData(form))),
        headers: { accept: "application/json" },
      });
      const answer = await response.json();
      if (answer.problem) return problem?.replaceChildren(answer.problem);
      maatwerk("track", "Product Added", answer.event);
      for (const count of document.querySelectorAll("[data-bag-count]")) {
        count.textContent = answer.count;
        count.removeAttribute("hidden");
      }
      const link = Object.assign(document.createElement("a"), { href: "/shop/cart", textContent: "View bag" });
      say(`${answer.event.name} is in your bag.`, link);
    } catch {
      form.submit();
    }
  });

  // An invented address, so that nobody has to give her own to a simulated shop.
  const checkout = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-checkout]"));
  checkout?.querySelector("[data-fill]")?.addEventListener("click", () => {
    const invented = { email: "anna@example.com", name: "Anna Linden", street: "Vlierstraat 12", postcode: "3511 AB", city: "Utrecht" };
    for (const [name, value] of Object.entries(invented)) {
      const input = /** @type {HTMLInputElement} */ (checkout.elements.namedItem(name));
      if (!input.value) input.value = value;
    }
  });
  checkout?.addEventListener("change", () => {
    const { email, offers } = /** @type {any} */ (checkout.elements);
    const problem = checkout.querySelector("[data-problem]");
    problem?.replaceChildren(offers.checked && !page.consent?.storage ? NEEDS : "");
    if (!offers.checked || !email.value || !email.checkValidity()) return;
    maatwerk("identify", page.userId, { email: email.value });
    maatwerk("consent", { email: true }, { source: "checkout", version: "offers-1" });
  });
  /** @type {HTMLElement | null} */ (document.querySelector(".summary"))?.focus();
}
