// The tour of a first visit: one step after the other, each with its part of the page marked.
export function tour() {
  const box = document.querySelector("[data-tour]");
  if (!box) return;
  const steps = [...box.querySelector("template").content.querySelectorAll("p")]
    .map((step) => ({ text: step.textContent, part: seen(step.dataset.at) }))
    .filter((step) => step.part);
  const text = box.querySelector("[data-tour-text]");
  const next = box.querySelector("[data-tour-next]");
  const close = box.querySelector("[data-tour-close]");
  let place = -1;

  function mark(on) {
    steps[place]?.part.classList.toggle("tour-on", on);
  }

  function go() {
    mark(false);
    place += 1;
    if (place === steps.length) return end();
    mark(true);
    steps[place].part.scrollIntoView({ block: "nearest" });
    text.textContent = steps[place].text;
    box.querySelector("[data-tour-place]").textContent = `${place + 1} / ${steps.length}`;
    next.textContent = next.dataset.next;
    next.hidden = place === steps.length - 1;
    close.textContent = close.dataset.done;
    (next.hidden ? close : text).focus();
  }

  function end() {
    mark(false);
    const data = new FormData(box.querySelector("form"));
    box.remove();
    document.querySelector("#content").focus();
    fetch(box.dataset.seen, { method: "POST", body: data });
  }

  next.addEventListener("click", go);
  close.addEventListener("click", end);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
}

function seen(selector) {
  return [...document.querySelectorAll(selector)].find((part) => part.offsetParent !== null || getComputedStyle(part).position === "fixed");
}
