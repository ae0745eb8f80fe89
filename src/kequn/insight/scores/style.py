"""How the page of a model card looks: quiet, one accent colour, readable on a phone, in the dark and on paper."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --ink: #1c2426; --soft: #5d6a6d; --line: #dfe5e5; --paper: #fbfcfc; --sheet: #fff;
  --accent: #0f5c66; --tint: #e4f0f0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e9e9; --soft: #97a5a7; --line: #2c3739; --paper: #11181a;
  --sheet: #182124; --accent: #6cc0c4; --tint: #1d3336; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "PingFang SC",
  "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 880px; margin: 0 auto; padding: 40px 20px 64px; }
header { border-bottom: 2px solid var(--accent); padding-bottom: 8px; }
.kind { margin: 0; color: var(--accent); font-size: 14px; font-weight: 600; }
h1 { margin: 2px 0 8px; font-size: 30px; line-height: 1.25; }
h2 { margin: 44px 0 12px; font-size: 18px; }
p { margin: 0 0 12px; max-width: 42em; }
.soft, small { color: var(--soft); font-size: 13px; }
code { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: var(--soft); overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 0; }
.figures div { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 0; font-size: 26px; line-height: 1.3; font-weight: 600; }
.figures dd small { display: block; font-weight: 400; line-height: 1.5; margin-top: 2px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 6px 24px; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; }
.scroll { overflow-x: auto; background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
th, td { padding: 8px 14px; text-align: right; white-space: nowrap; vertical-align: top; }
th { font-weight: 500; }
thead th { color: var(--soft); font-size: 13px; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--sheet); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody.group th { color: var(--accent); font-size: 13px; font-weight: 600; padding-top: 14px; }
td small, th small { display: block; line-height: 1.4; font-weight: 400; }
.first > * { font-weight: 600; background: var(--tint); }
.first th:first-child { background: var(--tint); }
.plot { display: block; width: 100%; max-width: 460px; height: auto; }
.plot text { fill: var(--soft); font-size: 12px; }
.plot .grid { stroke: var(--line); }
.plot .ideal { stroke: var(--soft); stroke-dasharray: 4 4; }
.plot .spread { stroke: var(--accent); opacity: .4; stroke-width: 2; }
.plot circle { fill: var(--accent); }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: minmax(0, 15em) 1fr 3.5em; gap: 14px; align-items: center;
  padding: 4px 0; }
.bars svg { width: 100%; height: 10px; display: block; }
.bars rect { fill: var(--accent); }
.bars span:last-child { text-align: right; color: var(--soft); }
ul.plain { margin: 0; padding-left: 1.2em; max-width: 42em; }
ul.plain li { margin: 0 0 6px; }
@media (max-width: 560px) { main { padding: 24px 16px 48px; } h1 { font-size: 25px; } h2 { margin-top: 36px; }
  .figures { grid-template-columns: 1fr 1fr; } .figures dd { font-size: 22px; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: 10px; }
  .bars li { grid-template-columns: 1fr 3.5em; gap: 0 14px; padding: 6px 0; }
  .bars svg { grid-column: 1 / -1; grid-row: 2; } th, td { padding: 8px 10px; }
  tbody:not(.group) th:first-child { white-space: normal; min-width: 8em; max-width: 9em; } }
@media print { body { background: #fff; } main { max-width: none; padding: 0; } h2 { break-after: avoid; } }
"""
