// The audience builder: one rule in two forms, kept equal by the server, counted while one writes.
import { completion } from "../completion.js";
import { Drawing } from "../drawing.js";

const WAIT = 400; // milliseconds without typing before anything is asked
const form = document.getElementById("builder");
const rule = document.getElementById("rule");
const note = document.getElementById("form-fault");
const vocabulary = JSON.parse(document.getElementById("audience-vocabulary").textContent);
const words = new Map([...document.getElementById("t-words").content.children].map((each) => [each.dataset.word, each.textContent]));
const drawing = new Drawing(document.getElementById("tree"), vocabulary, (name) => words.get(name), drawn);
const tabs = [...form.querySelectorAll("[role=tab]")];
let mode = "text";
let timer = 0;
let asked = 0;

// The other form of the rule; null when a later question overtook this one.
async function other(given) {
  const mine = ++asked;
  try {
    const answer = await fetch(form.dataset.formUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: JSON.stringify(given),
    });
    const found = answer.ok ? await answer.json() : { fault: words.get("offline") };
    return mine === asked ? found : null;
  } catch {
    return { fault: words.get("offline") };
  }
}

function later(run) {
  clearTimeout(timer);
  timer = setTimeout(run, WAIT);
}

function count() { form.dispatchEvent(new CustomEvent("rule-changed")); }

function drawn(tree) {
  later(() => write(tree));
}

async function write(tree) {
  const found = await other({ tree });
  if (!found) return;
  drawing.fault(found.faults ?? {});
  note.textContent = found.fault ?? "";
  // While a condition is incomplete, the size shown is that of the rule before.
  document.getElementById("result").classList.toggle("audience-stale", found.rule === undefined);
  if (found.rule === undefined || found.rule === rule.value) return;
  rule.value = found.rule;
  count();
}

// What was drawn last is in the text before anything is done with the text.
async function settled() {
  clearTimeout(timer);
  if (mode === "drawn") await write(drawing.tree);
}

async function show(next, focus) {
  if (next === "drawn") {
    clearTimeout(timer);
    const found = await other({ rule: rule.value });
    if (!found) return;
    if (!found.tree) {
      note.textContent = `${found.fault} ${words.get("fix")}`;
      return;
    }
    drawing.set(found.tree);
  } else {
    await settled();
  }
  note.textContent = "";
  mode = next;
  for (const tab of tabs) {
    const chosen = tab.dataset.mode === mode;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
}

for (const tab of tabs) {
  tab.addEventListener("click", () => show(tab.dataset.mode, true));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    show(tabs[(tabs.indexOf(tab) + 1) % tabs.length].dataset.mode, true);
  });
}
rule.addEventListener("input", () => later(count));
form.addEventListener("submit", (event) => {
  if (form.dataset.ready || mode === "text") return;
  event.preventDefault();
  const button = event.submitter;
  settled().then(() => {
    if (form.querySelector("[aria-invalid]:not(#id_name)")) return form.querySelector("[aria-invalid]:not(#id_name)").focus();
    form.dataset.ready = "1";
    form.requestSubmit(button);
  });
});
// Enter in a field of a condition does not save.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.closest("#tree") && event.target.matches("input")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const jump = event.target.closest("[data-jump-line]");
  if (!jump) return;
  show("text").then(() => {
    const { jumpLine, jumpColumn, jumpLength } = jump.dataset;
    const start = rule.value.split("\n").slice(0, jumpLine - 1).join("\n").length + (jumpLine > 1) + Number(jumpColumn) - 1;
    rule.focus();
    rule.setSelectionRange(start, start + Number(jumpLength));
  });
});

form.querySelector(".audience-tabs").hidden = false;
completion(rule, document.getElementById("rule-list"), vocabulary);
show("drawn");
