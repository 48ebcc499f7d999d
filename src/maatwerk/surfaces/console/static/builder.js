// The builder of audiences: conditions composed in rows write the rule; the size beside it follows the rule.

const form = document.querySelector("[data-builder]");
const rows = form.querySelector("[data-rows]");
const when = form.querySelector("#when");
const shown = form.querySelector("[data-foreseen]");

const quoted = (text) => JSON.stringify(text);
const literal = (text) =>
  /^(true|false|-?\d+(\.\d+)?)$/.test(text) || /^(days|hours)\(\d+\)$/.test(text) ? text : quoted(text);
const decimal = (text) => (/^-?\d+$/.test(text) ? `${text}.0` : literal(text));

const writes = {
  did(part) {
    let text = `${part("source")}(${quoted(part("event"))})`;
    const field = part("field");
    const value = part("value");
    if (field && value) {
      const within = field === "product.categories";
      const test = within ? `${quoted(value)} in e.${field}` : `e.${field} ${part("op")} ${decimal(value)}`;
      text += `.where(e, ${test})`;
    }
    if (Number(part("days")) > 0) text += `.within(days(${Number(part("days"))}))`;
    return `${text}.count() ${part("times")} ${Number(part("count")) || 0}`;
  },
  fact: (part) => (part("name") && part("value") ? `${part("name")} ${part("op")} ${literal(part("value"))}` : ""),
  audience: (part) => (part("key") ? `${part("is")}audiences[${quoted(part("key"))}]` : ""),
};

function compose() {
  const parts = [...rows.children]
    .map((row) => writes[row.dataset.kind]((name) => row.querySelector(`[data-part="${name}"]`)?.value.trim() ?? ""))
    .filter(Boolean);
  when.value = parts.join(` ${form.querySelector("[data-join]").value} `);
  foresee();
}

let waiting = 0;
let asked = 0;
function foresee() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    if (!when.value.trim()) {
      shown.innerHTML = '<p class="quiet">Write a rule to see its size.</p>';
      return;
    }
    const mine = ++asked;
    shown.setAttribute("aria-busy", "true");
    if (!shown.querySelector(".foreseen-size")) shown.innerHTML = '<p class="quiet">Asking everybody …</p>';
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch("/console/audiences/foresee", { method: "POST", headers: { "x-part": "1" }, body });
      const text = await answer.text();
      if (mine !== asked) return;
      shown.innerHTML = answer.ok ? text : '<p class="note note-bad">The size cannot be told now. Try again.</p>';
    } catch {
      if (mine === asked) shown.innerHTML = '<p class="note note-bad">The server does not answer. Try again.</p>';
    } finally {
      if (mine === asked) shown.removeAttribute("aria-busy");
    }
  }, 500);
}

for (const button of form.querySelectorAll("[data-add]")) {
  button.addEventListener("click", () => {
    const kind = button.dataset.add;
    const row = document.querySelector(`[data-template="${kind}"]`).content.firstElementChild.cloneNode(true);
    row.dataset.kind = kind;
    rows.append(row);
    row.querySelector("input, select").focus();
    compose();
  });
}
rows.addEventListener("input", compose);
form.querySelector("[data-join]").addEventListener("change", () => rows.children.length && compose());
rows.addEventListener("click", (event) => {
  if (event.target.closest("[data-remove]")) {
    event.target.closest("li").remove();
    compose();
  }
});
when.addEventListener("input", foresee);
foresee();
