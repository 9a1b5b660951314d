// Draws every [data-wj-chart] with ECharts on canvas. Colours are the page's tokens, read when
// drawing and again when the theme changes. Tooltips are rich text: the page allows no inline style.
(() => {
  const FAMILIES = ["ash", "slag", "mud", "gypsum", "mine", "chem", "metal", "hazard"];
  const OPACITY = { executed: 0.85, contracted: 0.5, potential: 0.22, unplaced: 0.3 };

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

  function sankeyNode(node, token, last) {
    const fill = node.unplaced ? token("sunken") : node.family ? token(node.family) : token("ink");
    return {
      name: node.name,
      depth: node.depth,
      itemStyle: { color: fill, borderColor: node.unplaced ? token("ink-2") : token("seal-line"), borderWidth: 1 },
      label: {
        position: last.has(node.name) ? "right" : "left",
        formatter: `{name|${node.label ?? node.name}}${node.value_label ? `  {value|${node.value_label}}` : ""}`,
        rich: {
          name: { color: node.unplaced ? token("stop") : token("ink"), fontSize: 12 },
          value: { color: node.unplaced ? token("stop") : token("ink"), fontSize: 12, fontWeight: 700 },
        },
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

  function sankey(data, token, width) {
    const sources = new Set(data.links.map((link) => link.source));
    const last = new Set(data.nodes.map((node) => node.name).filter((name) => !sources.has(name)));
    const narrow = width < 480;
    return {
      tooltip: { ...tooltip(token), trigger: "item" },
      series: [{
        type: "sankey", left: narrow ? 84 : 110, right: narrow ? 96 : 130, top: 6, bottom: 6, nodeWidth: 10, nodeGap: 14,
        layoutIterations: 0, draggable: false, emphasis: { focus: "adjacency" },
        data: data.nodes.map((node) => sankeyNode(node, token, last)),
        links: data.links.map((link) => sankeyLink(link, token)),
      }],
    };
  }

  function option(data, token, width, kind) {
    if (kind === "sankey") return sankey(data, token, width);
    const made = coloured(data, token);
    return { ...made, tooltip: { ...tooltip(token), ...(made.tooltip ?? {}), renderMode: "richText" } };
  }

  function draw(host) {
    const data = JSON.parse(document.getElementById(host.dataset.source).textContent);
    host.wjChart?.dispose();
    host.querySelector("noscript")?.remove();
    const token = tokens();
    const chart = echarts.init(host, theme(token), { renderer: "canvas" });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    chart.setOption({ animation: !still && data.animation !== false, animationDuration: 200, ...option(data, token, host.clientWidth, host.dataset.wjChart) });
    host.wjChart = chart;
  }

  function start(host) {
    draw(host);
    document.addEventListener("wj:theme", () => draw(host));
    new ResizeObserver(() => host.wjChart?.resize()).observe(host);
  }

  addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-wj-chart]").forEach(start));
  document.addEventListener("htmx:load", (event) => {
    for (const host of event.target.querySelectorAll?.("[data-wj-chart]") ?? []) if (!host.wjChart) start(host);
  });
})();
