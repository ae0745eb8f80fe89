// The drawn form of a rule: groups and conditions as fields over one tree, which the server writes as text.
import { Listbox, fit } from "./listbox.js";

export class Drawing {
  // changed(tree) is called whenever a field or the structure changes.
  constructor(root, vocabulary, word, changed) {
    this.root = root;
    this.tags = new Map(vocabulary.tags.map((tag) => [tag.name, tag]));
    this.vocabulary = vocabulary;
    this.word = word;
    this.changed = changed;
    this.tree = { join: "and", not: false, items: [] };
  }

  set(tree) {
    this.tree = tree;
    this.render();
  }

  // Marks conditions that cannot be written: {path: message}.
  fault(faults) {
    for (const place of this.root.querySelectorAll("[data-part=error]")) {
      const row = place.closest("[data-path]");
      place.textContent = faults[row.dataset.path] ?? "";
      for (const field of row.querySelectorAll("input, select")) {
        if (place.textContent) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
    }
  }

  render(focus) {
    this.root.replaceChildren(this.group(this.tree, []));
    if (focus) this.focus(focus);
  }

  focus({ path, part }) {
    const row = this.root.querySelector(`[data-path="${path.join(".")}"]`);
    const field = row?.querySelector(part ?? "button, select, input") ?? this.root.querySelector("[data-act=add]");
    field?.focus();
  }

  group(node, path) {
    const shown = copy("t-group");
    shown.dataset.path = path.join(".");
    const join = shown.querySelector("[data-part=join]");
    join.setAttribute("aria-label", shown.querySelector("label").textContent);
    join.value = `${node.not ? "not-" : ""}${node.join}`;
    join.addEventListener("change", () => {
      node.not = join.value.startsWith("not-");
      node.join = join.value.replace("not-", "");
      this.update({ path, part: "[data-part=join]" });
    });
    const items = shown.querySelector("[data-part=items]");
    node.items.forEach((item, number) => {
      if (number) items.append(joint(this.word(node.join)));
      items.append(this.item(node, item, [...path, number]));
    });
    this.on(shown, "add", () => this.pick(node, path, node.items.length));
    this.on(shown, "group", () => {
      node.items.push({ join: node.join === "and" ? "or" : "and", not: false, items: [] });
      this.update({ path: [...path, node.items.length - 1], part: "[data-act=add]" });
    });
    this.on(shown, "text", () => {
      node.items.push({ text: "" });
      this.update({ path: [...path, node.items.length - 1], part: "input" });
    });
    if (path.length) this.on(shown, "remove", () => this.remove(path));
    else {
      shown.classList.add("audience-root");
      shown.querySelector("[data-act=remove]").remove();
      if (node.items.length < 2 && !node.not) join.classList.add("audience-quiet");
    }
    return shown;
  }

  item(parent, item, path) {
    if (item.items) return this.group(item, path);
    const shown = item.tag === undefined ? this.text(item) : this.condition(parent, item, path);
    shown.dataset.path = path.join(".");
    this.on(shown, "remove", () => this.remove(path));
    return shown;
  }

  text(node) {
    const shown = copy("t-text");
    const field = shown.querySelector("[data-part=text]");
    field.value = node.text;
    field.addEventListener("input", () => { node.text = field.value; this.changed(this.tree); });
    return shown;
  }

  condition(parent, node, path) {
    const shown = copy("t-condition");
    const tag = this.tags.get(node.tag);
    shown.setAttribute("aria-label", tag.label);
    const button = shown.querySelector("[data-act=pick]");
    button.textContent = tag.label;
    button.title = `${tag.name} · ${tag.note}`;
    button.addEventListener("click", () => this.pick(parent, path.slice(0, -1), path.at(-1)));
    const op = shown.querySelector("[data-part=op]");
    for (const [name, label] of this.vocabulary.ops[tag.kind]) op.append(new Option(label, name, false, name === node.op));
    op.addEventListener("change", () => {
      node.op = op.value;
      const many = this.many(tag, node.op);
      if (many >= 0) node.values = node.values.slice(0, many);
      this.update({ path, part: "[data-part=op]" });
    });
    this.values(shown.querySelector("[data-part=values]"), tag, node);
    return shown;
  }

  many(tag, op) { return this.vocabulary.ops[tag.kind].find(([name]) => name === op)[2]; }

  values(place, tag, node) {
    const many = this.many(tag, node.op);
    if (many === 0) return;
    if (tag.kind === "code") return place.append(this.codes(tag, node, many));
    const labels = many === 2 ? [this.word("low"), this.word("high")] : [this.word("value")];
    labels.forEach((label, number) => {
      if (number) place.append(this.word("to"));
      place.append(this.field(tag, node, number, `${tag.label} ${label}`, many));
    });
    if (tag.unit) place.append(tag.unit);
  }

  field(tag, node, number, label, many) {
    const field = document.createElement("input");
    field.className = "form-control form-control-sm audience-value";
    field.setAttribute("aria-label", label);
    field.autocomplete = "off";
    const hint = { date: this.word("date"), money: this.word("money") };
    field.placeholder = many < 0 ? this.word("many") : (hint[tag.kind] ?? "");
    if (["number", "money", "share"].includes(tag.kind)) field.classList.add("num");
    field.value = many < 0 ? node.values.join(",") : (node.values[number] ?? "");
    field.addEventListener("input", () => {
      if (many < 0) node.values = field.value.split(/[,，]/).map((each) => each.trim()).filter(Boolean);
      else {
        while (node.values.length < number) node.values.push("");
        node.values[number] = field.value;
      }
      this.changed(this.tree);
    });
    return field;
  }

  codes(tag, node, many) {
    const set = document.createElement("span");
    set.className = "chips";
    for (const [code, said] of tag.values) {
      const label = document.createElement("label");
      label.className = "chip audience-code";
      const box = document.createElement("input");
      box.type = many < 0 ? "checkbox" : "radio";
      if (many > 0) box.name = `code-${Math.random()}`;
      box.checked = node.values.includes(code);
      label.classList.toggle("on", box.checked);
      box.addEventListener("change", () => {
        const others = many < 0 ? node.values.filter((each) => each !== code) : [];
        const chosen = new Set(box.checked ? [...others, code] : others);
        node.values = tag.values.map(([each]) => each).filter((each) => chosen.has(each));
        for (const each of set.querySelectorAll("label")) {
          const field = each.querySelector("input");
          if (many > 0 && field !== box) field.checked = false;
          each.classList.toggle("on", field.checked);
        }
        this.changed(this.tree);
      });
      label.append(box, said);
      set.append(label);
    }
    return set;
  }

  // Choose the tag of a condition, a new one where number is beyond the last.
  pick(parent, path, number) {
    this.root.querySelector(".audience-picker")?.remove();
    const picker = copy("t-picker");
    const field = picker.querySelector("input");
    const place = [...path, number].join(".");
    const row = number < parent.items.length && this.root.querySelector(`[data-path="${place}"]`);
    const group = this.root.querySelector(`[data-path="${path.join(".")}"]`);
    if (row) row.append(picker);
    else group.querySelector(":scope > .audience-add").append(picker);
    const done = (name) => {
      const tag = this.tags.get(name);
      const [op, , many] = this.vocabulary.ops[tag.kind][0];
      parent.items[number] = { tag: name, op, values: [] };
      this.update({ path: [...path, number], part: many ? "[data-part=values] input" : "[data-part=op]" });
    };
    const box = new Listbox(field, picker.querySelector("ul"), done);
    const close = () => {
      picker.remove();
      this.focus({ path: row ? [...path, number] : path, part: row ? "[data-act=pick]" : ":scope > .audience-add [data-act=add]" });
    };
    const offer = () => box.show(this.found(field.value.trim()), this.word("none"));
    field.addEventListener("input", offer);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.preventDefault(); return close(); }
      box.key(event);
    });
    field.addEventListener("blur", () => setTimeout(() => picker.isConnected && !picker.contains(document.activeElement) && picker.remove(), 150));
    offer();
    field.focus();
  }

  found(typed) {
    const ranked = this.vocabulary.tags.map((tag) => ({ tag, rank: typed ? fit(tag, typed) : 0 })).filter((each) => each.rank !== null);
    if (typed) ranked.sort((a, b) => a.rank - b.rank);
    return ranked.map(({ tag }) => ({ value: tag.name, label: tag.label, name: tag.name, note: tag.note, group: tag.group }));
  }

  remove(path) {
    const parent = path.slice(0, -1).reduce((node, number) => node.items[number], this.tree);
    parent.items.splice(path.at(-1), 1);
    const next = Math.min(path.at(-1), parent.items.length - 1);
    this.update({ path: next < 0 ? path.slice(0, -1) : [...path.slice(0, -1), next] });
  }

  update(focus) {
    this.render(focus);
    this.changed(this.tree);
  }

  on(shown, act, run) { shown.querySelector(`[data-act=${act}]`)?.addEventListener("click", run); }
}

function copy(id) { return document.getElementById(id).content.firstElementChild.cloneNode(true); }

function joint(text) {
  const shown = document.createElement("div");
  shown.className = "audience-joint";
  shown.textContent = text;
  return shown;
}
