// Draws every [data-wj-map] from its JSON block: outlines or county seats, degree ticks, scale,
// points, flows as wide as their tonnes, circles. Colours come from CSS classes, so the theme
// may change under it. Positions are WGS-84.
(() => {
  const { stands, stepAside, gather, showInside, placeLabels } = window.wjMapLayout;
  const SEALS = document.documentElement.lang === "en"
    ? { ash: "A", slag: "S", mud: "R", gypsum: "G", mine: "M", chem: "C", metal: "F", hazard: "H" }
    : { ash: "灰", slag: "渣", mud: "泥", gypsum: "膏", mine: "矿", chem: "化", metal: "金", hazard: "危" };
  const NAME = document.documentElement.lang === "en" ? "name_en" : "name_zh";
  const FULL_WIDTH_PX = 14;
  const FEW_FLOWS = 60; // above this only wide flows carry an arrow head
  const CITY = [[33.55, 111.15], [35.1, 113.0]];
  const REGION = L.latLngBounds([[33.0, 110.5], [35.5, 113.7]]); // what the county file covers
  const STEPS = [0.05, 0.1, 0.2, 0.4, 0.5, 1, 2, 4];

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // Points ------------------------------------------------------------------

  const FACES = {
    ring: () => element("span", "ring"),
    home: () => element("span", "ring ring-home"),
    refused: () => element("span", "is-refused", "✕"),
    number: (p) => element("span", `is-numbered${p.estimate ? " is-estimate" : ""}`, p.number),
    stop: (p) => element("span", "is-numbered is-stopnumber", p.number),
  };

  function face(point) {
    const special = FACES[point.shape];
    const made = special ? special(point) : element(
      "span",
      `seal seal-sm f-${point.family ?? "none"}${point.shape === "round" ? " seal-round" : ""}${point.estimate ? " is-estimate" : ""}`,
      point.number ?? SEALS[point.family] ?? "",
    );
    if (point.selected) made.classList.add("is-selected");
    return made;
  }

  function tooltipText(point) {
    return [point.title || point.label, point.note].filter(Boolean).join(" · ");
  }

  function describe(node, role, text) {
    node.setAttribute("role", role);
    if (text) node.setAttribute("aria-label", text);
    else node.setAttribute("aria-hidden", "true");
  }

  function addPoint(map, point) {
    const text = tooltipText(point);
    const marker = L.marker([point.lat, point.lon], {
      icon: L.divIcon({ className: "map-mark", html: face(point), iconSize: [24, 24] }),
      keyboard: true,
      interactive: true,
      riseOnHover: true,
      zIndexOffset: point.selected ? 1000 : 0,
    }).addTo(map);
    if (text) marker.bindTooltip(element("span", "", text), { direction: "top", offset: [0, -12] });
    const entry = { point, marker, text, at: L.latLng(point.lat, point.lon), group: [] };
    marker.on("click keypress", (event) => {
      if (event.type === "keypress" && !["Enter", " "].includes(event.originalEvent.key)) return;
      if (entry.group.length && map.getZoom() < map.getMaxZoom()) openGroup(map, entry);
      else if (point.url) location.href = point.url;
    });
    return entry;
  }

  function openGroup(map, entry) {
    const bounds = L.latLngBounds([entry, ...entry.group].map(({ point }) => [point.lat, point.lon]));
    const zoom = Math.min(map.getMaxZoom(), Math.max(map.getZoom() + 1.5, map.getBoundsZoom(bounds.pad(0.3))));
    map.setView(bounds.getCenter(), zoom);
  }

  function showEntry(map, state, entry, leading) {
    const node = entry.marker.getElement();
    const home = L.latLng(entry.point.lat, entry.point.lon);
    entry.hidden = !leading;
    node.hidden = !leading;
    entry.at = map.unproject(entry.pixel, map.getZoom());
    entry.marker.setLatLng(entry.at);
    node.querySelector(".map-count")?.remove();
    if (leading && entry.pixel.distanceTo(map.project(home, map.getZoom())) > 10) {
      state.leaders.push(L.polyline([home, entry.at], { className: "map-leader", weight: 1, interactive: false, pane: "wj-lines" }).addTo(map));
    }
    if (leading && entry.group.length) {
      const count = entry.group.length + 1;
      node.append(element("span", "map-count", count));
      describe(node, "button", state.groupText.replace("{n}", count));
      node.tabIndex = 0;
    } else {
      describe(node, entry.point.url ? "link" : "img", entry.text);
      node.tabIndex = entry.point.url ? 0 : -1;
    }
  }

  function arrange(map, state) {
    for (const line of state.leaders) line.remove();
    state.leaders = [];
    for (const entry of state.entries) {
      entry.pixel = map.project([entry.point.lat, entry.point.lon], map.getZoom());
      entry.group = [];
    }
    stepAside(state.entries.filter(({ point }) => stands(point)));
    const leaders = new Set(gather(state.entries));
    for (const entry of state.entries) showEntry(map, state, entry, leaders.has(entry));
  }

  // Flows -------------------------------------------------------------------

  function curve(map, from, to) {
    const a = map.project(from, 10);
    const b = map.project(to, 10);
    const bend = 0.13;
    const control = L.point((a.x + b.x) / 2 + (b.y - a.y) * bend, (a.y + b.y) / 2 - (b.x - a.x) * bend);
    const at = (t) => L.point(
      (1 - t) ** 2 * a.x + 2 * t * (1 - t) * control.x + t ** 2 * b.x,
      (1 - t) ** 2 * a.y + 2 * t * (1 - t) * control.y + t ** 2 * b.y,
    );
    const points = Array.from({ length: 25 }, (_, i) => map.unproject(at(i / 24), 10));
    const before = at(0.52);
    const after = at(0.56);
    const angle = (Math.atan2(after.y - before.y, after.x - before.x) * 180) / Math.PI;
    return { points, middle: map.unproject(at(0.54), 10), angle };
  }

  function flowStyle(flow, full) {
    const width = Math.max(1.4, (FULL_WIDTH_PX * (flow.tonnes ?? 0)) / full);
    switch (flow.line) {
      case "contracted": return { width, dash: `${(6 + width).toFixed(1)} ${(3 + width * 0.35).toFixed(1)}` };
      case "potential": return { width, dash: "2.5 2.5" };
      case "route": return { width: 4 };
      case "empty": return { width: 2, dash: "3 4" };
      case "thin": return { width: 1.1, opacity: 0.5 };
      default: return { width, cased: width > 3 };
    }
  }

  function arrow(map, shape, tone, width) {
    const size = Math.min(20, Math.max(11, width + 6));
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "-7 -7 14 14");
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M-5 -4.6 L6.4 0 L-5 4.6 L-3 0 Z");
    path.setAttribute("transform", `rotate(${shape.angle.toFixed(1)})`);
    path.setAttribute("class", `map-arrow f-${tone}`);
    svg.append(path);
    L.marker(shape.middle, {
      icon: L.divIcon({ className: "map-mark map-arrow-mark", html: svg, iconSize: [size, size] }),
      interactive: false, keyboard: false, pane: "wj-flows-top",
    }).addTo(map);
  }

  function addFlow(map, flow, full, few) {
    const tone = flow.family ?? (["route", "empty"].includes(flow.line) ? "accent" : "none");
    const shape = curve(map, flow.from, flow.to);
    const { width, dash, cased, opacity = 1 } = flowStyle(flow, full);
    const base = { fill: false, pane: "wj-flows", interactive: false, lineCap: "butt" };
    if (cased) L.polyline(shape.points, { ...base, weight: width + 1.6, opacity: 1, className: "map-flow is-casing" }).addTo(map);
    const line = L.polyline(shape.points, {
      ...base, weight: width, opacity, dashArray: dash, interactive: Boolean(flow.title), className: `map-flow s-${tone}`,
    }).addTo(map);
    if (flow.title) {
      const holder = element("span", "", flow.title);
      line.bindTooltip(holder, { sticky: true });
    }
    if (width >= 2 || (few && opacity === 1)) arrow(map, shape, tone, width);
    return shape.points;
  }

  function addCircle(map, circle, state) {
    const drawn = L.circle([circle.lat, circle.lon], {
      radius: circle.radius_m, fill: false, interactive: false, pane: "wj-lines",
      className: `map-circle${circle.dashed ? " is-dashed" : ""}`,
    }).addTo(map);
    if (circle.label) {
      const at = [circle.lat + circle.radius_m / 111195, circle.lon];
      label(map, at, circle.label, "is-accent is-boxed");
      state.fixed.push({ at, text: circle.label });
    }
    return drawn.getBounds();
  }

  // Labels and groups ----------------------------------------------------------

  function label(map, at, text, className) {
    const span = element("span", "", text);
    return L.marker(at, {
      icon: L.divIcon({ className: `map-label ${className}`, html: span, iconSize: [0, 0] }),
      interactive: false, keyboard: false, pane: "wj-labels",
    }).addTo(map);
  }

  // Ground: outlines when they were installed, county seats otherwise ----------

  function drawOutlines(map, data, state) {
    const kinds = { county: "map-land", around: "map-around", border: "map-border" };
    for (const kind of ["around", "county", "border"]) {
      L.geoJSON(data, {
        filter: (f) => f.properties.kind === kind,
        style: () => ({ className: kinds[kind], fill: kind !== "border", opacity: 1, weight: kind === "border" ? 1.3 : 0.8 }),
        interactive: false,
        pane: kind === "border" ? "wj-lines" : "wj-land",
      }).addTo(map);
    }
    for (const { properties } of data.features) {
      if (!properties.label) continue;
      const at = [properties.label[1], properties.label[0]];
      const text = properties[NAME];
      if (!text) continue;
      const marker = label(map, at, text, properties.kind === "county" ? "is-place" : "is-place is-outer");
      state.places.push({ at, text, marker });
    }
  }

  function drawSeats(map, seats, state) {
    for (const seat of seats) {
      const at = [seat.lat, seat.lon];
      L.circleMarker(at, { radius: 2.5, weight: 1, fillOpacity: 1, className: "map-seat", interactive: false, pane: "wj-lines" }).addTo(map);
      const text = seat[NAME] ?? seat.name_zh;
      const marker = label(map, [seat.lat - 0.02, seat.lon], text, seat.city ? "is-place" : "is-place is-outer");
      state.places.push({ at, text, marker });
    }
  }

  // An address without a version is a file that was never made: nothing is asked for.
  async function json(url) {
    if (!url || !url.includes("?")) return null;
    const response = await fetch(url);
    return response.ok ? response.json() : null;
  }

  async function drawGround(map, host, state) {
    const outlines = await json(host.dataset.outlines);
    if (outlines && !REGION.contains(map.getBounds())) {
      const beyond = await json(host.dataset.prefectures);
      if (beyond) drawOutlines(map, beyond, state);
    }
    host.classList.toggle("has-graticule", !outlines);
    if (outlines) drawOutlines(map, outlines, state);
    else drawSeats(map, (await json(host.dataset.seats)) ?? [], state);
    host.append(element("div", "map-note", outlines ? host.dataset.textOutlines : host.dataset.textSeats));
    placeLabels(map, state);
  }

  // Degree ticks ---------------------------------------------------------------

  function ticksOf(low, high, pixels) {
    const step = STEPS.find((s) => (pixels * s) / (high - low) > 80) ?? 4;
    const first = Math.ceil(low / step);
    const count = Math.floor(high / step) - first + 1;
    return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
  }

  function drawTicks(map, host) {
    for (const old of host.querySelectorAll(".map-tick")) old.remove();
    const size = map.getSize();
    const b = map.getBounds();
    const digits = (value) => value.toFixed(Number.isInteger(Math.round(value * 100) / 10) ? 1 : 2);
    for (const lon of ticksOf(b.getWest(), b.getEast(), size.x)) {
      const x = map.latLngToContainerPoint([b.getNorth(), lon]).x;
      if (x < 46 || x > size.x - 92) continue;
      const tick = element("span", "map-tick is-x", `${digits(lon)}°E`);
      tick.style.left = `${x}px`;
      host.append(tick);
    }
    for (const lat of ticksOf(b.getSouth(), b.getNorth(), size.y)) {
      const y = map.latLngToContainerPoint([lat, b.getWest()]).y;
      if (y < 24 || y > size.y - 44) continue;
      const tick = element("span", "map-tick is-y", `${digits(lat)}°N`);
      tick.style.top = `${y}px`;
      host.append(tick);
    }
  }

  // One map ------------------------------------------------------------------

  function panes(map) {
    const levels = { "wj-land": 210, "wj-lines": 220, "wj-places": 230, "wj-flows": 410, "wj-flows-top": 420, "wj-labels": 640 };
    for (const [name, z] of Object.entries(levels)) {
      const pane = map.createPane(name);
      pane.style.zIndex = z;
      if (name !== "wj-flows") pane.style.pointerEvents = "none";
    }
  }

  function extent(data, circles) {
    const bounds = L.latLngBounds([]);
    const declared = data.fit === "all" ? [] : (data.points ?? []).filter((p) => !p.estimate || stands(p));
    for (const p of declared.length ? declared : data.points ?? []) bounds.extend([p.lat, p.lon]);
    for (const f of data.flows ?? []) { bounds.extend(f.from); bounds.extend(f.to); }
    for (const c of circles) bounds.extend(c);
    return data.fit !== "city" && bounds.isValid() ? bounds.pad(0.12) : L.latLngBounds(CITY);
  }

  function highlight(host, state) {
    for (const row of document.querySelectorAll(`[data-map="${host.id}"][data-map-point]`)) {
      const found = state.byId.get(row.dataset.mapPoint);
      if (!found) continue;
      const mark = found.getElement().firstElementChild;
      const set = (on) => () => { mark.classList.toggle("is-selected", on); found.setZIndexOffset(on ? 1000 : 0); };
      row.addEventListener("mouseenter", set(true));
      row.addEventListener("mouseleave", set(false));
      row.addEventListener("focusin", set(true));
      row.addEventListener("focusout", set(false));
    }
  }

  function start(host) {
    const data = JSON.parse(document.getElementById(host.dataset.wjMap).textContent);
    host.querySelector("noscript")?.remove();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(host, {
      zoomControl: false, attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.25, minZoom: 6, maxZoom: 14,
      fadeAnimation: false, zoomAnimation: !still, markerZoomAnimation: !still, inertia: !still,
    });
    panes(map);
    map.fitBounds(L.latLngBounds(CITY));
    const state = { entries: [], named: [], places: [], fixed: [], flowPoints: [], leaders: [], byId: new Map(), groupText: host.dataset.textCluster ?? "{n}" };
    const circles = (data.circles ?? []).map((circle) => addCircle(map, circle, state));
    map.fitBounds(extent(data, circles), { maxZoom: 11.5, animate: false, paddingTopLeft: [12, 12], paddingBottomRight: [36, 12] });

    const flows = data.flows ?? [];
    const full = data.tonnes_full || Math.max(1, ...flows.map((flow) => flow.tonnes ?? 0));
    for (const flow of [...flows].sort((a, b) => (b.tonnes ?? 0) - (a.tonnes ?? 0))) state.flowPoints.push(...addFlow(map, flow, full, flows.length <= FEW_FLOWS));
    for (const whole of data.points ?? []) {
      const point = whole.label ? { ...whole, title: whole.title || whole.label, label: window.wjNames.short(whole.label) } : whole;
      const entry = addPoint(map, point);
      state.entries.push(entry);
      state.byId.set(String(point.id ?? point.number ?? ""), entry.marker);
      if (point.label) state.named.push({ entry, marker: label(map, entry.at, point.label, "is-name") });
    }

    L.control.zoom({ position: "topright", zoomInTitle: host.dataset.textIn, zoomOutTitle: host.dataset.textOut }).addTo(map);
    L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 90 }).addTo(map);
    const redraw = () => { drawTicks(map, host); showInside(map, state); placeLabels(map, state); };
    map.on("zoomend", () => arrange(map, state));
    map.on("zoomend moveend resize", redraw);
    host.addEventListener("focus", () => map.scrollWheelZoom.enable());
    host.addEventListener("blur", () => map.scrollWheelZoom.disable());
    arrange(map, state);
    redraw();
    highlight(host, state);
    drawGround(map, host, state);
    new ResizeObserver(() => map.invalidateSize()).observe(host);
    host.wjMap = map;
  }

  addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-wj-map]").forEach(start));
  document.addEventListener("htmx:load", (event) => {
    for (const host of event.target.querySelectorAll?.("[data-wj-map]") ?? []) if (!host.wjMap) start(host);
  });
})();
