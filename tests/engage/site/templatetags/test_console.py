"""Template tags: two languages, icons, charts with their table."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from kequn.engage.site.charts import Chart


def shown(text: str, language: str = "zh-hans", **values) -> str:
    with translation.override(language):
        return Template(text).render(Context(values))


def test_a_text_is_in_the_pages_language_and_its_values_are_escaped():
    text = '{% say "共 {n} 位" "{n} customers" n=n %}'
    assert shown(text, n="<b>") == "共 &lt;b&gt; 位"
    assert shown(text, "en", n=7) == "7 customers"


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "金卡"), ("en", "gold")])
def test_a_row_with_two_languages_gives_the_pages(language, text):
    assert shown('{% pick row "name" %}', language, row={"name_zh": "金卡", "name_en": "gold"}) == text
    assert shown('{% pick row "name" %}', "en", row={"name_zh": "金卡", "name_en": None}) == "金卡"


def test_an_icon_speaks_only_with_a_label():
    assert 'aria-hidden="true"' in shown('{% icon "tags" %}')
    assert 'aria-label="标签"' in shown('{% icon "tags" "标签" %}')


def test_a_chart_is_a_table_too():
    drawn = Chart("tiers", "rows", "金卡占 5%", "fen", ["层级", "金额"], [["金卡", 1_234_567_800], ["</script>", None]])
    text = shown("{% chart drawn %}", drawn=drawn)
    assert "1,234.57万" in text
    assert text.count("<tr>") == 3
    assert "\\u003C/script" in text


def test_an_empty_chart_says_so():
    assert "没有数据" in shown("{% chart drawn %}", drawn=Chart("x", "bar", "标题", "count", ["a", "b"], []))


def test_a_change_has_arrow_and_sign():
    assert "↑ +25.0%" in shown('{% change 125 100 "较上月" %}')
    assert "↓ -25.0%" in shown('{% change 75 100 "较上月" %}')
    assert "无可比" in shown('{% change 75 None "较上月" %}')


@pytest.mark.parametrize(("asked", "text"), [("page=2&q=a%26b", "?q=a%26b&amp;page=3"), ("", "?page=3")])
def test_a_lists_address_keeps_its_filters(rf, asked, text):
    assert shown("{% query page=3 %}", request=rf.get(f"/?{asked}")) == text
