"""A mistake in a rule as the page shows it: in words, at its place, with what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kequn.engage.language import spoken
from kequn.errors import KequnError
from kequn.language import Language

PLACE = re.compile(r"^rule(?:, line (\d+), column (\d+))?: (.*)$", re.DOTALL)
# Messages of the rule language in Chinese; what is not listed is shown as it is.
CHINESE = (
    (r"there is no tag (.+)\.", r"没有标签 \1。"),
    (r"There is no tag (.+)\.", r"没有标签 \1。"),
    (r"there is no function (.+)\.", r"没有函数 \1。"),
    (r"Tag (.+) is newer than the published night\.", r"标签 \1 比已发布的夜批新。"),
    (r"Run: kequn night\.", r"请运行 kequn night。"),
    (r"Did you mean (.+)\?", r"是不是 \1？"),
    (r"(\w+) is never '(.*)'\.", r"\1 没有取值“\2”。"),
    (r"It is one of: (.+)\.", r"可用取值：\1。"),
    (r"Text stands in single quotes: (.+)\.", r"文本要加单引号：\1。"),
    (r"Text stands in single quotes, numbers without\.", r"文本加单引号，数字不加。"),
    (r"(.+) is full-width punctuation\.", r"“\1”是全角标点。"),
    (r"Type a space\.", r"请改成半角空格。"),
    (r"Type (.+) instead, on the English keyboard\.", r"请改成半角的 \1。"),
    (r"a quote or comment is not closed\.", r"引号或注释没有结束。"),
    (r"there is no condition\.", r"没有条件。"),
    (r"nothing equals NULL\.", r"不能与 NULL 比较。"),
    (r"Write is null or is not null\.", r"请写 is null 或 is not null。"),
    (r"The catalogue lists all tags\.", r"标签目录列出全部标签。"),
    (r"See all tags: kequn catalogue\.", r"标签目录列出全部标签。"),
    (r"(.+) is a (number|text|date), not a condition\.", r"\1 不是条件。"),
    (r"Compare it, e\.g\. (.+)\.", r"请加上比较，例如 \1。"),
    (r"(.+) is a (\w+) and (.+) is a (\w+)\.", r"\1 与 \3 的类型不同，不能比较。"),
    (r"Compare like with like\.", r"请比较同类的值。"),
    (r"(.+) is not part of the (?:rule language|grammar)\.", r"规则里不能使用 \1。"),
    (r"'(.*)' is not a date\.", r"“\1”不是日期。"),
    (r"Write dates as '(.+)'\.", r"日期写成 '\1'。"),
    (r"the codes of (.+) have no order\.", r"\1 的取值没有大小之分。"),
    (r"Use (\w+) in \('\.\.\.', '\.\.\.'\)\.", r"请写 \1 in ('…', '…')。"),
    (r"yes and no have no order\.", r"是与否没有大小之分。"),
    (r"Expecting \)", r"缺少右括号"),
    (r"Required keyword: '(\w+)' missing", r"条件不完整"),
    (r"Invalid expression / Unexpected token", r"这里的内容无法识别"),
    (r"Join conditions with and, or, not\.", r"条件之间用 and、or、not 连接。"),
)


@dataclass(frozen=True)
class Fault:
    """``message`` and ``hint`` in the page's language; ``line`` and ``column`` from 1, or 0 where no place is known."""

    message: str
    hint: str
    line: int = 0
    column: int = 0
    before: str = ""
    marked: str = ""
    after: str = ""


def fault_of(error: KequnError, rule: str) -> Fault:
    """What ``error`` says about ``rule``; the word at its place is taken out to be marked."""
    found = PLACE.match(error.message)
    message = (found[3] if found else error.message).strip()
    hint = error.hint.split("\n", 1)[0] if found and found[1] else error.hint
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (0, 0)
    return Fault(_said(message), _said(hint.strip()), line, column, *_around(rule, line, column))


def _around(rule: str, line: int, column: int) -> tuple[str, str, str]:
    """The line before the place, the word there, and the rest."""
    lines = rule.split("\n")
    if not 0 < line <= len(lines):
        return "", "", ""
    text = lines[line - 1]
    word = re.match(r"\w+|.?", text[column - 1 :])
    end = column - 1 + (len(word[0]) if word else 0)
    return text[: column - 1], text[column - 1 : end] or " ", text[end:]


def _said(text: str) -> str:
    if spoken() is not Language.ZH:
        return text[:1].upper() + text[1:]
    for english, chinese in CHINESE:
        found = re.match(english, text)
        if found:
            return found.expand(chinese) + text[found.end() :].replace(".", "。")
    return text
