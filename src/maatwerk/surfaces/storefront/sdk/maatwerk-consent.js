// @ts-check
// Consent as other tools of the page say it: Google Consent Mode v2 and IAB TCF 2.2, told to maatwerk.js.
// docs/consent.md explains. It only listens; what follows from a yes or a no is maatwerk.js's to do.
import maatwerk from "./maatwerk.js";
/** @import * as T from "./types" */

const PURPOSES = ["storage", "analytics", "personalization", "advertising"];
const ADVERTISING = ["ad_storage", "ad_user_data", "ad_personalization"];
const PATIENCE = 500; // for the update that follows a default of "denied" on every page

/** @type {Record<string, Record<string, boolean>>} what each standard says of our purposes */
const voices = {};
/** @type {Set<string>} standards that announced an answer */
const awaited = new Set();
/** @type {(() => void)[]} */
let waiting = [];
let started = false;

/** Of two voices the no counts; what none speaks of stays as it is. @returns {Record<string, boolean>} */
const chosen = () => {
  const answer = /** @type {Record<string, boolean>} */ ({});
  for (const voice of Object.values(voices))
    for (const [purpose, yes] of Object.entries(voice)) answer[purpose] = yes && (answer[purpose] ?? true);
  return answer;
};

/** Has she an answer that maatwerk.js acts on? Without one it waits, and nothing leaves. */
const known = () => Boolean(maatwerk.ids()?.anonymousId);

/** @param {string} source @param {boolean} asked it was an answer, not what holds until there is one @param {string} [version] */
const apply = (source, asked, version) => {
  const answer = chosen();
  const grants = PURPOSES.some((purpose) => answer[purpose]);
  // A default of "denied" is no answer: what waits for one must not be thrown away.
  if (asked || grants || known()) maatwerk.consent(answer, { source, version });
};

/** @param {string} standard */
const heard = (standard) => {
  awaited.delete(standard);
  if (!awaited.size) for (const go of waiting.splice(0)) go();
};

// ---- Google Consent Mode

/** @type {Record<string, string>} */
const signals = {};

/** The same rule as on the server (events/consent.py). @returns {Record<string, boolean>} */
const google = () => {
  const said = /** @param {string} name */ (name) => name in signals;
  const yes = /** @param {string} name */ (name) => signals[name] === "granted";
  const answer = /** @type {Record<string, boolean>} */ ({});
  if (ADVERTISING.some(said)) answer.advertising = ADVERTISING.every(yes);
  if (said("analytics_storage")) answer.analytics = yes("analytics_storage");
  if (said("personalization_storage")) answer.personalization = yes("personalization_storage");
  if ("analytics" in answer || "personalization" in answer) answer.storage = Boolean(answer.analytics || answer.personalization);
  else if (said("functionality_storage") && !yes("functionality_storage")) answer.storage = false;
  return answer;
};

/** A default for somewhere else does not count; where her region is not told, only its denials do.
 * @param {T.Properties} given @param {string} [region] @returns {[string, string][]} */
const here = ({ region: regions, wait_for_update: _, ...given }, region) => {
  const all = Object.entries(given).filter(([, value]) => value === "granted" || value === "denied");
  if (!regions) return all;
  const place = region?.toUpperCase();
  if (!place) return all.filter(([, value]) => value === "denied");
  return [regions].flat().some((r) => r === place || r === place.split("-")[0]) ? all : [];
};

/** @param {any} call what gtag() puts on the data layer @param {T.Following} options */
const gtag = (call, options) => {
  const [what, kind, given] = call?.length >= 3 ? call : [];
  if (what !== "consent" || !given || (kind !== "default" && kind !== "update")) return;
  const changes = here(given, options.region);
  for (const [name, value] of changes) signals[name] = value;
  if (kind === "update") {
    voices.gcm = google();
    apply("gcm", true);
    heard("gcm");
  } else if (changes.length) {
    const ready = () => {
      voices.gcm = google();
      apply("gcm", false);
      heard("gcm");
    };
    // Whom we know from her last visit is denied by default on every page, until her answer is read again:
    // nothing leaves meanwhile, and she is not forgotten for it. A granted default may be taken back likewise.
    const grants = changes.some(([, value]) => value === "granted");
    const wait = given.wait_for_update ?? (!grants && known() && !started ? PATIENCE : 0);
    if (!wait || (!grants && (started || !known()))) return ready();
    awaited.add("gcm");
    setTimeout(() => awaited.has("gcm") && ready(), Number(wait) || PATIENCE);
  }
};

