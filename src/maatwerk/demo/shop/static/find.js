// What the shopper may mean while she types: queries, categories, products, and her own recent searches.
// The field works without it; with it, arrow keys walk the list, Enter follows, Escape closes.
// @ts-check

const WAIT = 120; // milliseconds after the last key

/** @param {any} page @param {() => any} ids */
export function find(page, ids) {
  const form = document.querySelector("form.find");
  const field = /** @type {HTMLInputElement | null} */ (form?.querySelector("input"));
  if (!form || !field) return;
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  form.append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]])
    field.setAttribute(name, value);
  let at = -1;
  let asked = 0;
  let timer = 0;

  const options = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);
  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  /** @param {number} place */
  const mark = (place) => {
    const all = options();
    at = all.length ? (place + all.length) % all.length : -1;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at >= 0) field.setAttribute("aria-activedescendant", all[at].id);
  };
  /** @param {string} href @param {string} text @param {string} note */
  const option = (href, text, note) => {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.id = `suggestion-${list.childElementCount}`;
    item.dataset.href = href;
    const words = document.createElement("span");
    words.textContent = text;
    const beside = document.createElement("span");
    beside.className = "help";
    beside.textContent = note;
    item.append(words, beside);
    list.append(item);
  };
  /** @param {any} found */
  const show = (found) => {
    list.replaceChildren();
    const search = (/** @type {string} */ q) => `/shop/search?q=${encodeURIComponent(q)}`;
    for (const q of found.recent) option(search(q), q, "searched before");
    for (const q of found.queries) if (!found.recent.includes(q)) option(search(q), q, "");
    for (const place of found.categories) option(`/shop/c/${place.category}`, place.name, `${place.count} products`);
    for (const hit of found.products) option(`/shop/p/${encodeURIComponent(hit.sku)}`, hit.product.name, hit.product.brand);
    list.hidden = !list.childElementCount;
    field.setAttribute("aria-expanded", String(!list.hidden));
    at = -1;
  };
  const ask = async () => {
    const number = ++asked;
    const said = new URLSearchParams({ q: field.value.trim(), writeKey: page.writeKey, personalization: ids().anonymousId ? "" : "denied" });
    const who = ids().anonymousId;
    if (who) said.set("anonymousId", who);
    try {
      const answer = await fetch(`${page.endpoint ?? ""}/v1/suggest?${said}`);
      if (answer.ok && number === asked && document.activeElement === field) show(await answer.json());
    } catch {
      close(); // no suggestions, then; the field still searches
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT);
  });
  field.addEventListener("focus", ask);
  field.addEventListener("blur", () => setTimeout(close, 150));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (list.hidden) return;
    else if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" && at >= 0) location.href = options()[at].dataset.href ?? "";
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => {
    const chosen = /** @type {Element} */ (event.target).closest("[role=option]");
    if (chosen instanceof HTMLElement) location.href = chosen.dataset.href ?? "";
  });
}
