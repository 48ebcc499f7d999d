// The live page: rows as they arrive (server-sent events, else asking again), and the profile beside them.
// Rows come as HTML from our own server, escaped there.

import { localize } from "./console.js";

const ROWS_KEPT = 200;
const ASK_MS = 2000;
const PROFILE_MS = 500;
const FOLLOW_MS = 15000;

const stream = document.getElementById("stream");
const nothing = document.getElementById("nothing");
const portrait = document.getElementById("portrait");
const pulse = document.getElementById("pulse");
const word = document.getElementById("pulse-word");
const hold = document.getElementById("hold");
const { query, chosen } = stream.dataset;

let after = stream.dataset.after;
let beside = stream.dataset.beside;
let besideSince = performance.now();
let waiting = [];
let profileTimer = 0;
let failures = 0;

const words = { waiting: "connecting", live: "live", held: "held", asking: "live, asking every two seconds", lost: "connection lost, trying again" };
let state = "waiting";
function say(next) {
  state = next;
  const held = hold.getAttribute("aria-pressed") === "true";
  pulse.dataset.state = held ? "held" : next === "asking" ? "live" : next;
  word.textContent = held ? `held, ${waiting.length} waiting` : words[next];
}

function put(row) {
  if (document.getElementById(row.key)) return;
  const part = document.createElement("template");
  part.innerHTML = row.html;
  localize(part.content);
  const article = part.content.querySelector("article");
  if (!article) return;
  article.classList.add("row-new");
  stream.prepend(article);
  while (stream.children.length > ROWS_KEPT) stream.lastElementChild.remove();
  nothing.hidden = true;
  const changed = row.anonymous_id && (row.anonymous_id === beside || mayFollow());
  if (changed) {
    if (row.anonymous_id !== beside) besideSince = performance.now();
    beside = row.anonymous_id;
    clearTimeout(profileTimer);
    profileTimer = setTimeout(readProfile, PROFILE_MS);
  }
}

function mayFollow() {
  return !chosen && (!beside || (performance.now() - besideSince > FOLLOW_MS && !portrait.matches(":hover, :focus-within")));
}

function take(row) {
  if (hold.getAttribute("aria-pressed") === "true") {
    waiting.push(row);
    if (waiting.length > ROWS_KEPT) waiting.shift();
    say(state);
  } else {
    put(row);
  }
}

async function readProfile() {
  try {
    const response = await fetch(`/console/live/profile?anonymous_id=${encodeURIComponent(beside)}`);
    if (!response.ok) return;
    portrait.innerHTML = await response.text();
    localize(portrait);
  } catch {
    // the next row asks again
  }
}

function listen() {
  const source = new EventSource(`/console/live/stream?after=${after}${query ? `&${query}` : ""}`);
  source.onopen = () => {
    failures = 0;
    say("live");
  };
  source.onmessage = (message) => {
    after = message.lastEventId || after;
    take(JSON.parse(message.data));
  };
  source.onerror = () => {
    failures += 1;
    say("lost");
    if (failures >= 3 || source.readyState === EventSource.CLOSED) {
      source.close();
      ask();
    }
  };
}

async function ask() {
  try {
    const response = await fetch(`/console/live/recent?after=${after}${query ? `&${query}` : ""}`);
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    after = answer.after;
    answer.rows.forEach(take);
    say("asking");
  } catch {
    say("lost");
  }
  setTimeout(ask, document.hidden ? 5 * ASK_MS : ASK_MS);
}

hold.addEventListener("click", () => {
  const held = hold.getAttribute("aria-pressed") !== "true";
  hold.setAttribute("aria-pressed", String(held));
  if (!held) {
    waiting.forEach(put);
    waiting = [];
  }
  say(state);
});

if ("EventSource" in window) listen();
else ask();
