// Draws every [data-wj-chart] with ECharts on canvas. Colours are the page's tokens, read when
// drawing and again when the theme changes. Tooltips are rich text: the page allows no inline style.
(() => {
  const FAMILIES = ["ash", "slag", "mud", "gypsum", "mine", "chem", "metal", "hazard"];
  const OPACITY = { executed: 0.85, contracted: 0.5, potential: 0.22, stored: 0.3, unplaced: 0.3 };

  function tokens() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--wj-${name}`).trim();
  }

  function theme(token) {
    const axis = {
      axisLine: { lineStyle: { color: token("ink-3") } },
      axisTick: { lineStyle: { color: token("ink-3") } },
      axisLabel: { color: token("ink-2"), fontSize: 12 },
      nameTextStyle: { color: token("ink-3") },
      splitLine: { lineStyle: { color: token("rule") } },
    };
    return {
      color: FAMILIES.map((family) => token(family)),
      backgroundColor: "transparent",
      textStyle: { fontFamily: token("sans"), color: token("ink"), fontSize: 12 },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: axis, timeAxis: axis, logAxis: axis,
      legend: { textStyle: { color: token("ink-2") } },
    };
  }

  function tooltip(token) {
    return {
      renderMode: "richText", confine: true, backgroundColor: token("overlay"), borderColor: token("rule-2"), borderWidth: 1,
      textStyle: { color: token("ink"), fontSize: 12 },
    };
  }

  // Replaces "$name" by the token's value, anywhere in an option made by the server.
  function coloured(value, token) {
    if (typeof value === "string" && value.startsWith("$")) return token(value.slice(1));
    if (Array.isArray(value)) return value.map((item) => coloured(item, token));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, token)]));
    }
    return value;
  }

  function textWidth(text) {
    return [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 255 ? 12.5 : 6.9), 0);
  }

  // Shortens a name so that it and its number stay inside the margin; the number is never cut.
  function fitted(name, number, room) {
    const left = room - textWidth(number) - 26;
    if (textWidth(name) <= left) return name;
    let short = name;
    while (short && textWidth(short) > left - 12) short = short.slice(0, -1);
    return `${short.trimEnd()}…`;
  }

  const wholeName = (node) => node.label ?? node.name;

  function margin(nodes, width) {
    const widest = Math.max(0, ...nodes.map((node) => textWidth(`${window.wjNames.short(wholeName(node))}${node.value_label ?? ""}`)));
    return Math.min(widest + 34, width * 0.38);
  }

  function sankeyNode(node, token, right, room) {
    const fill = node.unplaced || node.stored ? token("sunken") : node.family ? token(node.family) : token("ink");
    const number = node.value_label ?? "";
    const colour = node.unplaced ? token("stop") : token("ink");
    return {
      name: node.name,
      depth: node.depth,
      itemStyle: { color: fill, borderColor: node.unplaced || node.stored ? token("ink-2") : token("seal-line"), borderWidth: 1 },
      tooltip: { formatter: `${wholeName(node)}  ${number}` },
      label: {
        position: right ? "right" : "left",
        formatter: `{name|${fitted(window.wjNames.short(wholeName(node)), number, room)}}${number ? `  {value|${number}}` : ""}`,
        rich: { name: { color: colour, fontSize: 12 }, value: { color: colour, fontSize: 12, fontWeight: 700 } },
      },
    };
  }

  function sankeyLink(link, token) {
    const tone = link.state === "unplaced" ? token("rule-2") : link.family ? token(link.family) : token("ink-3");
    return {
      source: link.source, target: link.target, value: link.value,
      lineStyle: { color: tone, opacity: OPACITY[link.state] ?? 0.85, curveness: 0.5 },
      tooltip: link.title ? { formatter: link.title } : undefined,
    };
  }

  function sankey(data, token, { clientWidth: width, clientHeight: height }) {
    const sources = new Set(data.links.map((link) => link.source));
    const right = new Set(data.nodes.map((node) => node.name).filter((name) => !sources.has(name)));
    const room = {
      left: margin(data.nodes.filter((node) => !right.has(node.name)), width),
      right: margin(data.nodes.filter((node) => right.has(node.name)), width),
    };
    return {
      tooltip: { ...tooltip(token), trigger: "item" },
      series: [{
        type: "sankey", ...room, top: 6, bottom: 6, nodeWidth: 10, nodeGap: Math.min(14, (0.45 * height) / Math.max(right.size, data.nodes.length - right.size)),
        layoutIterations: 0, draggable: false, labelLayout: { hideOverlap: true }, emphasis: { focus: "adjacency" },
        data: data.nodes.map((node) => sankeyNode(node, token, right.has(node.name), right.has(node.name) ? room.right : room.left)),
        links: data.links.map((link) => sankeyLink(link, token)),
      }],
    };
  }

  function option(data, token, host) {
    if (isSankey(host)) return sankey(data, token, host);
    const made = coloured(data, token);
    return { ...made, tooltip: { ...tooltip(token), ...(made.tooltip ?? {}), renderMode: "richText" } };
  }

  const isSankey = (host) => host.dataset.wjChart === "sankey";
  const sizeOf = (host) => `${host.clientWidth} ${host.clientHeight}`;

  // A Sankey stands still: its labels would be empty until the movement has ended.
  function moves(host, data) {
    return !isSankey(host) && data.animation !== false && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  function draw(host) {
    if (!host.clientWidth || !host.clientHeight) return;
    const data = JSON.parse(document.getElementById(host.dataset.source).textContent);
    host.wjChart?.dispose();
    host.querySelector("noscript")?.remove();
    const token = tokens();
    const chart = echarts.init(host, theme(token), { renderer: "canvas" });
    chart.setOption({ animation: moves(host, data), animationDuration: 200, ...option(data, token, host) });
    host.wjChart = chart;
  }

  // A Sankey is laid out for one size, so another size makes another chart. Both wait for the next
  // frame: a chart resized while it draws fails.
  function start(host) {
    draw(host);
    document.addEventListener("wj:theme", () => draw(host));
    let drawn = sizeOf(host);
    let waiting = false;
    const follow = () => {
      waiting = false;
      if (sizeOf(host) === drawn) return;
      drawn = sizeOf(host);
      if (isSankey(host) || !host.wjChart) draw(host);
      else host.wjChart.resize();
    };
    new ResizeObserver(() => {
      if (!waiting) requestAnimationFrame(follow);
      waiting = true;
    }).observe(host);
  }

  addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-wj-chart]").forEach(start));
  document.addEventListener("htmx:load", (event) => {
    for (const host of event.target.querySelectorAll?.("[data-wj-chart]") ?? []) if (!host.wjChart) start(host);
  });
})();
