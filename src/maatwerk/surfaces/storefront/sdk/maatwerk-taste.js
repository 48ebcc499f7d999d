// @ts-check
// My taste: what the shop believes, shown to the shopper herself, to correct or to pause; and questions of taste.
// docs/sdk.md explains. It asks and tells through the public API alone, about this device or the signed user.
import maatwerk from "./maatwerk.js";
/** @import * as T from "./types" */

/** @typedef {{writeKey: string, endpoint?: string, signature?: string, store?: string, consent?: () => Record<string, any>, labels?: Record<string, string>}} Options */

const WORDS = /** @type {Record<string, string>} */ ({
  title: "What we believe of your taste", none: "Nothing yet. Look around, and come back.",
  off: "Your privacy choices keep this page empty: nothing is believed of you.",
  paused: "Paused: what you see does not follow your taste.", pause: "Pause my taste", resume: "Go by my taste again",
  said: "You told us.", because: "Because you looked at", right: "Yes, I like it", wrong: "Not my taste", undo: "Take it back",
  likes: "What you said you like", dislikes: "What you said you do not like", recent: "What it follows from",
  refused: "Not for you", gifts: "Gifts", notForMe: "Not for me", gift: "This was a gift", saved: "Saved.",
  failed: "That did not arrive. Please try again.",
  category: "Department", brand: "Brand", color: "Color", gender: "Line",
});

let options = /** @type {Options} */ ({ writeKey: "" });
/** @param {string} key */
const word = (key) => options.labels?.[key] ?? WORDS[key] ?? key.replace(/[-_]/g, " ");

/** @param {string} tag @param {Record<string, any>} fields @param {(Node | string)[]} children @returns {any} */
const node = (tag, fields = {}, ...children) => {
  const el = Object.assign(document.createElement(tag), fields);
  el.append(...children);
  return el;
};

/** Only addresses of the web. @param {string | undefined} url */
const safe = (url) => {
  try {
    const { protocol, href } = new URL(url ?? "", document.baseURI);
    return url && /^https?:$/.test(protocol) ? href : "";
  } catch {
    return "";
  }
};

