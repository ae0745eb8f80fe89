// Draws every [data-chart] from the JSON beside it; kinds are those of kequn.engage.site.charts.
import * as echarts from "echarts/core";
import { BarChart, CustomChart, GraphChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, CustomChart, GraphChart, HeatmapChart, LineChart, SankeyChart, ScatterChart,
  GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, SVGRenderer]);

const PALETTE = ["#0b6b6b", "#d08a2e", "#4a6fa5", "#9b5d8f", "#6a994e", "#bc4b51", "#5f6c7b", "#2a9d8f", "#8d6e4b"];
// From little to much: away from the page's own ground.
const HEAT = { light: ["#eef5f4", "#8cc5c0", "#0b6b6b", "#05393a"], dark: ["#1b2626", "#0b5555", "#2a9d8f", "#d3efeb"] };
const zh = () => document.documentElement.lang !== "en";
const shown = new Map();

function short(value) {
  const steps = zh() ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "B"], [1e6, "M"], [1e3, "K"]];
  for (const [size, word] of steps) if (Math.abs(value) >= size) return trim(value / size) + word;
  return trim(value);
}
const trim = (value) => value.toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 });

function write(value, unit) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (unit === "fen") return short(value / 100);
  if (unit === "share") return trim(value * 100) + "%";
  return short(value);
}

function look() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return { text: read("--tblr-body-color"), faint: read("--tblr-secondary"), line: read("--tblr-border-color"), back: read("--tblr-bg-surface") };
}

const axisText = (colors) => ({ color: colors.faint, hideOverlap: true });
const categoryAxis = (data, colors) => ({ type: "category", data, axisLabel: axisText(colors), axisLine: { lineStyle: { color: colors.line } }, axisTick: { show: false } });
const valueAxis = (unit, colors, more = {}) => ({ type: "value", axisLabel: { ...axisText(colors), formatter: (v) => write(v, unit) }, splitLine: { lineStyle: { color: colors.line } }, ...more });
const legendOf = (chart, colors) => (chart.columns.length > 2 ? { type: "scroll", top: 0, textStyle: { color: colors.text }, itemWidth: 14, itemHeight: 8 } : undefined);
const gridOf = (chart) => ({ left: 8, right: 16, top: chart.columns.length > 2 ? 34 : 12, bottom: 4, containLabel: true });

function series(chart, colors, type, area) {
  const names = chart.columns.slice(1);
  return {
    legend: legendOf(chart, colors), grid: gridOf(chart), xAxis: categoryAxis(chart.rows.map((row) => row[0]), colors), yAxis: valueAxis(chart.unit, colors),
    tooltip: { trigger: "axis", valueFormatter: (v) => write(v, chart.unit) },
    series: names.map((name, place) => ({
      name, type, data: chart.rows.map((row) => row[place + 1]), stack: chart.stacked ? "all" : undefined, showSymbol: chart.rows.length < 2,
      lineStyle: { width: 2 }, areaStyle: area ? { opacity: 0.35 } : undefined, barMaxWidth: 36,
      markLine: place === 0 && chart.marks.length ? { symbol: "none", silent: true, label: { formatter: (m) => m.name, color: colors.faint, fontSize: 10 }, lineStyle: { type: "dotted", color: colors.faint }, data: chart.marks.map(([at, text]) => ({ xAxis: at, name: text })) } : undefined,
    })),
  };
}

function bars(chart, colors) {
  const rows = chart.rows;
  return {
    grid: { ...gridOf(chart), right: 70 }, xAxis: valueAxis(chart.unit, colors, { splitNumber: 4 }),
    yAxis: { ...categoryAxis(rows.map((row) => row[0]), colors), inverse: true, axisLabel: { color: colors.text, width: 130, overflow: "truncate" } },
    legend: chart.kind === "rows" ? legendOf(chart, colors) : undefined,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => write(v, chart.unit) },
    series: (chart.kind === "funnel" ? [chart.columns[1]] : chart.columns.slice(1)).map((name, place) => ({
      name, type: "bar", barMaxWidth: 22, data: rows.map((row) => row[place + 1]), stack: chart.stacked ? "all" : undefined,
      label: { show: chart.columns.length === 2 || chart.kind === "funnel", position: "right", color: colors.text, formatter: (p) => write(p.value, chart.unit) + (chart.kind === "funnel" && rows[p.dataIndex][2] ? `  ${rows[p.dataIndex][2]}` : "") },
    })),
  };
}

