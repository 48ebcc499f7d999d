// Experiments in the browser: the same arms as on the server, without asking it.
//
//   import { experiments } from "https://shop.example/maatwerk-experiments.js"
//   const mine = await experiments({ host: "https://shop.example", writeKey: "wk_…" })
//   mine.variant("checkout-button", anonymousId)   // "green", or null: no such experiment
//
// Only experiments that neither an audience nor moving weights decide on are told to browsers.
// Whoever puts a variant to use says so once: track("Experiment Viewed", { experiment_id, variation_id }).

/** FNV-1a, 32 bits, over UTF-16 code units. */
const fnv = (text) => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash
}

/** GrowthBook's hash, version 2: a number in [0, 1) with four decimals. */
export const bucket = (seed, value) => (fnv(String(fnv(seed + value))) % 10000) / 10000

const inGroup = (unit, [group, from, to]) => {
  const place = (fnv(unit + "__" + group) % 1000) / 1000
  return from <= place && place < to
}

const arm = (key, variant, counted = false) => ({ experiment: key, variant, counted })

/** Her arm: `{ experiment, variant, counted }`. Who is not counted has the control's, and is not exposed. */
export const assign = (it, unit) => {
  const control = it.variants[0]
  if (it.state === "concluded") {
    const held = Math.min(it.holdback, it.weights[0])
    if (!held || !unit || it.winner === control) return arm(it.key, it.winner)
    return arm(it.key, bucket(it.key, unit) < held ? control : it.winner, true)
  }
  if (!unit || it.state !== "running" || (it.exclusive && !inGroup(unit, it.exclusive))) return arm(it.key, control)
  const place = bucket(it.key, unit)
  let start = 0
  for (let i = 0; i < it.variants.length; i++) {
    if (place >= start && place < start + it.share * it.weights[i]) return arm(it.key, it.variants[i], true)
    start += it.weights[i]
  }
  return arm(it.key, control)
}

/** The experiments in force, read once. */
export const experiments = async ({ host = "", writeKey, fetch = globalThis.fetch }) => {
  const answer = await fetch(`${host}/v1/experiments/definitions?writeKey=${encodeURIComponent(writeKey)}`)
  if (!answer.ok) throw new Error(`experiments: ${answer.status}`)
  const known = new Map((await answer.json()).experiments.map((each) => [each.key, each]))
  return {
    keys: () => [...known.keys()],
    assign: (key, unit) => (known.has(key) ? assign(known.get(key), unit) : null),
    variant: (key, unit) => (known.has(key) ? assign(known.get(key), unit).variant : null),
  }
}
