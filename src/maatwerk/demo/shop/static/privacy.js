// The privacy question: nothing is kept before the answer; the answer itself is, so that nobody is asked twice.
// @ts-check

const VERSION = "privacy-1";
const PURPOSES = ["storage", "analytics", "personalization", "advertising"];

/** @param {any} page @param {(...call: any[]) => void} maatwerk */
export function privacy(page, maatwerk) {
  const bar = /** @type {HTMLElement | null} */ (document.querySelector("[data-consent]"));
  const form = bar?.querySelector("form");
  if (!bar || !form) return;
  const purposes = /** @type {HTMLElement} */ (bar.querySelector("[data-purposes]"));
  const choose = /** @type {HTMLElement} */ (bar.querySelector("[data-choose]"));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = /** @type {any} */ (event.submitter)?.value;
    if (answer === "chosen" && purposes.hidden) {
      purposes.hidden = false;
      choose.setAttribute("aria-expanded", "true");
      choose.textContent = "Save my choice";
      purposes.querySelector("input")?.focus();
      return;
    }
    const chosen = new FormData(form);
    keep(page, maatwerk, (p) => answer === "all" || (answer === "chosen" && chosen.get(p) === "yes"), "bar");
    bar.hidden = true;
    document.querySelector("main")?.focus({ preventScroll: true });
  });

  // On the account page the same choices stand open, with e-mail among them.
  const account = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-privacy]"));
  account?.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(account);
    keep(page, maatwerk, (p) => chosen.get(p) === "yes", "account", ["email"]);
    object(maatwerk, (to) => chosen.get(to) === "yes");
    bar.hidden = true;
    say("Your choices are saved.");
  });
  const objections = /** @type {HTMLElement | null | undefined} */ (account?.querySelector("[data-objections]"));
  if (objections) {
    objections.hidden = false; // they are told by script alone
    for (const to of objected()) /** @type {HTMLInputElement | null} */ (objections.querySelector(`[name=${to}]`))?.setAttribute("checked", "");
  }
  const email = account?.querySelector("[name=email]");
  if (email instanceof HTMLInputElement) email.checked = emailAllowed();
  // One cannot be known without being remembered.
  for (const group of [form, account])
    group?.addEventListener("change", ({ target }) => {
      const box = /** @type {HTMLInputElement} */ (target);
      const storage = /** @type {HTMLInputElement | null} */ (group.querySelector("[name=storage]"));
      if (!storage) return;
      if (box.checked && PURPOSES.includes(box.name)) storage.checked = true;
      if (box === storage && !box.checked) for (const other of group.querySelectorAll("input")) if (other.type === "checkbox" && !OBJECTIONS.includes(other.name)) other.checked = false;
    });
}

/** @param {any} page @param {(...call: any[]) => void} maatwerk @param {(purpose: string) => boolean} allows @param {string} source @param {string[]} more */
function keep(page, maatwerk, allows, source, more = []) {
  const storage = allows("storage");
  const choice = Object.fromEntries([...PURPOSES, ...more].map((purpose) => [purpose, storage && allows(purpose)]));
  const granted = PURPOSES.filter((purpose) => choice[purpose]);
  document.cookie = `shop_consent=${granted.join(".") || "none"}; path=/shop; max-age=15552000; samesite=lax`;
  if (!choice.personalization)
    for (const name of ["shop_menu", "shop_layout"]) document.cookie = `${name}=; path=/shop; max-age=0; samesite=lax`;
  page.consent = choice;
  maatwerk("consent", choice, { source, version: VERSION });
}

const OBJECTIONS = ["profiling", "direct_marketing"];

/** What she objected to in this browser. */
const objected = () => (/(?:^|; )shop_objects=([\w.]*)/.exec(document.cookie)?.[1] ?? "").split(".").filter((to) => OBJECTIONS.includes(to));

/** An objection is an event like any other; it counts for the very next answer. @param {(...call: any[]) => void} maatwerk @param {(to: string) => boolean} wants */
function object(maatwerk, wants) {
  const before = objected();
  const changed = OBJECTIONS.filter((to) => wants(to) !== before.includes(to));
  if (!changed.length) return;
  document.cookie = `shop_objects=${OBJECTIONS.filter(wants).join(".")}; path=/shop; max-age=15552000; samesite=lax`;
  const objections = Object.fromEntries(changed.map((to) => [to, wants(to)]));
  maatwerk("track", "Objection Changed", { objections, source: "account", text_version: VERSION });
  maatwerk("decide");
}

/** What Maatwerk's module has on record for this browser. */
const emailAllowed = () => {
  try {
    return JSON.parse(localStorage.maatwerk).consent.email === true;
  } catch {
    return false;
  }
};

/** @param {string} text @param {Node[]} more */
export function say(text, ...more) {
  const toast = document.querySelector("[data-toast]");
  toast?.replaceChildren(text, ...more);
  setTimeout(() => toast?.replaceChildren(), 6000);
}
