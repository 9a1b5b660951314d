// Copies the few third-party files the pages need from node_modules into
// market/static/vendor/ (git-ignored). Nothing is compiled or bundled.
//
// The Tabler sheet is wrapped in a cascade layer, so that the product's own rules win by
// standing outside it and never by piling up selectors or !important.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const vendor = join(root, "market", "static", "vendor");

const COPIES = [
  ["htmx.org/dist/htmx.min.js", "htmx.min.js"],
  ["htmx.org/LICENSE", "htmx.LICENSE"],
  ["leaflet/dist/leaflet.js", "leaflet.js"],
  ["leaflet/LICENSE", "leaflet.LICENSE"],
  ["echarts/dist/echarts.min.js", "echarts.min.js"],
  ["echarts/LICENSE", "echarts.LICENSE"],
];

const LAYERED = [
  ["@tabler/core/dist/css/tabler.min.css", "tabler.css", "tabler"],
  ["leaflet/dist/leaflet.css", "leaflet.css", "leaflet"],
];

function source(path) {
  return join(root, "node_modules", path);
}

function layered(path, layer) {
  const css = readFileSync(source(path), "utf8")
    .replace(/^@charset "UTF-8";/, "")
    .replace(/\/\*# sourceMappingURL=.*?\*\//g, "")
    // Leaflet's sprites serve controls this product does not use; the rules go, and no
    // request is made for an image that was never copied.
    .replace(/background-image:\s*url\(images\/[^)]*\);?/g, "");
  return `@charset "UTF-8";\n@layer ${layer} {\n${css}\n}\n`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [from, to] of COPIES) copyFileSync(source(from), join(vendor, to));
for (const [from, to, layer] of LAYERED) writeFileSync(join(vendor, to), layered(from, layer));
console.log(`assets: ${COPIES.length + LAYERED.length} files in market/static/vendor`);
