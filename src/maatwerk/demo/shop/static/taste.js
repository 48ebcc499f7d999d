// My taste: Maatwerk's second module, loaded where it is needed; and a greeting by name for who is known here.
// @ts-check

/** @type {Promise<any> | null} */
let module = null;

/** @param {any} page */
const load = (page) =>
  (module ??= import(`${page.endpoint ?? ""}/maatwerk-taste.js`).then((loaded) => {
    loaded.default({ writeKey: page.writeKey, endpoint: page.endpoint ?? "", signature: page.userSignature ?? undefined, consent: () => page.consent });
    return loaded;
  }));

/** Her own page, where there is one. @param {any} page */
export const taste = (page) => {
  if (document.querySelector("[data-maatwerk-taste]")) load(page).catch(() => (module = null));
};

/** Two words on one product, under its reason. @param {any} page @param {Element} card @param {any} item @param {string} name */
export const judge = (page, card, item, name) => {
  if (!page.consent?.personalization) return;
  load(page).then(
    ({ card: made }) => card.append(made({ sku: item.sku, name })),
    () => (module = null),
  );
};

/** "Welcome back" is for who bought here before: the decision says how well she is known. @param {any} visitor */
export const greet = (visitor) => {
  const heading = /** @type {HTMLElement | null} */ (document.querySelector("[data-greeting]"));
  if (heading && ["known", "long-standing"].includes(visitor?.familiarity)) heading.textContent = `Welcome back, ${heading.dataset.greeting}`;
};
