// @ts-check
// Maatwerk in the page; docs/sdk.md explains. Nothing is stored, no identifier leaves before `storage` is granted.
/** @import * as T from "./types" */

const KEY = "maatwerk", QUEUE = "maatwerk.queue";
const HALF_HOUR = 1_800_000;
const LETTERS = 20_000; // at most 60 KB as UTF-8, and 64 may outlive a page

let options = /** @type {T.Options} */ ({});
let page = /** @type {T.Page} */ ({});
let signature = ""; // never stored
let views = 0;
let due = false; // a decision is about to be asked
let previous = document.referrer;
let told = new Set(); // by the page itself, in this view
let found = /** @type {T.Slot} */ ({ kind: "search" });

/** @param {() => any} action */
const attempt = (action) => {
  try {
    return action();
  } catch {}
};

const uuid = () => crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-"); // plain http

/** @returns {T.Me} */
const load = () => {
  const saved = attempt(() => JSON.parse(localStorage[KEY]));
  if (saved?.consent?.storage && saved.anonymousId) return saved;
  return { consent: { storage: false, analytics: false, personalization: false, advertising: false } };
};

const save = () => me.consent.storage && attempt(() => (localStorage[KEY] = JSON.stringify(me)));

/** @returns {T.Message[]} */
const stored = () => [attempt(() => JSON.parse(localStorage[QUEUE]))].flat().filter((m) => m?.messageId);

/** For the next page. @param {T.Message[]} done */
const keep = (done = []) => {
  if (!me.consent.storage) return;
  const all = new Map([...stored(), ...queue].map((m) => [m.messageId, m]));
  for (const m of done) all.delete(m.messageId);
  const left = [...all.values()].map((m) => ({ ...m, userSignature: undefined }));
  attempt(() => (localStorage[QUEUE] = JSON.stringify(left.slice(-200))));
};

let me = load();
let answered = me.consent.storage;

const session = () => {
  const at = Date.now();
  me.session = { id: me.session && at - me.session.at < HALF_HOUR ? me.session.id : uuid(), at };
  save();
  return me.session.id;
};

const ids = () => (me.consent.storage ? { anonymousId: me.anonymousId, userId: me.userId, sessionId: session() } : {});

const stated = () => Object.fromEntries(Object.entries(me.consent).map(([p, yes]) => [p, yes ? "granted" : "denied"]));

/** @param {T.Choice} [choice] @param {{version?: string, source?: string}} [proof] */
function consent(choice, proof = {}) {
  const before = me.consent;
  const now = /** @type {Record<string, boolean>} */ ({ ...before });
  for (const [purpose, yes] of Object.entries(choice ?? {})) now[purpose] = yes === true || yes === "granted";
  if (/** @type {any} */ (navigator).globalPrivacyControl) now.advertising = false;
  const changed = Object.keys(now).some((p) => now[p] !== before[p]);
  const withdrawn = before.storage && !now.storage;
  if (choice) answered = true;
  if (withdrawn) queue = []; // only the withdrawal still goes out under the old identifier
  else me.consent = now;
  if (now.storage && !before.storage) {
    me.anonymousId = uuid();
    queue.forEach(stamp);
  }
  if (changed && (before.storage || now.storage))
    tell("Consent Changed", { purposes: now, text_version: proof.version, source: proof.source });
  if (withdrawn) {
    me = { consent: now };
    attempt(() => delete localStorage[KEY] && delete localStorage[QUEUE]);
  } else if (answered && !now.storage) queue = queue.filter((m) => m.anonymousId);
  save();
  flush();
  if (choice) emit("consent", now);
  return now;
}

/** @type {T.Message[]} */
let queue = me.consent.storage ? stored() : [];
const flying = new Set();
let tries = 0, notBefore = 0, timer = 0;

