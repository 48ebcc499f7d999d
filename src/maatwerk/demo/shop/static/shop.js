// The shop's own script. Every page works without it; what is personal comes from Maatwerk's module, by its
// public calls alone. Calls made before that module has arrived wait in a list, and for ever if it never does.
// @ts-check
import { wishes } from "./asking.js";
import { bag } from "./bag.js";
import { find } from "./find.js";
import { privacy } from "./privacy.js";
import { arrange, lay, rows } from "./personal.js";
import { greet, taste } from "./taste.js";

const page = JSON.parse(document.getElementById("page")?.textContent ?? "{}");
const happened = page.happened;
/** @type {any[][] | null} */
let waiting = [];
/** @type {any} */
let api = null;
/** @param {any[]} call */
const maatwerk = (...call) => {
  if (api) api[call[0]](...call.slice(1));
  else waiting?.push(call);
};
import(`${page.endpoint ?? ""}/maatwerk.js`).then(
  (module) => {
    api = module.default;
    for (const call of waiting ?? []) maatwerk(...call);
    import(`${page.endpoint ?? ""}/maatwerk-popups.js`).then((popups) => popups.default(), () => {}); // the shop goes on without
    waiting = null;
  },
  () => {
    waiting = null; // it never came: the shop goes on without it
    document.documentElement.classList.add("answered");
  },
);

maatwerk("render", "products", rows(page));
maatwerk("render", "navigation", arrange(page));
maatwerk("on", "decision", (/** @type {any} */ answer) => {
  page.personal = answer.personal === true;
  greet(answer.visitor);
  lay(page, answer.layout);
  document.documentElement.classList.add("answered");
});
maatwerk("start", {
  writeKey: page.writeKey,
  ...(page.endpoint ? { endpoint: page.endpoint } : {}),
  page: page.page,
  cart: page.cart,
  placements: ["popup"],
  consent: page.consent ?? undefined,
  userId: happened.signed_in ? undefined : page.userId,
  userSignature: page.userSignature ?? undefined,
  currency: "EUR",
  locale: "en-NL",
});
if (happened.identify) {
  maatwerk("identify", page.userId, happened.identify, { signature: page.userSignature ?? "" });
  if (happened.signed_in) maatwerk("track", "Signed In", {});
}
if (happened.email_consent) maatwerk("consent", { email: true }, { source: "form", version: "offers-1" });
for (const { event, properties } of [...(happened.tell ?? []), ...page.tell]) maatwerk("track", event, properties);
if (page.search) maatwerk("searchResults", page.search.query_id, page.search.skus);

maatwerk("on", "consent", () => taste(page));
setTimeout(() => taste(page)); // after what the page itself has to tell
privacy(page, maatwerk);
find(page, () => api?.ids?.() ?? {});
bag(page, maatwerk);
wishes(page, maatwerk);

// -- small conveniences of the shop itself

document.querySelector("[data-close-ribbon]")?.addEventListener("click", (event) => {
  document.cookie = "shop_ribbon=closed; path=/shop; samesite=lax";
  /** @type {Element} */ (event.target).closest(".ribbon")?.remove();
  document.querySelector("main")?.focus();
});

document.querySelector("[data-greet-me]")?.addEventListener("change", ({ target }) => {
  const [greeting, salutation] = /** @type {HTMLSelectElement} */ (target).value.split(" ");
  maatwerk("identify", page.userId, { greeting, ...(salutation ? { salutation } : {}) }, { signature: page.userSignature ?? "" });
  const said = document.querySelector("[data-greet-said]");
  if (said) said.textContent = "Kept. The home page greets you so from now on.";
});

for (const form of document.querySelectorAll("[data-filters], [data-quantity]"))
  form.addEventListener("change", ({ target }) => target instanceof HTMLSelectElement && target.form?.requestSubmit());

document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element)) return;
  for (const open of document.querySelectorAll(".facet[open]")) if (!open.contains(target)) open.removeAttribute("open");
  const card = target.closest("[data-list] [data-sku]");
  const list = /** @type {HTMLElement | null} */ (card?.closest("[data-list]") ?? null);
  if (!card || !list || !target.closest("a")) return;
  const position = [...list.children].indexOf(card) + 1 + Number(list.dataset.first);
  maatwerk("track", "Product Clicked", { sku: card.getAttribute("data-sku"), position, list_id: list.dataset.list });
});
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  const open = /** @type {HTMLElement | null} */ (document.querySelector(".facet[open]"));
  open?.removeAttribute("open");
  open?.querySelector("summary")?.focus();
});

for (const el of document.querySelectorAll("time[data-time]")) {
  const at = new Date(1000 * Number(el.getAttribute("data-time")));
  /** @type {HTMLTimeElement} */ (el).dateTime = at.toISOString();
  el.textContent = at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) + ",";
}
