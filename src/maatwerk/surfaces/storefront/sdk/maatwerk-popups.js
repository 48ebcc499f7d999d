// @ts-check
// Pop-ups and bars, beside maatwerk.js; docs/content.md explains. The server decides which may open; this opens one,
// when its trigger comes, so that nothing on the page moves, and with the keyboard and a screen reader as with a mouse.
/** @import * as T from "./types" */
import maatwerk from "./maatwerk.js";

let placement = "popup";
let words = { close: "Close", later: "Not now", ends: "Ends in", note: "Note" };
/** @type {T.Popup | null} */
let open = null;
/** @type {T.Popup | null} */
let bar = null;
let shown = false; // on this page
/** @type {(() => void)[]} what disarms the triggers of this page */
let armed = [];
/** @type {Set<string>} closed here, whatever may be remembered elsewhere */
const closed = new Set();
let tracking = "";
let ahead = 0; // of the server's clock, in milliseconds
let asked = 0;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const phone = () => matchMedia("(max-width: 600px), (pointer: coarse)").matches;
const writing = () => document.activeElement?.matches("input, textarea, select, [contenteditable]");

/** @param {string} tag @param {string} part @param {(Node | string)[]} children @returns {any} */
const node = (tag, part, ...children) => {
  const el = document.createElement(tag);
  el.className = "maatwerk-popup-" + part;
  el.append(...children);
  return el;
};

/** @param {string} part @param {string} label @param {() => void} action */
const button = (part, label, action) => {
  const el = node("button", part, label);
  el.type = "button";
  el.addEventListener("click", action);
  return el;
};

/** @param {string} event @param {T.Popup} popup */
const tell = (event, popup) => maatwerk.track(event, { promotion_id: popup.popup, list_id: placement, creative: popup.variant, tracking });

/** @param {T.Slot} [slot] */
const arm = (slot) => {
  for (const stop of armed) stop();
  armed = [];
  tracking = slot?.tracking ?? "";
  ahead = slot?.now ? Date.now() - Date.parse(slot.now) : 0;
  for (const popup of slot?.items ?? []) {
    if (closed.has(popup.popup) || [open, bar].some((each) => each?.popup === popup.popup) || (phone() && !popup.phones)) continue;
    if (popup.state === "ribbon") ribbon(popup);
    else wait(popup);
  }
};

/** @param {T.Popup} popup */
const wait = (popup) => {
  const { on, seconds, percent } = popup.trigger;
  const come = () => show(popup);
  /** @param {EventTarget} target @param {string} event @param {(event: any) => void} action */
  const listen = (target, event, action) => {
    target.addEventListener(event, action, { passive: true });
    armed.push(() => target.removeEventListener(event, action));
  };
  if (on === "exit") listen(document, "mouseout", (event) => !event.relatedTarget && event.clientY <= 0 && come());
  else if (on === "scroll") {
    const look = () => (scrollY + innerHeight) * 100 >= percent * document.documentElement.scrollHeight && scrollY > 0 && come();
    listen(window, "scroll", look);
  } else {
    let left = seconds; // only of seconds in which the page is looked at
    const timer = setInterval(() => !document.hidden && --left <= 0 && !writing() && (clearInterval(timer), come()), 1000);
    if (!seconds) come();
    armed.push(() => clearInterval(timer));
  }
};

/** @param {T.Popup} popup @param {boolean} again */
function show(popup, again = false) {
  const beside = popup.style === "bar"; // it covers nothing, and may stand beside another
  if ((beside ? bar : open || (shown && !again)) || closed.has(popup.popup) || (popup.style === "dialog" && document.querySelector("dialog[open], :popover-open"))) return;
  if (popup.ends && Date.parse(popup.ends) <= Date.now() - ahead) return;
  styled();
  const dialog = popup.style === "dialog";
  const el = node(dialog ? "dialog" : "div", popup.style);
  const template = document.createElement("template");
  template.innerHTML = popup.html; // cleaned by our server
  const heading = template.content.querySelector(".maatwerk-title");
  if (heading) heading.id = "maatwerk-popup-title";
  el.setAttribute(...(heading ? ["aria-labelledby", "maatwerk-popup-title"] : ["aria-label", words.note]));
  const over = (/** @type {boolean} */ forGood) => {
    closed.add(popup.popup);
    if (forGood) tell("Promotion Dismissed", popup);
    else ribbon(popup);
    end();
  };
  const end = () => {
    if (beside) bar = null;
    else open = null;
    clearInterval(ticking);
    if (dialog && el.open) el.close();
    el.remove();
  };
  const close = button("close", "×", () => over(true));
  close.setAttribute("aria-label", words.close);
  el.append(close, node("div", "body", template.content));
  const ticking = popup.ends ? countdown(el, popup.ends, end) : 0;
  if (popup.ribbon) el.append(button("later", words.later, () => over(false)));
  el.addEventListener("click", (/** @type {any} */ event) => {
    if (event.target.closest("a")) {
      closed.add(popup.popup);
      tell("Promotion Clicked", popup);
    } else if (event.target === el && dialog) over(!popup.ribbon); // beside the dialog
  });
  el.addEventListener("cancel", (/** @type {Event} */ event) => (event.preventDefault(), over(!popup.ribbon)));
  if (!dialog) el.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && over(!popup.ribbon));
  if (!dialog) el.setAttribute("role", "status"); // said when there is time, and the focus stays where it is
  if (beside) bar = popup;
  else open = popup;
  shown = shown || !beside;
  document.body.append(el);
  if (dialog) el.showModal();
  if (!calm()) el.animate?.({ opacity: [0, 1] }, 140);
  tell("Promotion Viewed", popup);
}