/** No e-mail in addresses. @param {string} url */
const clean = (url) => url.replace(/([?&][^=&#]*=)[^&#]*(@|%40)[^&#]*/gi, "$1");

const where = () => {
  const { origin, pathname: path } = location;
  const search = clean(location.search);
  return { url: origin + path + search, path, search, title: document.title, referrer: clean(previous) };
};

const surroundings = () => {
  const { store, currency, country, locale = document.documentElement.lang || navigator.language } = options;
  return { store, currency, country, locale, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone };
};

/** @param {T.Message} message */
const stamp = (message) => {
  if (message.anonymousId) return;
  message.anonymousId = me.anonymousId;
  message.userId ??= me.userId;
  Object.assign(message.context, { sessionId: session(), consent: stated() });
};

/** @param {string} type @param {T.Properties} fields */
const put = (type, fields) => {
  if (answered && !me.consent.storage) return;
  const { userAgent } = navigator;
  const { width, height } = screen;
  const utm = [...new URLSearchParams(where().search)].filter(([key]) => key.startsWith("utm_"));
  const campaign = Object.fromEntries(utm.map(([key, value]) => [key.slice(4).replace("campaign", "name"), value]));
  const context = { library: { name: "maatwerk.js", version: "0.1.0" }, ...surroundings(), page: where(), campaign, userAgent, screen: { width, height } };
  /** @type {T.Message} a copy: the shop may change its own */
  const message = JSON.parse(JSON.stringify({ type, messageId: uuid(), timestamp: new Date(), context, ...fields }));
  queue = [...queue, message].slice(-200);
  if (me.consent.storage) stamp(message);
  emit("event", message);
  queue.length < 20 ? plan(2000) : flush();
};

/** @param {string} event @param {T.Properties} properties */
const tell = (event, properties) => put("track", { event, properties });

const take = () => {
  let size = 0;
  return queue.filter((m) => {
    const more = JSON.stringify(m).length;
    if (flying.has(m) || !m.anonymousId || (size && size + more > LETTERS)) return false;
    size += more;
    if (signature && m.userId === me.userId) m.userSignature = signature;
    return flying.add(m);
  });
};

/** @param {T.Message[]} load @param {boolean} done */
const land = (load, done) => {
  for (const message of load) flying.delete(message);
  if (done) queue = queue.filter((m) => !load.includes(m));
  keep(done ? load : []);
};

/** Without a preflight. @param {string} path @param {T.Properties} fields @param {number} ms */
const post = async (path, fields, ms) => {
  try {
    const { writeKey, endpoint } = options;
    const body = JSON.stringify({ writeKey, sentAt: new Date(), ...fields });
    const keepalive = body.length < LETTERS + 1000;
    const signal = AbortSignal.timeout(ms);
    const response = await fetch(endpoint + path, { method: "POST", body, credentials: "omit", keepalive, signal });
    const wait = Number(response.headers.get("retry-after")) * 1000 || 0;
    return { status: response.status, wait, body: await response.json().catch(() => {}) };
  } catch {
    return { status: 0, wait: 0, body: null };
  }
};

/** @param {number} ms */
const plan = (ms) => {
  clearTimeout(timer);
  timer = setTimeout(flush, Math.max(ms, notBefore - Date.now()));
};

async function flush(leaving = false) {
  if (due || !options.writeKey) return;
  if (!leaving && Date.now() < notBefore) return plan(0);
  const batch = take();
  if (!batch.length) return;
  const { status, wait } = await post("/v1/batch", { batch }, 10_000);
  const again = !status || status === 429 || status >= 500;
  land(batch, !again);
  tries = again ? tries + 1 : 0;
  notBefore = again ? Date.now() + Math.min(Math.max(wait, 2 ** tries * (400 + 200 * Math.random())), 300_000) : 0;
  if (queue.length && tries < 7) plan(0);
}

/** @param {T.Properties} product @returns {T.Origin | undefined} */
const origin = ({ sku, product_id, parent }) => {
  const hit = me.touched?.find((t) => [sku, product_id, parent].includes(t.sku) && Date.now() - t.at < HALF_HOUR);
  const { tracking, query_id } = hit ?? (found.items?.some((i) => i.sku === sku) ? found : {});
  return { tracking, query_id };
};

/** @param {string} sku @param {T.Origin} from */
const touch = (sku, { tracking, query_id }) => {
  if (!tracking && !query_id) return;
  const others = (me.touched ?? []).filter((t) => t.sku !== sku);
  me.touched = [{ sku, at: Date.now(), tracking, query_id }, ...others].slice(0, 50);
  save();
};

/** @param {string} event @param {T.Properties} properties */
function track(event, properties = {}) {
  told.add(event);
  const { sku, products } = properties;
  if (event === "Product Added" || event === "Product Clicked") {
    properties = { ...origin(properties), ...properties };
    touch(sku, properties);
  } else if (event === "Order Completed" && products?.map)
    properties = { ...properties, products: products.map((/** @type {T.Properties} */ p) => ({ ...origin(p), ...p })) };
  tell(event, properties);
}

/** @param {string | null} userId @param {T.Properties} traits @param {{signature?: string}} proof */
function identify(userId, traits = {}, proof = {}) {
  if (userId) {
    me.userId = String(userId);
    signature = proof.signature ?? "";
  }
  put("identify", { userId: me.userId, traits });
}

function reset() {
  track("Signed Out");
  me = { consent: me.consent, anonymousId: me.anonymousId && uuid() };
  signature = "";
  save();
  flush();
}

/** @param {string} query_id @param {string[]} skus */
function searchResults(query_id, skus) {
  found = { kind: "search", query_id, items: skus.map((sku) => ({ sku })) };
}

/** @param {T.Page} about */
function view(about = {}) {
  page = due ? { ...page, ...about } : about;
  if (due) return;
  due = true;
  if (views++) found = { kind: "search" };
  told = new Set();
  put("page", { name: page.type, properties: { ...where(), ...page } });
  ready(() => setTimeout(hook, 0, begin));
}

function begin() {
  const derived = [["product", "sku", "Product Viewed"], ["category", "category", "Product List Viewed"], ["search", "query", "Products Searched"]];
  for (const [type, needed, event] of derived)
    if (page.type === type && page[needed] && !told.has(event) && options.automatic !== false)
      track(event, { ...page, type: undefined });
  due = false;
  api.decide();
  flush(); // what could not ride along
  previous = location.href;
}

/** @param {T.Ask} ask @returns {Promise<T.Answer | null>} */
async function decide({ placements: asked, events: given = [], ...ask } = {}) {
  options.cart = ask.cart ?? options.cart;
  for (const { event, properties } of given) track(event, properties);
  const spots = marked().filter((el) => !asked || asked.includes(spot(el)));
  const names = new Set([...spots.map(spot), ...(asked ?? options.placements ?? [])]);
  const placements = names.size ? [...names] : undefined;
  const known = me.consent.storage;
  const context = {
    page: { url: known ? where().url : location.origin + location.pathname, ...page, ...ask.page },
    cart: options.cart,
    consent: stated(),
    ...surroundings(),
  };
  const events = known ? take() : [];
  const turn = views;
  const who = { ...ids(), userSignature: (known && me.userId && signature) || undefined };
  const { status, body } = await post("/v1/decide", { ...who, context, events, placements }, options.timeout ?? 1500);
  const answer = status === 200 && body?.placements ? body : null;
  const taken = answer && !answer.recorded?.retry;
  land(events, taken);
  if (events.length && !taken) plan(2000);
  if (turn === views) {
    if (answer) emit("decision", answer);
    for (const el of spots) attempt(() => draw(el, answer?.placements[spot(el)]));
  }
  return answer;
}

/** @type {Record<string, T.Renderer>} */
const renderers = Object.create(null);
/** @type {WeakMap<HTMLElement, {slot: T.Slot, eye: IntersectionObserver}>} */
const shown = new WeakMap();
/** @type {WeakMap<HTMLElement, IntersectionObserver>} */
const waiting = new WeakMap();

const marked = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-maatwerk]")]);
/** @param {HTMLElement} el */
const spot = (el) => el.dataset.maatwerk ?? "";

/** Can its height change and nothing in view move? @param {Element} el */
const free = (el) => !performance.getEntriesByType("paint").length || el.getBoundingClientRect().top >= innerHeight;

/** @param {HTMLElement} el @param {() => void} action */
const later = (el, action) => {
  const eye = new IntersectionObserver(() => {
    if (!free(el)) return;
    eye.disconnect();
    attempt(action);
  });
  waiting.set(el, eye);
  eye.observe(el);
};

/** Shows a slot as soon as nothing in view moves for it. @param {HTMLElement} el @param {T.Slot} [slot] */
const draw = (el, slot) => {
  waiting.get(el)?.disconnect();
  const before = [...el.childNodes];
  const { height, bottom } = el.getBoundingClientRect();
  const movable = free(el);
  const short = document.documentElement.scrollHeight <= innerHeight;
  if (!slot || !fill(el, slot)) {
    if (!el.childElementCount && !el.innerText.trim()) later(el, () => (el.style.minHeight = "0"));
    return;
  }
  const grown = el.getBoundingClientRect().height - height;
  if (Math.abs(grown) >= 1 && !movable && (grown < 0 || bottom < innerHeight)) {
    const style = el.style.cssText;
    if (grown < 0 || height >= 120) {
      Object.assign(el.style, { boxSizing: "border-box", height: height + "px", overflow: "auto" });
      later(el, () => (el.style.cssText = style));
    } else if (!short) {
      const after = [...el.childNodes];
      el.replaceChildren(...before);
      console.info("maatwerk: no room is reserved for", el);
      return later(el, () => (el.replaceChildren(...after), watch(el, slot)));
    }
  }
  watch(el, slot);
};

/** @param {HTMLElement} el @param {T.Slot} slot */
const fill = (el, slot) => {
  const renderer = renderers[spot(el)] ?? renderers[slot.kind];
  if (renderer && hook(renderer, slot, el, spot(el))) return true;
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  if (slot.kind === "products" && slot.items?.length) el.replaceChildren(cards(el, slot));
  else if (slot.html) {
    const template = document.createElement("template");
    template.innerHTML = slot.html; // cleaned by our server
    el.replaceChildren(template.content);
  } else return false;
  return true;
};

/** @param {string} tag @param {string} part @param {(Node | string)[]} children @returns {any} */
const node = (tag, part, ...children) => {
  const el = document.createElement(tag);
  el.className = "maatwerk-" + part;
  el.append(...children);
  return el;
};

/** @param {string} [url] */
const safe = (url) => {
  const parsed = url && attempt(() => new URL(url, document.baseURI));
  return /^https?:$/.test(parsed?.protocol) ? parsed.href : "";
};

/** @param {T.Money} money */
const written = ({ amount, currency }) =>
  attempt(() => (+amount).toLocaleString(surroundings().locale, { style: "currency", currency })) ?? amount + " " + currency;

/** @param {HTMLElement} el @param {T.Slot} slot */
const cards = (el, { title, items = [] }) => {
  const list = node("ul", "list", ...items.map(card));
  list.setAttribute("role", "list"); // Safari forgets
  const section = node("section", "section", list);
  if (title) {
    const heading = node("h" + (el.dataset.maatwerkHeading ?? 2), "title", title);
    section.setAttribute("aria-labelledby", (heading.id = "maatwerk-" + uuid()));
    section.prepend(heading);
  }
  return section;
};

/** @param {T.Item} item */
const card = ({ sku, reason, product = {} }) => {
  const { name = sku, price, regular_price: was } = product;
  const src = safe(product.image);
  const href = safe(product.url);
  const image = node(src ? "img" : "span", "image");
  if (src) Object.assign(image, { alt: "", width: 300, height: 400, loading: "lazy", src });
  const link = Object.assign(node(href ? "a" : "span", "link", image, node("span", "name", name)), href && { href });
  const li = node("li", "card", link);
  li.dataset.sku = sku;
  if (price && was && +price.amount < +was.amount) {
    const { labels = { sale: "Sale price", regular: "Regular price" } } = options;
    const hidden = (/** @type {string} */ text) => node("span", "hidden", text + " ");
    const now = node("ins", "sale", hidden(labels.sale), written(price));
    li.append(node("p", "price", now, " ", node("del", "regular", hidden(labels.regular), written(was))));
  } else if (price) li.append(node("p", "price", written(price)));
  if (reason) li.append(node("p", "reason", reason));
  return li;
};

/** @param {HTMLElement} el @param {T.Slot} slot */
const watch = (el, slot) => {
  shown.get(el)?.eye.disconnect();
  emit("render", { placement: spot(el), slot, element: el });
  let pause = 0;
  const seen = () => {
    if (document.hidden) return;
    eye.disconnect();
    const list_id = spot(el);
    const { tracking, block = list_id, items = [] } = slot;
    const box = el.getBoundingClientRect();
    const products = items.map(({ sku }, i) => ({ sku, position: i + 1 }));
    const inView = products.filter(({ sku }) => {
      const { left, right } = el.querySelector(`[data-sku="${CSS.escape(sku)}"]`)?.getBoundingClientRect() ?? box;
      return left + right > 2 * box.left && left + right < 2 * box.right; // not scrolled out of the row
    });
    if (slot.kind === "products") tell("Product List Viewed", { list_id, tracking, products: inView });
    else tell("Promotion Viewed", { promotion_id: block, list_id, tracking });
  };
  const eye = new IntersectionObserver(
    (entries) => {
      const { intersectionRatio, intersectionRect } = entries[entries.length - 1];
      clearTimeout(pause);
      if (intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2) pause = setTimeout(attempt, 500, seen);
    },
    { threshold: [0.1, 0.2, 0.3, 0.4, 0.5] },
  );
  shown.set(el, { slot, eye });
  eye.observe(el);
};

/** @param {any} event */
const clicked = ({ button, target }) => {
  if (button > 1) return;
  const el = target.closest("[data-maatwerk]");
  const link = target.closest("a");
  const list_id = el?.dataset.maatwerk;
  const slot = shown.get(el)?.slot ?? found;
  const { items = [], tracking, query_id, block = list_id } = slot;
  const sku = target.closest("[data-sku]")?.dataset.sku;
  const at = items.findIndex((i) => i.sku === sku);
  if (at >= 0) {
    touch(sku, slot);
    if (link) tell("Product Clicked", { sku, position: at + 1, list_id, tracking, query_id });
  } else if (el && slot !== found && (link || target.closest("button")))
    tell("Promotion Clicked", { promotion_id: block, list_id, tracking });
};

/** @type {Set<any[]>} */
const listeners = new Set();

/** The shop's code. @param {(...args: any[]) => any} fn @param {any[]} args */
const hook = (fn, ...args) => {
  try {
    return fn(...args);
  } catch (error) {
    console.warn("maatwerk:", error);
  }
};

/** @param {T.Happening} name @param {any} detail */
const emit = (name, detail) => listeners.forEach(([to, fn]) => to === name && hook(fn, detail));

/** @param {T.Happening} name @param {T.Listener} fn */
function on(name, fn) {
  const listener = [name, fn];
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {string} what @param {T.Renderer} renderer */
function render(what, renderer) {
  renderers[what] = renderer;
}

/** @param {() => void} action */
const ready = (action) => {
  const { prerendering, readyState } = /** @type {any} */ (document);
  const event = prerendering ? "prerenderingchange" : readyState === "loading" && "DOMContentLoaded";
  event ? document.addEventListener(event, action) : action();
};

/** @param {T.Options} given */
function start(given) {
  if (!given.writeKey) throw Error("start() needs a writeKey");
  const first = !options.writeKey;
  options = { endpoint: new URL(import.meta.url).origin, ...given };
  due = true;
  consent(given.consent);
  const { userId, userSignature = "" } = given;
  if (userId === null && me.userId) reset();
  if (userId && String(userId) !== me.userId) identify(userId);
  signature = userSignature;
  due = false;
  ready(() => marked().forEach((el) => free(el) && (el.style.minHeight ||= el.dataset.maatwerkMinHeight ?? "")));
  view(given.page);
  if (!first) return;
  const leave = () => (keep(), flush(true));
  for (const click of ["click", "auxclick"]) document.addEventListener(click, (event) => attempt(() => clicked(event)), true);
  document.addEventListener("visibilitychange", leave);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => persisted && view(page));
  addEventListener("storage", ({ key }) => {
    if (key && key !== KEY) return;
    me = load(); // another tab granted, withdrew or signed out
    answered = true;
    queue = me.consent.storage ? queue : [];
    queue.forEach(stamp);
  });
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.maatwerk-title { margin: 0 0 .75rem; font-size: 1.25em; line-height: 1.3 }
.maatwerk-list { display: grid; grid-auto-flow: column; grid-auto-columns: var(--maatwerk-card, clamp(9.5rem, 23%, 16rem));
  gap: var(--maatwerk-gap, 1rem); margin: 0; padding: 3px; overflow-x: auto; list-style: none }
.maatwerk-card { position: relative; line-height: 1.4 }
.maatwerk-card p { margin: .25rem 0 0 }
.maatwerk-link { color: inherit; text-decoration: none }
.maatwerk-link::after { content: ""; position: absolute; inset: 0 }
.maatwerk-link:focus-visible::after { outline: 2px solid var(--maatwerk-accent, #0f766e) }
.maatwerk-image { display: block; width: 100%; height: auto; aspect-ratio: var(--maatwerk-ratio, 3/4); object-fit: cover;
  border-radius: var(--maatwerk-radius, 8px); background: #8881 }
.maatwerk-name { display: block; margin-top: .5rem }
.maatwerk-sale { color: var(--maatwerk-accent, #0f766e); font-weight: 600; text-decoration: none }
.maatwerk-regular, .maatwerk-reason { opacity: .75; font-size: .85em }
.maatwerk-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
`);

const api = { start, consent, track, page: view, identify, reset, decide, searchResults, ids, on, render };
for (const [name, fn] of Object.entries(api))
  /** @type {any} */ (api)[name] = (/** @type {any[]} */ ...args) => {
    const said = hook(fn, ...args);
    return said?.catch?.(() => null) ?? said;
  };

// a script tag with data-write-key
for (const { src, dataset } of document.querySelectorAll("script")) {
  const { pageType: type, sku, category, query, consent: granted, ...rest } = dataset;
  if (src !== import.meta.url || !rest.writeKey) continue;
  const choice = granted && Object.fromEntries(granted.split(" ").map((purpose) => [purpose, true]));
  api.start(/** @type {any} */ ({ ...rest, page: { type, sku, category, query }, consent: choice }));
}

export default api;
