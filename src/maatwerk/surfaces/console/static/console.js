// What every page does: times in the reader's zone, the search key, the fold of the rail, forms that answer in place.

const zones = {
  time: new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  date: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }),
  weekday: new Intl.DateTimeFormat(undefined, { weekday: "short" }),
  day: new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
};

/** Write the moments of a part of the page as the reader's clock has them. */
export function localize(part) {
  for (const moment of part.querySelectorAll("time[data-style]")) {
    const format = zones[moment.dataset.style];
    if (format) moment.textContent = format.format(new Date(moment.dateTime));
    delete moment.dataset.style;
  }
}

localize(document);

// A picture that cannot be had leaves a quiet square, not a broken one.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) event.target.classList.add("picture-lost");
}, true);
for (const picture of document.images) if (picture.complete && !picture.naturalWidth) picture.classList.add("picture-lost");

document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

const find = document.getElementById("find");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if ((event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
    event.preventDefault();
    find?.focus();
    find?.select();
  }
});

const fold = document.getElementById("fold");
if (fold) {
  const kept = (value) => {
    try {
      if (value !== undefined) localStorage.setItem("maatwerk-rail", value);
      return localStorage.getItem("maatwerk-rail");
    } catch {
      return null;
    }
  };
  const show = (folded) => {
    document.body.classList.toggle("folded", folded);
    fold.setAttribute("aria-expanded", String(!folded));
    fold.setAttribute("aria-label", folded ? "Unfold the navigation" : "Fold the navigation");
    for (const link of document.querySelectorAll(".rail a")) link.title = folded ? link.textContent.trim() : "";
  };
  fold.hidden = false;
  show(kept() === "folded");
  fold.addEventListener("click", () => {
    const folded = !document.body.classList.contains("folded");
    kept(folded ? "folded" : "open");
    show(folded);
  });
}

// A form that asks for a part of the page: its answer appears beside its button.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-part]");
  if (!form) return;
  event.preventDefault();
  const answer = form.querySelector("[data-answer]");
  const button = form.querySelector("button");
  button.disabled = true;
  answer.textContent = "…";
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { "x-part": "1" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (!response.ok) throw new Error(String(response.status));
    answer.innerHTML = await response.text();
  } catch {
    answer.textContent = "That did not work: reload the page and try again.";
  } finally {
    button.disabled = false;
  }
});