/** @param {T.Following} options */
const followGoogle = (options) => {
  const name = options.dataLayer ?? "dataLayer";
  const layer = (/** @type {any} */ (window)[name] ??= []);
  const push = layer.push;
  layer.push = (/** @type {any[]} */ ...calls) => {
    const answer = push.apply(layer, calls);
    for (const call of calls) gtag(call, options);
    return answer;
  };
  for (const call of [...layer]) gtag(call, options);
};

// ---- IAB TCF 2.2

const NEEDED = /** @type {Record<string, number[]>} */ ({ storage: [1], analytics: [8, 9, 10], personalization: [3, 4], advertising: [3, 4, 7] });

/** @param {any} data @param {T.Following} options @returns {Record<string, boolean>} */
const framework = ({ purpose, vendor, publisher }, { tcfVendor, tcfPurposes }) => {
  const purposes = (tcfVendor ? purpose : publisher)?.consents ?? {};
  const ours = !tcfVendor || vendor?.consents?.[tcfVendor] === true;
  const allowed = /** @param {number} id */ (id) => {
    const kind = tcfVendor ? publisher?.restrictions?.[id]?.[tcfVendor] : undefined;
    return purposes[id] === true && (kind === undefined || kind === 1); // 1: by consent alone, as we ask
  };
  const needed = { ...NEEDED, ...tcfPurposes };
  return Object.fromEntries(PURPOSES.map((p) => [p, ours && needed[p].every(allowed)]));
};

/** @param {T.Following} options */
const followFramework = (options) => {
  const api = /** @type {any} */ (window).__tcfapi;
  if (typeof api !== "function") return;
  if (known()) awaited.add("tcf"); // her answer of the last visit is in the platform's hands
  api("addEventListener", 2, (/** @type {any} */ data, /** @type {boolean} */ success) => {
    const garbled = !success || typeof data !== "object" || !data;
    if (!garbled && data.gdprApplies === false) return heard("tcf");
    const { eventStatus = "", cmpId = 0, cmpVersion = 0, tcfPolicyVersion = 0 } = garbled ? {} : data;
    if (!garbled && eventStatus !== "tcloaded" && eventStatus !== "useractioncomplete") {
      if (eventStatus !== "cmpuishown") return;
      voices.tcf ??= Object.fromEntries(PURPOSES.map((p) => [p, false])); // she is being asked
      apply("tcf", false);
      return heard("tcf");
    }
    let answer;
    try {
      answer = garbled ? null : framework(data, options);
    } catch {
      answer = null;
    }
    voices.tcf = answer ?? Object.fromEntries(PURPOSES.map((p) => [p, false]));
    apply("tcf", Boolean(answer), `cmp ${cmpId}.${cmpVersion}, policy ${tcfPolicyVersion}`);
    heard("tcf");
  });
};

// ---- both

/** Listen from now on; `maatwerk.start` waits until whoever announced an answer has given it.
 * @param {T.Following} [options] */
export default function follow(options = {}) {
  const start = maatwerk.start;
  maatwerk.start = (given) => {
    const go = () => {
      started = true;
      const consent = { ...given.consent, ...granting() };
      start(Object.keys(consent).length ? { ...given, consent } : given);
    };
    awaited.size ? waiting.push(go) : go();
  };
  followGoogle(options);
  followFramework(options);
}

/** What start() may be told: an answer, but not a default "denied" for somebody of whom nothing is known. */
const granting = () => {
  const answer = chosen();
  return PURPOSES.some((purpose) => answer[purpose]) || known() ? answer : {};
};

// a script tag with data-write-key, in place of maatwerk.js's own
for (const { src, dataset } of document.querySelectorAll("script")) {
  const { pageType: type, sku, category, query, tcfVendor, region, ...rest } = dataset;
  if (src !== import.meta.url || !rest.writeKey) continue;
  follow({ tcfVendor: Number(tcfVendor) || 0, region });
  maatwerk.start(/** @type {any} */ ({ ...rest, page: { type, sku, category, query } }));
}
