// How this shop draws what Maatwerk chose: rows of its own cards, and the order of its menu.
// @ts-check
import { judge } from "./taste.js";

const formats = new Map();

/** @param {{amount: string, currency: string}} money */
const written = ({ amount, currency }) => {
  const digits = Number(amount) % 1 ? 2 : 0;
  const key = currency + digits;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: 2 }));
  return formats.get(key).format(Number(amount));
};

/** @param {string} tag @param {string} name @param {(Node | string)[]} children @returns {any} */
const element = (tag, name, ...children) => {
  const el = document.createElement(tag);
  if (name) el.className = name;
  el.append(...children);
  return el;
};

/** Only addresses of the web. @param {string | undefined} url */
const safe = (url) => {
  try {
    const { protocol, href } = new URL(url ?? "", document.baseURI);
    return /^https?:$/.test(protocol) ? href : "";
  } catch {
    return "";
  }
};

/** What is paid now and, where it is reduced, what it was: `regular_price` beside `price`, or `sale_price`.
 * @param {any} product @returns {{now: any, was: any}} */
const prices = ({ price, regular_price: regular, sale_price: sale }) => {
  const [now, was] = sale ? [sale, price] : [price, regular];
  return { now, was: now && was && Number(now.amount) < Number(was.amount) ? was : null };
};

/** @param {any} product */
const price = (product) => {
  const { now, was } = prices(product);
  const el = element("span", "price");
  if (was) el.append(element("span", "unseen", "Now "), element("ins", "", written(now)), element("span", "unseen", ", was "), " ", element("del", "", written(was)));
  else if (now) el.append(written(now));
  return el;
};

/** @param {any} item @param {any} slot @param {string} reason @param {string} placement @param {any} page */
const card = (item, slot, reason, placement, page) => {
  const product = item.product ?? {};
  const name = product.name ?? item.sku;
  const frame = element("span", "frame");
  const image = safe(product.image);
  if (image) frame.append(Object.assign(document.createElement("img"), { alt: "", width: 600, height: 750, loading: "lazy", decoding: "async", src: image }));
  const { now, was } = prices(product);
  if (was) frame.append(element("span", "badge", `−${Math.round(100 - (100 * now.amount) / was.amount)} %`));
  const link = element("a", "card-link", frame, element("span", "brand", product.brand ?? "\u00a0"), element("span", "name", name));
  link.href = safe(product.url) || "#";
  const ask = element("button", "why-this", "Why this?");
  ask.type = "button";
  ask.setAttribute("aria-label", `Why this? ${name}`);
  ask.addEventListener("click", () => explain(item, slot, name, placement, page));
  const li = element("li", "card", link, element("p", "card-price", price(product), ask), element("p", "reason", reason));
  li.dataset.sku = item.sku;
  return li;
};

const SOURCES = /** @type {Record<string, string>} */ ({ primary: "Chosen for this place first", fallback: "Fills up the row: nothing more personal was left" });

/** Words first, numbers second. @param {any} item @param {any} slot @param {string} name @param {string} placement @param {any} page */
const explain = (item, slot, name, placement, page) => {
  const card = document.getElementById("why");
  const body = card?.querySelector("[data-why]");
  if (!card || !body) return;
  const facts = element("dl", "");
  const fact = (/** @type {string} */ term, /** @type {any} */ value) => value != null && value !== "" && facts.append(element("dt", "", term), element("dd", "", String(value)));
  fact("Place", placement);
  fact("Chosen by", slot.unit);
  fact("Rank", item.rank);
  fact("Score", typeof item.score === "number" ? item.score.toPrecision(3) : null);
  if (slot.experiment) fact("Experiment", `${slot.experiment.key}, ${slot.experiment.variant}`);
  const source = slot.fallback ? `Stands in: ${slot.fallback}` : (SOURCES[item.source] ?? item.source);
  const link = element("a", "", "See the whole decision behind the scenes");
  link.href = "/console";
  body.replaceChildren(
    element("p", "", element("b", "", name)),
    element("p", "", sentence(item.reason || "A favorite of this shop")),
    element("p", "help", source ? sentence(source) : ""),
    facts,
    element("p", "help", link),
  );
  judge(page, body, item, name);
  card.showPopover();
};

/** @param {string | undefined} text */
const sentence = (text) => (text ? text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "");