/** `women/dresses` as she reads it. @param {{facet: string, value: string}} of */
const named = ({ facet, value }) => {
  const text = facet === "category" ? value.split("/").map((part) => part.replace(/-/g, " ")).join(", ") : value;
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** What is believed, after what she just said. Null where it cannot be had.
 * @param {{event: string, properties?: T.Properties}[]} said @returns {Promise<any>} */
async function ask(said = []) {
  const { anonymousId, userId } = /** @type {any} */ (maatwerk.ids() ?? {});
  if (!anonymousId) return null;
  const events = said.map(({ event, properties = {} }) => ({
    type: "track", event, properties, anonymousId, userId, userSignature: options.signature,
    messageId: crypto.randomUUID?.() ?? String(Math.random()), timestamp: new Date(),
  }));
  const context = { store: options.store, consent: options.consent?.() };
  const body = JSON.stringify({ writeKey: options.writeKey, anonymousId, userId, userSignature: options.signature, context, events });
  try {
    const response = await fetch((options.endpoint ?? "") + "/v1/taste", { method: "POST", body, credentials: "omit" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** @param {string} text @param {() => Promise<any> | void} action @param {string} [about] */
const button = (text, action, about) => {
  const el = node("button", { type: "button", className: "maatwerk-taste-button" }, text);
  if (about) el.setAttribute("aria-label", `${text}: ${about}`);
  el.addEventListener("click", action);
  return el;
};

/** @param {any} product */
const product = ({ name, sku, url }) => (safe(url) ? node("a", { href: safe(url) }, name || sku) : node("span", {}, name || sku));

/** Her page: draws itself into an element, and again after every word of hers. @param {HTMLElement} el */
export async function page(el) {
  const status = node("p", { className: "maatwerk-taste-status" });
  status.setAttribute("role", "status");
  const body = node("div");
  el.replaceChildren(body, status);

  /** @param {string} event @param {T.Properties} [properties] */
  const tell = async (event, properties) => {
    const place = [...body.querySelectorAll("button")].indexOf(document.activeElement);
    const answer = await ask([{ event, properties }]);
    status.textContent = word(answer ? "saved" : "failed");
    if (!answer) return;
    draw(answer);
    const left = body.querySelectorAll("button");
    /** @type {HTMLElement} */ (left[Math.min(Math.max(place, 0), left.length - 1)])?.focus();
  };
  /** @param {{facet: string, value: string}} of @param {string} liking */
  const prefer = ({ facet, value }, liking) => tell("Preferences Given", { preferences: [{ facet, value, liking }] });

  /** @param {string} title @param {any[]} rows @param {(row: any) => (Node | string)[]} line */
  const part = (title, rows, line) => {
    if (!rows.length) return "";
    const list = node("ul", { className: "maatwerk-taste-list" }, ...rows.map((row) => node("li", {}, ...line(row))));
    list.setAttribute("role", "list");
    return node("section", {}, node("h3", {}, title), list);
  };

  /** @param {any} belief */
  const belief = (belief) => {
    const because = belief.because.flatMap((/** @type {any} */ each, /** @type {number} */ n) => [n ? ", " : " ", product(each)]);
    const why = belief.stated ? [word("said")] : because.length ? [word("because"), ...because, "."] : [];
    return [
      node("b", {}, named(belief)), " ", node("small", {}, word(belief.facet)), node("p", {}, ...why),
      ...(belief.stated ? [] : [button(word("right"), () => prefer(belief, "like"), named(belief))]),
      button(word("wrong"), () => prefer(belief, "dislike"), named(belief)),
    ];
  };

  /** @param {any} answer */
  const draw = (answer) => {
    if (answer.impersonal) return body.replaceChildren(node("p", {}, word("off")));
    const taken = (/** @type {any} */ of) => [`${named(of)} `, button(word("undo"), () => prefer(of, "none"), named(of))];
    /** @param {string} event */
    const back = (event) => (/** @type {any} */ of) => [product(of), " ", button(word("undo"), () => tell(event, { sku: of.sku, undo: true }), of.name)];
    const turn = answer.paused ? ["resume", "Taste Resumed"] : ["pause", "Taste Paused"];
    const parts = [
      part(word("title"), answer.beliefs, belief),
      part(word("likes"), answer.likes, taken),
      part(word("dislikes"), answer.dislikes, taken),
      part(word("refused"), answer.not_for_me, back("Product Disliked")),
      part(word("gifts"), answer.gifts, back("Gift Marked")),
      part(word("recent"), answer.recent, (of) => [product(of), " ", ...actions(of, tell)]),
    ].filter(Boolean);
    body.replaceChildren(
      ...(answer.paused ? [node("p", {}, word("paused"))] : parts.length ? [] : [node("p", {}, word("none"))]),
      ...parts,
      button(word(turn[0]), () => tell(turn[1])),
    );
  };
  const first = await ask();
  first ? draw(first) : body.replaceChildren(node("p", {}, word("off")));
}

/** @param {any} of @param {(event: string, properties: T.Properties) => any} tell */
const actions = (of, tell) => [
  button(word("notForMe"), () => tell("Product Disliked", { sku: of.sku }), of.name),
  button(word("gift"), () => tell("Gift Marked", { sku: of.sku }), of.name),
];

/** The small card: two words on one product, for beside its reason. @param {{sku: string, name?: string}} of @param {(answer: any) => void} [done] */
export function card(of, done) {
  const status = node("span", { className: "maatwerk-taste-status" });
  status.setAttribute("role", "status");
  return node("div", { className: "maatwerk-taste-card" }, ...actions(of, async (event, properties) => {
    const answer = await ask([{ event, properties }]);
    status.textContent = word(answer ? "saved" : "failed");
    if (answer) done?.(answer);
  }), status);
}

/** Draws a placement of the kind `questions`. @param {any} slot @param {HTMLElement} el */
export function questions(slot, el) {
  const status = node("p", { className: "maatwerk-taste-status" });
  status.setAttribute("role", "status");
  const fields = slot.items.map((/** @type {any} */ item, /** @type {number} */ n) =>
    node("fieldset", {}, node("legend", {}, item.ask), ...item.choices.map((/** @type {any} */ choice) =>
      node("label", {}, node("input", { type: item.many ? "checkbox" : "radio", name: `q${n}`, value: choice.value, checked: choice.chosen }), " ", choice.label))));
  const form = node("form", { className: "maatwerk-taste-form" }, ...(slot.title ? [node("h2", {}, slot.title)] : []),
    ...(slot.text ? [node("p", {}, slot.text)] : []), ...fields, node("button", { className: "maatwerk-taste-button" }, slot.button), status);
  form.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    const preferences = slot.items.flatMap((/** @type {any} */ item, /** @type {number} */ n) => item.choices.flatMap((/** @type {any} */ choice) => {
      const yes = chosen.getAll(`q${n}`).includes(choice.value);
      return yes !== choice.chosen || yes ? [{ facet: item.facet, value: choice.value, liking: yes ? item.liking : "none" }] : [];
    }));
    const answer = await ask([{ event: "Preferences Given", properties: { questions: slot.questions, preferences } }]);
    status.textContent = answer ? slot.thanks : word("failed");
  });
  el.replaceChildren(form);
  return true;
}

/** Once, with the same key and endpoint as `maatwerk.start`. @param {Options} given */
export default function taste(given) {
  options = given;
  maatwerk.render("questions", questions);
  for (const el of document.querySelectorAll("[data-maatwerk-taste]")) page(/** @type {HTMLElement} */ (el));
}