function sankey(chart, colors) {
  const sources = [...new Set(chart.rows.map((row) => row[0]))].map((name) => ({ name: `${name} `, depth: 0 }));
  const targets = [...new Set(chart.rows.map((row) => row[1]))].map((name) => ({ name: ` ${name}`, depth: 1 }));
  return {
    tooltip: { trigger: "item", formatter: (p) => (p.dataType === "edge" ? `${p.data.source.trim()} → ${p.data.target.trim()}: ${write(p.value, chart.unit)}` : `${p.name.trim()}: ${write(p.value, chart.unit)}`) },
    series: [{
      type: "sankey", left: 8, right: 120, top: 8, bottom: 8, nodeGap: 12, draggable: false, layoutIterations: 0, data: [...sources, ...targets],
      links: chart.rows.map(([from, to, value]) => ({ source: `${from} `, target: ` ${to}`, value })),
      label: { color: colors.text, formatter: (p) => p.name.trim() }, lineStyle: { color: "source", opacity: 0.3 },
    }],
  };
}

function heat(chart, colors) {
  const down = [...new Set(chart.rows.map((row) => row[0]))];
  const across = [...new Set(chart.rows.map((row) => row[1]))];
  const values = chart.rows.map((row) => row[2]).filter((v) => v !== null);
  return {
    grid: { left: 8, right: 8, top: 8, bottom: 40, containLabel: true },
    xAxis: { ...categoryAxis(across, colors), axisLabel: { color: colors.text, interval: 0, rotate: across.length > 8 ? 40 : 0 }, position: "top" },
    yAxis: { ...categoryAxis(down, colors), inverse: true, axisLabel: { color: colors.text } },
    visualMap: { min: Math.min(...values), max: Math.max(...values), orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, itemWidth: 12, textStyle: { color: colors.faint }, formatter: (v) => write(v, chart.unit), inRange: { color: HEAT[document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light"] } },
    tooltip: { formatter: (p) => `${down[p.value[1]]} × ${across[p.value[0]]}: ${write(p.value[2], chart.unit)}` },
    series: [{ type: "heatmap", data: chart.rows.map(([row, column, value]) => [across.indexOf(column), down.indexOf(row), value]), label: { show: across.length <= 10, formatter: (p) => write(p.value[2], chart.unit), fontSize: 11 }, itemStyle: { borderColor: colors.back, borderWidth: 2 } }],
  };
}

function interval(chart, colors) {
  const names = chart.rows.map((row) => row[0]);
  return {
    grid: gridOf({ columns: [] }), xAxis: valueAxis(chart.unit, colors), yAxis: { ...categoryAxis(names, colors), inverse: true, axisLabel: { color: colors.text } },
    tooltip: { formatter: (p) => { const r = chart.rows[p.dataIndex]; return `${r[0]}: ${write(r[2], chart.unit)} (${write(r[1], chart.unit)} – ${write(r[3], chart.unit)})`; } },
    series: [
      { type: "custom", renderItem: (p, api) => { const low = api.coord([api.value(0), api.value(3)]); const high = api.coord([api.value(2), api.value(3)]); return { type: "line", shape: { x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, style: { stroke: PALETTE[0], lineWidth: 3 } }; }, data: chart.rows.map((row, place) => [row[1], row[2], row[3], place]), markLine: { symbol: "none", silent: true, data: [{ xAxis: 0 }], label: { show: false }, lineStyle: { color: colors.faint } } },
      { type: "scatter", symbolSize: 10, data: chart.rows.map((row, place) => [row[2], place]) },
    ],
  };
}

function calibration(chart, colors) {
  const most = Math.max(...chart.rows.flatMap((row) => [row[0], row[1]]), 0.01);
  return {
    grid: { ...gridOf({ columns: [] }), top: 30, bottom: 28, right: 28 }, xAxis: valueAxis("share", colors, { max: most, name: chart.columns[0], nameLocation: "middle", nameGap: 28 }), yAxis: valueAxis("share", colors, { max: most, name: chart.columns[1] }),
    tooltip: { formatter: (p) => (p.value.length > 2 ? `${chart.columns[0]} ${write(p.value[0], "share")}, ${chart.columns[1]} ${write(p.value[1], "share")} (${write(p.value[2], "count")})` : "") },
    series: [
      { type: "scatter", data: chart.rows, symbolSize: 9 },
      { type: "line", silent: true, symbol: "none", data: [[0, 0], [most, most]], lineStyle: { type: "dashed", color: colors.faint } },
    ],
  };
}

// About so many pixels in the small type of a node.
const wide = (text) => [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 11.5 : 6.5), 0);

function graph(chart, colors) {
  const level = new Map();
  const edges = chart.rows.map(([from, to]) => [from, to]);
  for (const [from, to] of edges) { level.has(from) || level.set(from, 0); level.has(to) || level.set(to, 0); }
  for (let turn = 0; turn < level.size; turn += 1) for (const [from, to] of edges) level.set(to, Math.max(level.get(to), Math.min(level.get(from) + 1, level.size)));
  const columns = new Map();
  for (const [name, depth] of level) columns.set(depth, [...(columns.get(depth) ?? []), name]);
  const tallest = Math.max(...[...columns.values()].map((names) => names.length));
  const data = [...columns].flatMap(([depth, names]) => names.map((name, place) => ({ name, x: depth * 220, y: ((place + 0.5) * tallest * 40) / names.length, symbol: "roundRect", symbolSize: [Math.min(200, 20 + wide(name)), 26], label: { show: true, color: "#fff", fontSize: 11, width: 185, overflow: "truncate" }, itemStyle: { color: depth === columns.size - 1 ? PALETTE[0] : "#5f6c7b" } })));
  return { tooltip: { formatter: (p) => (p.dataType === "node" ? p.name : "") }, series: [{ type: "graph", layout: "none", roam: false, data, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 7, lineStyle: { color: colors.faint, curveness: 0.05 }, left: 100, right: 100, top: 20, bottom: 20, links: edges.map(([source, target]) => ({ source, target })) }] };
}

const KINDS = {
  line: (c, k) => series(c, k, "line", false), area: (c, k) => series(c, k, "line", true), bar: (c, k) => series(c, k, "bar", false), histogram: (c, k) => series(c, k, "bar", false),
  rows: bars, funnel: bars, sankey, heat, interval, calibration, graph,
};

function draw(box) {
  const chart = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  const colors = look();
  const drawn = echarts.init(box, null, { renderer: "svg" });
  const option = KINDS[chart.kind](chart, colors);
  // Tooltips as drawn text: the page allows no inline style.
  drawn.setOption({ color: PALETTE, animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...option, tooltip: { renderMode: "richText", confine: true, ...option.tooltip } });
  if (chart.links.length) drawn.on("click", (event) => { if (chart.links[event.dataIndex]) window.location.assign(chart.links[event.dataIndex]); });
  new ResizeObserver(() => drawn.resize()).observe(box);
  return drawn;
}

export function drawAll(again = false) {
  for (const [box, drawn] of shown) if (again || !box.isConnected) { drawn.dispose(); shown.delete(box); }
  for (const box of document.querySelectorAll("[data-chart]")) if (!shown.has(box)) shown.set(box, draw(box));
}