/** The reason of more than half of a row: said once above it. @param {string[]} reasons */
const common = (reasons) => reasons.find((reason) => reasons.length > 1 && 2 * reasons.filter((r) => r === reason).length > reasons.length) ?? "";

/** @param {any} page */
export const rows = (page) => (/** @type {any} */ slot, /** @type {HTMLElement} */ el, /** @type {string} */ placement) => {
  const items = slot.items ?? [];
  if (!items.length) return false;
  const shared = common(items.map((/** @type {any} */ item) => item.reason ?? ""));
  const title = slot.title || el.getAttribute("aria-label") || "";
  const cards = items.map((/** @type {any} */ item) => card(item, slot, item.reason === shared ? "" : sentence(item.reason), placement, page));
  const row = element("ul", "row", ...cards);
  row.setAttribute("role", "list");
  const head = element("header", "slot-head", element("h2", "", title), element("p", "because", sentence(shared) || "\u00a0"));
  // Two rows that the crowd filled may bear one title: a landmark's name is its own.
  const twin = [...document.querySelectorAll("section[aria-label]")].some((other) => other !== el && other.getAttribute("aria-label") === title);
  twin ? el.removeAttribute("aria-label") : el.setAttribute("aria-label", title);
  el.classList.add("filled");
  el.replaceChildren(head, row);
  return true;
};

/** The order of the menu, and whose home this is. Links move, none goes away. @param {any} page */
export const arrange = (page) => (/** @type {any} */ slot, /** @type {HTMLElement} */ el) => {
  const list = el.querySelector("ul");
  // What she gave no attention yet keeps the shop's order.
  const items = (slot.items ?? []).filter((/** @type {any} */ { score, share }) => (share ?? score ?? 1) > 0);
  if (!list || !items.length || !page.personal || slot.fallback) return false;
  const rank = new Map();
  for (const { category } of items) {
    const top = String(category).split("/")[0];
    if (!rank.has(top)) rank.set(top, rank.size);
  }
  const links = /** @type {HTMLElement[]} */ ([...list.children]);
  const place = (/** @type {HTMLElement} */ li) => rank.get(li.dataset.category) ?? rank.size;
  const wanted = [...links].sort((a, b) => place(a) - place(b));
  if (page.consent?.personalization) {
    const order = wanted.map((li) => li.dataset.category).join(".");
    document.cookie = `shop_menu=${order}; path=/shop; max-age=2592000; samesite=lax`;
  }
  welcome(wanted[0].dataset.category ?? "");
  if (wanted.some((li, i) => li !== links[i]) && !el.matches(":hover, :focus-within")) move(list, wanted);
  return true;
};

/** The parts of the page in the order of her layout: at once where none of them is in view, else from the next
 * page on. @param {any} page @param {any} layout */
export const lay = (page, layout) => {
  const parts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-place]")]);
  if (!layout || !parts.length) return;
  const order = layout.key ? layout.placements : [];
  if (page.consent?.personalization) document.cookie = `shop_layout=${order.join("!")}; path=/shop; max-age=${order.length ? 2592000 : 0}; samesite=lax`;
  const place = (/** @type {HTMLElement} */ part) => (order.indexOf(part.dataset.place) + order.length + 1) % (order.length + 1);
  const wanted = [...parts].sort((a, b) => place(a) - place(b));
  if (!order.length || parts.some((part) => part.getBoundingClientRect().top < innerHeight)) return;
  const end = parts[parts.length - 1].nextSibling;
  for (const part of wanted) end?.parentNode?.insertBefore(part, end);
};

/** On the home page, the hero and the first department are hers. @param {string} first */
const welcome = (first) => {
  const parts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".hero-one, .department")]);
  if (!parts.some((part) => part.dataset.line === first)) return;
  for (const part of parts) part.classList.toggle("on", part.dataset.line === first);
};

/** Each link glides from where it was to where it belongs. @param {HTMLElement} list @param {HTMLElement[]} wanted */
const move = (list, wanted) => {
  const before = new Map(wanted.map((li) => [li, li.offsetLeft]));
  list.append(...wanted);
  for (const li of wanted) li.style.transform = `translateX(${(before.get(li) ?? 0) - li.offsetLeft}px)`;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      for (const li of wanted) {
        li.classList.add("moving");
        li.style.transform = "";
      }
    }),
  );
};
