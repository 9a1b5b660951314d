// Where marks and labels go on a map so that none covers another. Pure layout: it moves Leaflet
// markers it is given and knows nothing of data or drawing. Loaded before map.js.
window.wjMapLayout = (() => {
  // Marks that would cover each other ------------------------------------------
  //
  // Numbered marks must stay readable beside their list, so they step aside, with a line to the
  // true place. All others join the strongest mark near them, which then carries their count and
  // zooms in. Declared supplies are stronger than receivers, and both than estimates.

  const APART_PX = 25;

  function strength({ point }) {
    if (stands(point)) return 3;
    if (point.estimate) return 0;
    return point.family ? 2 : 1;
  }

  function stands(point) {
    return point.number !== undefined && point.number !== null && point.number !== "" || Boolean(point.selected) || point.shape === "home";
  }

  function stepAside(entries) {
    for (let round = 0; round < 90; round += 1) {
      let moved = false;
      entries.forEach((a, i) => entries.slice(i + 1).forEach((b) => {
        let dx = b.pixel.x - a.pixel.x;
        let dy = b.pixel.y - a.pixel.y;
        if (Math.abs(dx) >= APART_PX || Math.abs(dy) >= APART_PX) return;
        if (!dx && !dy) { dx = Math.cos(i * 2.4); dy = Math.sin(i * 2.4); }
        const length = Math.hypot(dx, dy);
        const push = Math.max(1, (APART_PX - length) / 4);
        a.pixel = a.pixel.subtract([(dx / length) * push, (dy / length) * push]);
        b.pixel = b.pixel.add([(dx / length) * push, (dy / length) * push]);
        moved = true;
      }));
      if (!moved) return;
    }
  }

  function gather(entries) {
    const leaders = [];
    for (const entry of [...entries].sort((a, b) => strength(b) - strength(a))) {
      const near = stands(entry.point) ? undefined : leaders.find((leader) => (
        Math.abs(leader.pixel.x - entry.pixel.x) < APART_PX && Math.abs(leader.pixel.y - entry.pixel.y) < APART_PX));
      if (near) near.group.push(entry);
      else leaders.push(entry);
    }
    return leaders;
  }

  // Labels ---------------------------------------------------------------------

  function textWidth(text) {
    return [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 255 ? 12.5 : 6.8), 0);
  }

  function boxes(at, text) {
    const w = textWidth(text) * 1.08; // these are bold
    return {
      right: [at.x + 14, at.y - 9, at.x + 18 + w, at.y + 9],
      left: [at.x - 18 - w, at.y - 9, at.x - 14, at.y + 9],
      below: [at.x - w / 2 - 2, at.y + 13, at.x + w / 2 + 2, at.y + 31],
      above: [at.x - w / 2 - 2, at.y - 31, at.x + w / 2 + 2, at.y - 13],
    };
  }

  function centred(at, text) {
    const w = textWidth(text) / 2 + 4;
    return [at.x - w, at.y - 9, at.x + w, at.y + 9];
  }

  const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  const inside = (box, size) => box[0] >= 46 && box[1] >= 14 && box[2] <= size.x - 4 && box[3] <= size.y - 4;

  // What stands on the map in its corners: zoom buttons, scale, note.
  function corners(map, size) {
    const note = map.getContainer().querySelector(".map-note");
    const [width, height] = note ? [note.offsetWidth, note.offsetHeight] : [240, 22];
    return [
      [size.x - 48, 0, size.x, 84], [0, size.y - 34, 120, size.y],
      [size.x - width, size.y - height, size.x, size.y],
    ];
  }

  function marked(at, entry) {
    const mark = [at.x - 12, at.y - 12, at.x + 12, at.y + 12];
    return entry.group.length ? [mark, [at.x + 5, at.y - 20, at.x + 26, at.y - 4]] : [mark];
  }

  const free = (box, taken, size) => inside(box, size) && !taken.some((other) => overlaps(box, other));

  function cost(box, taken, lines, size) {
    return (inside(box, size) ? 0 : 40)
      + 10 * taken.filter((other) => overlaps(box, other)).length
      + lines.filter((p) => p.x > box[0] && p.x < box[2] && p.y > box[1] && p.y < box[3]).length;
  }

  // A mark cut by the frame could take the focus without being seen, so it waits outside.
  function showInside(map, state) {
    const size = map.getSize();
    for (const entry of state.entries) {
      const at = map.latLngToContainerPoint(entry.at);
      entry.outside = at.x < 12 || at.y < 12 || at.x > size.x - 12 || at.y > size.y - 12;
      entry.marker.getElement().hidden = entry.hidden || entry.outside;
    }
  }

  function placeLabels(map, state) {
    const size = map.getSize();
    const lines = state.flowPoints.map((at) => map.latLngToContainerPoint(at));
    const shown = state.entries.filter((entry) => !entry.hidden);
    const taken = [...corners(map, size), ...shown.flatMap((entry) => marked(map.latLngToContainerPoint(entry.at), entry))];
    for (const { at, text } of state.fixed) taken.push(centred(map.latLngToContainerPoint(at), text));
    for (const { entry, marker } of state.named) {
      const { point } = entry;
      marker.setLatLng(entry.at);
      marker.getElement().hidden = Boolean(entry.hidden || entry.outside);
      if (entry.hidden || entry.outside) continue;
      const options = boxes(map.latLngToContainerPoint(entry.at), point.label);
      const sides = point.side ? [point.side] : ["right", "left", "below", "above"];
      const best = sides.reduce((a, b) => (cost(options[b], taken, lines, size) < cost(options[a], taken, lines, size) ? b : a));
      const node = marker.getElement();
      // A name that finds no room is in the tooltip; one's own place is always named.
      const own = point.selected || (point.shape === "home" && !point.yields);
      node.hidden = !own && !free(options[best], taken, size);
      if (node.hidden) continue;
      taken.push(options[best]);
      node.classList.remove("is-right", "is-left", "is-below", "is-above");
      node.classList.add(`is-${best}`);
    }
    for (const { at, text, marker } of state.places) {
      const box = centred(map.latLngToContainerPoint(at), text);
      const alone = cost(box, taken, lines, size) === 0;
      marker.getElement().hidden = !alone;
      if (alone) taken.push(box);
    }
  }

  return { stands, stepAside, gather, showInside, placeLabels };
})();
