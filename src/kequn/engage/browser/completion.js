// Completion of a rule's text: tags by name or label, comparisons after a tag, codes after a comparison.
import { Listbox, fit } from "./listbox.js";

const MOST = 12;
const OPERATORS = {
  number: ["between ", ">= ", "<= ", "= ", "<> ", "> ", "< ", "is null", "is not null"],
  code: ["in (", "not in (", "= ", "<> ", "is null", "is not null"],
  text: ["= ", "in (", "like ", "is null", "is not null"],
  flag: ["and ", "or ", "is null"],
};

export function completion(field, list, vocabulary) {
  const tags = new Map(vocabulary.tags.map((tag) => [tag.name, tag]));
  const box = new Listbox(field, list, take);
  let from = 0;

  function take(text) {
    const end = field.selectionEnd;
    field.setRangeText(text, from, end, "end");
    if (text.endsWith("()")) field.selectionStart = field.selectionEnd = field.selectionEnd - 1;
    box.close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function offer(forced) {
    const before = field.value.slice(0, field.selectionStart);
    if (field.selectionStart !== field.selectionEnd) return box.close();
    const found = codes(before) ?? names(before) ?? comparisons(before) ?? (forced ? all(before) : null);
    if (!found || !found.choices.length) return box.close();
    from = found.from;
    box.show(found.choices.slice(0, MOST));
  }

  // Within quotes, or right after a comparison: the codes of the tag before it.
  function codes(before) {
    const match = before.match(/([a-z_]\w*)\s*(?:=|<>|(?:not\s+)?in\s*\((?:\s*'[^']*'\s*,)*)\s*('?)([^'\s,()]*)$/i);
    const tag = match && tags.get(match[1].toLowerCase());
    if (!tag || !tag.values.length) return null;
    const typed = match[3].toLowerCase();
    const choices = tag.values
      .filter(([code, label]) => code.toLowerCase().includes(typed) || label.toLowerCase().includes(typed))
      .map(([code, label]) => ({ value: `'${code}'`, label, name: code }));
    return { from: before.length - match[2].length - match[3].length, choices };
  }

  function names(before) {
    const typed = before.match(/[\p{L}_][\p{L}\p{N}_]*$/u)?.[0];
    if (!typed || (before.match(/'/g) ?? []).length % 2) return null;
    const fits = vocabulary.tags.map((tag) => ({ tag, rank: fit(tag, typed) })).filter((each) => each.rank !== null);
    fits.sort((a, b) => a.rank - b.rank);
    const choices = fits.map(({ tag }) => ({ value: tag.name, label: tag.label, name: tag.name, note: tag.note }));
    const known = vocabulary.words.filter(([word]) => word.startsWith(typed.toLowerCase()) && word !== typed)
      .map(([word, label]) => ({ value: word.endsWith(")") ? word : `${word} `, label, name: word }));
    const whole = tags.has(typed) && choices.length === 1 && !known.length;
    return { from: before.length - typed.length, choices: whole ? [] : [...known, ...choices] };
  }

  function comparisons(before) {
    const match = before.match(/([a-z_]\w*)\s+$/i);
    const tag = match && tags.get(match[1].toLowerCase());
    if (!tag) return null;
    const offered = OPERATORS[tag.kind] ?? OPERATORS.number;
    const label = new Map(vocabulary.words.map(([word, said]) => [word, said]));
    return { from: before.length, choices: offered.map((op) => ({ value: op, label: label.get(op.trim().replace(" (", "")) ?? `${tag.label} ${op}`, name: op })) };
  }

  function all(before) {
    return { from: before.length, choices: vocabulary.tags.map((tag) => ({ value: tag.name, label: tag.label, name: tag.name })) };
  }

  field.addEventListener("input", () => offer(false));
  field.addEventListener("click", () => box.close());
  field.addEventListener("blur", () => box.close());
  field.addEventListener("keydown", (event) => {
    if (box.key(event)) return;
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); offer(true); }
    if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) box.close();
  });
}
