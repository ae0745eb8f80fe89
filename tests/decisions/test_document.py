from __future__ import annotations

import pytest
from pydantic import Field

from kequn.decisions.document import Strict, read, text_of, validated
from kequn.errors import KequnError


class Inner(Strict):
    colour: str
    size: int = Field(default=1, ge=0)


class Outer(Strict):
    name: str
    inners: tuple[Inner, ...] = ()
    named: dict[str, Inner] = Field(default_factory=dict)
    share: float = 0.0


def fault(text: str) -> KequnError:
    with pytest.raises(KequnError) as error:
        read(Outer, text, "outer.yaml")
    return error.value


def test_a_document_is_read_as_written():
    found = read(Outer, "name: 0010\ninners:\n  - {colour: no, size: 3}\nshare: 0.5\n", "outer.yaml")
    assert found == Outer(name="0010", inners=(Inner(colour="no", size=3),), share=0.5)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("name: a\nshaer: 1", "outer.yaml, line 2: there is no field shaer.", "Did you mean share?"),
        ("name: a\nq: 1", "line 2: there is no field q.", "Known fields: name, inners, named, share."),
        ("name: a\ninners:\n- colour: red\n  sise: 3", "line 4: there is no field inners.0.sise.", "mean size?"),
        (
            "name: a\nnamed:\n  b:\n    colour: red\n    sise: 3",
            "line 5: there is no field named.b.sise.",
            "mean size?",
        ),
        ("share: 1", "outer.yaml, line 1: field name is missing.", "Add it."),
        ("name: a\ninners:\n- size: 3", "line 3: field inners.0.colour is missing.", "Add it."),
        ("name: a\nshare: 1\nname: b", "outer.yaml, line 3: field name is given twice.", "Keep one."),
        ("name: a\ninners:\n- colour: x\n  colour: y", "line 4: field colour is given twice.", "Keep one."),
        ("name: a\ninners:\n- colour: x\n  size: -1", "line 4: field inners.0.size:", "It says '-1'."),
        ("name: a\nshare: much", "line 2: field share: Input should be a valid number", "It says 'much'."),
        ("name: [a\nshare: 1", "outer.yaml, line 2, column 6: not valid YAML", "Check indents and quotes."),
        ("nmae: a", "outer.yaml, line 1: there is no field nmae.", "Did you mean name?"),
        ("name: a\n\tshare: 1", "outer.yaml, line 2, column 1: not valid YAML", "Check indents"),
        ("name: a\x07", "outer.yaml: not valid YAML", "Check indents"),
        ("name: a\n---\nname: b", "outer.yaml, line 2, column 1: not valid YAML", "Check indents"),
        ("name: &n a\nshare: *n", "outer.yaml, line 2: links (*n) are not read.", "Write it out."),
        ("name: a\nx: &x [*x]", "outer.yaml, line 2: links (*x) are not read.", "Write it out."),
        ("name: a\n? [b, c]\n: d", "outer.yaml, line 2: a field has no name.", "name: value"),
        ("- name: a", "outer.yaml must hold fields", "docs/campaigns.md"),
        ("", "outer.yaml must hold fields", "docs/campaigns.md"),
        ("spring", "outer.yaml must hold fields", "docs/campaigns.md"),
    ],
)
def test_what_is_wrong_names_file_line_and_field(text, message, hint):
    found = fault(text)
    assert message in found.message
    assert hint in found.hint


def test_fields_without_a_document_are_checked_the_same_way():
    with pytest.raises(KequnError) as error:
        validated(Outer, {"name": "a", "shaer": "1"}, "change.yaml")
    assert error.value.message == "change.yaml: there is no field shaer."


def test_a_file_that_is_not_there_or_not_utf8_is_refused(tmp_path):
    with pytest.raises(KequnError, match=r"^x\.yaml cannot be read"):
        text_of(tmp_path / "x.yaml", "x.yaml")
    (tmp_path / "y.yaml").write_bytes("name: 春".encode("gb18030"))
    with pytest.raises(KequnError, match=r"^y\.yaml is not UTF-8"):
        text_of(tmp_path / "y.yaml", "y.yaml")
    (tmp_path / "z.yaml").write_text("名", "utf-8")
    assert text_of(tmp_path / "z.yaml", "z.yaml") == "名"
