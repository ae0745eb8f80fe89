// A list of choices below a field: arrows move, Enter takes, Escape closes; the field keeps the focus.
let made = 0;

export class Listbox {
  constructor(field, list, take) {
    this.field = field;
    this.list = list;
    this.take = take;
    this.choices = [];
    this.at = 0;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-haspopup", "listbox");
    this.close();
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.take(this.choices[Number(row.dataset.number)].value);
    });
  }

  get open() { return !this.list.hidden; }

  // choices: {value, label, name, group, note}; neighbours of one group stand below its name.
  show(choices, none = "") {
    this.choices = choices;
    this.at = 0;
    this.list.replaceChildren();
    let group = null;
    choices.forEach((choice, number) => {
      if (choice.group && choice.group !== group) {
        group = choice.group;
        this.list.append(item("presentation", "audience-list-group", group));
      }
      this.list.append(option(choice, number));
    });
    if (!choices.length && none) this.list.append(item("presentation", "audience-list-group", none));
    this.list.hidden = !choices.length && !none;
    this.field.setAttribute("aria-expanded", String(this.open));
    this.mark();
  }

  close() {
    this.choices = [];
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  // Whether the key was for the list.
  key(event) {
    if (!this.open || event.isComposing) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in moves && this.choices.length) {
      this.at = Math.min(this.choices.length - 1, Math.max(0, this.at + moves[event.key]));
      this.mark();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.choices.length) {
      this.take(this.choices[this.at].value);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  mark() {
    for (const row of this.list.querySelectorAll("[role=option]")) {
      const chosen = Number(row.dataset.number) === this.at;
      row.setAttribute("aria-selected", String(chosen));
      if (!chosen) continue;
      this.field.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    }
  }
}

function item(role, css, text) {
  const row = document.createElement("li");
  row.setAttribute("role", role);
  row.className = css;
  row.textContent = text;
  return row;
}

function option(choice, number) {
  const row = item("option", "", "");
  row.id = `choice-${made++}`;
  row.dataset.number = number;
  if (choice.note) row.title = choice.note;
  const label = document.createElement("span");
  label.textContent = choice.label;
  const name = document.createElement("code");
  name.textContent = choice.name;
  row.append(label, name);
  return row;
}

// How well a tag fits what was typed: 0 best, null not at all.
export function fit(tag, typed) {
  const wanted = typed.toLowerCase();
  const texts = [tag.name, tag.label, tag.other].map((text) => text.toLowerCase());
  if (texts.some((text) => text === wanted)) return 0;
  if (texts.some((text) => text.startsWith(wanted))) return 1;
  return texts.some((text) => text.includes(wanted)) ? 2 : null;
}
