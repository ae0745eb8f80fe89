// What every page needs: htmx, menus that close, the theme, and charts where there are some.
import htmx from "htmx.org";
import { drawAll } from "./charts.js";
import { tour } from "./tour.js";

window.htmx = htmx;

function csrf() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrf();
});
document.addEventListener("htmx:afterSettle", () => drawAll());

// A menu or explanation closes when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open], details.help[open], details.phone-more[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open], details.help[open], details.phone-more[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme]");
  if (!button) return;
  document.cookie = `kequn_theme=${button.dataset.theme};path=/;max-age=31536000;samesite=lax`;
  document.documentElement.dataset.bsTheme = button.dataset.theme;
  drawAll(true);
});

// What cannot be undone says what will happen and asks once: <form data-confirm="...">.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset?.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// <select data-submit> sends its form when changed.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A table wider than the screen can be scrolled by keyboard too.
function reachable() {
  for (const box of document.querySelectorAll(".table-responsive")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
window.addEventListener("resize", reachable);
document.addEventListener("htmx:afterSettle", reachable);

reachable();
drawAll();
tour();