/** What is left of a pop-up put aside. @param {T.Popup} popup */
function ribbon(popup) {
  styled();
  document.querySelector(".maatwerk-popup-ribbon")?.remove();
  const el = button("ribbon", popup.ribbon, () => {
    closed.delete(popup.popup);
    el.remove();
    show(popup, true);
  });
  el.setAttribute("aria-haspopup", "dialog");
  document.body.append(el);
  armed.push(() => el.remove());
}

/** @param {HTMLElement} el @param {string} ends @param {() => void} over */
function countdown(el, ends, over) {
  const time = node("time", "left");
  time.dateTime = ends;
  const line = node("p", "countdown", words.ends + " ", time);
  line.setAttribute("role", "timer"); // read when asked for, not every second
  el.append(line);
  const tick = () => {
    const left = Math.floor((Date.parse(ends) - Date.now() + ahead) / 1000);
    if (left < 0) return over();
    const [days, hours, minutes] = [left / 86400, (left / 3600) % 24, (left / 60) % 60].map(Math.floor);
    const clock = [hours, minutes, left % 60].map((part) => String(part).padStart(2, "0")).join(":");
    time.textContent = days ? `${days} d ${clock}` : clock;
  };
  tick();
  return setInterval(tick, 1000);
}

/** @param {T.PopupOptions} [options] */
export default function popups(options = {}) {
  placement = options.placement ?? placement;
  words = { ...words, ...options.words };
  let heard = false;
  setTimeout(() => heard || again(0), 1500); // this module came after the page's decision
  maatwerk.on("decision", (/** @type {T.Answer} */ answer) => {
    heard = true;
    const slot = answer.placements[placement];
    if (slot) watch(slot);
    else if (!asked++) again(0); // the page did not ask for it along
  });
  let cart = false;
  const watch = (/** @type {T.Slot} */ slot) => {
    cart = slot.watch?.includes("cart") ?? false;
    arm(slot);
  };
  let timer = 0;
  const again = (/** @type {number} */ ms) => {
    clearTimeout(timer);
    timer = setTimeout(() => maatwerk.decide({ placements: [placement] }), ms);
  };
  maatwerk.on("event", (/** @type {T.Message} */ message) => {
    if (message.type === "page") {
      shown = false;
      asked = 0;
    } else if (cart && /^Product (Added|Removed)$/.test(message.event)) again(300);
  });
  maatwerk.on("consent", () => again(300));
}

/** @type {CSSStyleSheet | undefined} */
let sheet;
const styled = () => {
  if (sheet) return;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(`
.maatwerk-popup-dialog, .maatwerk-popup-corner, .maatwerk-popup-bar, .maatwerk-popup-ribbon { box-sizing: border-box; border: 0;
  background: var(--maatwerk-paper, Canvas); color: var(--maatwerk-ink, CanvasText); line-height: 1.5; box-shadow: 0 8px 40px #0004 }
.maatwerk-popup-dialog { width: min(100vw - 32px, 30rem); max-height: calc(100dvh - 32px); padding: 28px; overflow: auto; border-radius: var(--maatwerk-radius, 8px) }
.maatwerk-popup-dialog::backdrop { background: #0007 }
.maatwerk-popup-corner { position: fixed; z-index: 2147483000; right: 16px; bottom: 16px; width: min(100vw - 32px, 22rem); padding: 20px; border-radius: var(--maatwerk-radius, 8px) }
.maatwerk-popup-bar { position: fixed; z-index: 2147483000; inset: auto 0 0; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 20px; justify-content: center; padding: 8px 56px 8px 16px }
.maatwerk-popup-bar .maatwerk-words { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px }
.maatwerk-popup-bar .maatwerk-title { font-size: 1em; font-weight: 600 }
.maatwerk-popup-bar :is(p, .maatwerk-title) { margin: 0 }
.maatwerk-popup-body .maatwerk-image { width: 100%; height: auto; border-radius: 4px }
.maatwerk-popup-close { position: absolute; top: 4px; right: 4px; width: 44px; height: 44px; padding: 0; border: 0; background: none; color: inherit; font-size: 1.5em; line-height: 1; cursor: pointer }
.maatwerk-popup-later { min-height: 44px; padding: 0 4px; border: 0; background: none; color: inherit; font: inherit; text-decoration: underline; cursor: pointer }
.maatwerk-popup-countdown { margin: 12px 0 0; font-variant-numeric: tabular-nums }
.maatwerk-popup-ribbon { position: fixed; z-index: 2147482000; right: 16px; bottom: 0; min-height: 44px; max-width: calc(100vw - 32px); padding: 0 16px; border-radius: 8px 8px 0 0; font: inherit; font-weight: 600; cursor: pointer }
:is(.maatwerk-popup-dialog, .maatwerk-popup-corner, .maatwerk-popup-bar) :is(a, button):focus-visible, .maatwerk-popup-ribbon:focus-visible { outline: 2px solid var(--maatwerk-accent, #0f766e); outline-offset: 2px }
`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
};
