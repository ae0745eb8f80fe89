"""Where a rule's text falls apart: into conditions joined by and, or and not, each with the very text it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from kequn.engage.audiences.tree import DEPTH_MOST, Join
from kequn.engage.language import say
from kequn.engine.dialect import Definitions
from kequn.errors import KequnError


@dataclass(frozen=True)
class Piece:
    """A part of the text without and, or, not of its own."""

    text: str


@dataclass(frozen=True)
class Joined:
    """Parts joined by one word; ``negated`` where ``not`` stands before them."""

    join: Join
    parts: tuple[Part, ...]
    negated: bool = False


Part: TypeAlias = Piece | Joined


def pieces(text: str) -> Part:
    """``text`` taken apart; raises KequnError where a parenthesis or a condition is missing.

    A comment between conditions keeps the text whole, because a drawing has no place for it.
    """
    try:
        tokens = sqlglot.tokenize(text, read=Definitions)
    except TokenError:
        raise KequnError(say("引号或注释没有结束。", "A quote or comment is not closed.")) from None
    if not tokens:
        raise KequnError(say("没有条件。", "There is no condition."))
    found = _Reader(text, tokens).whole()
    return Piece(text.strip()) if any(token.comments for token in tokens) else found


def is_single(text: str) -> bool:
    """Whether ``text`` is one condition that needs no parentheses beside others."""
    try:
        commented = any(token.comments for token in sqlglot.tokenize(text, read=Definitions))
        return isinstance(pieces(text), Piece) and not commented
    except (KequnError, TokenError):
        return False


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text, self._tokens, self._at, self._depth = text, tokens, 0, 0

    def whole(self) -> Part:
        found = self._joined("or")
        if self._at < len(self._tokens):
            raise KequnError(say("多了一个右括号。", "There is a closing parenthesis too many."))
        return found

    def _joined(self, join: Join) -> Part:
        word = TokenType.OR if join == "or" else TokenType.AND
        parts = [self._joined("and") if join == "or" else self._single()]
        while self._is(word):
            self._at += 1
            parts.append(self._joined("and") if join == "or" else self._single())
        return parts[0] if len(parts) == 1 else Joined(join, tuple(parts))

    def _single(self) -> Part:
        if self._is(TokenType.NOT):
            self._at += 1
            inner = self._single()
            return Joined("and", (inner,), negated=True)
        return self._enclosed() if self._encloses() else self._piece()

    def _encloses(self) -> bool:
        """Whether a parenthesis opens here and nothing but and, or or the end follows where it closes."""
        if not self._is(TokenType.L_PAREN):
            return False
        after = self._closing(self._at) + 1
        ends = (TokenType.AND, TokenType.OR, TokenType.R_PAREN)
        return after >= len(self._tokens) or self._tokens[after].token_type in ends

    def _enclosed(self) -> Part:
        self._depth += 1
        if self._depth > 2 * DEPTH_MOST:
            raise KequnError(say("括号嵌套过深。", "Parentheses are nested too deeply."))
        self._at += 1
        found = self._joined("or")
        self._at += 1  # the parenthesis that closes, which was found before
        self._depth -= 1
        return found

    def _piece(self) -> Piece:
        """Up to the next and or or outside parentheses; that of BETWEEN and those of CASE belong to it."""
        start, between, case = self._at, 0, 0
        while self._at < len(self._tokens):
            kind = self._tokens[self._at].token_type
            if kind is TokenType.L_PAREN:
                self._at = self._closing(self._at)
            elif kind is TokenType.R_PAREN:
                break
            case += (kind is TokenType.CASE) - (kind is TokenType.END)
            if kind is TokenType.BETWEEN:
                between += 1
            elif kind is TokenType.AND and between and not case:
                between -= 1
            elif kind in (TokenType.AND, TokenType.OR) and not case:
                break
            self._at += 1
        if start == self._at:
            raise KequnError(say("and、or 或 not 后缺少条件。", "A condition is missing beside and, or or not."))
        return Piece(self._text[self._tokens[start].start : self._tokens[self._at - 1].end + 1])

    def _closing(self, opening: int) -> int:
        depth = 0
        for number in range(opening, len(self._tokens)):
            kind = self._tokens[number].token_type
            depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
            if depth == 0:
                return number
        raise KequnError(say("括号没有闭合。", "A parenthesis is not closed."))

    def _is(self, kind: TokenType) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].token_type is kind
