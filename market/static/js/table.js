// Sorting in the browser for tables marked data-sortable: headers become buttons, numbers sort
// as numbers, and the order is announced through aria-sort.
(() => {
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  function value(row, column) {
    const cell = row.cells[column];
    const given = cell?.dataset.sort;
    if (given !== undefined) return given;
    return cell ? cell.textContent.trim() : "";
  }

  function asNumber(text) {
    const match = text.replace(/[,\u2009\u00a0 ]/g, "").replace("−", "-").match(/^[+-]?\d+(\.\d+)?/);
    return match ? Number(match[0]) : NaN;
  }

  function compare(column, direction) {
    return (a, b) => {
      const left = value(a, column);
      const right = value(b, column);
      const x = asNumber(left);
      const y = asNumber(right);
      const order = Number.isNaN(x) || Number.isNaN(y) ? collator.compare(left, right) : x - y;
      return direction * order;
    };
  }

  function sort(table, header, column) {
    const ascending = header.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.querySelectorAll("th")) {
      other.removeAttribute("aria-sort");
      const arrow = other.querySelector(".th-arrow");
      if (arrow) arrow.textContent = "↕";
    }
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    header.querySelector(".th-arrow").textContent = ascending ? "↑" : "↓";
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare(column, ascending ? 1 : -1)));
  }

  function prepare(table) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      if (header.tagName !== "TH" || !header.textContent.trim() || header.querySelector("a")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "th-sort";
      button.append(...header.childNodes);
      const arrow = document.createElement("span");
      arrow.className = "th-arrow";
      arrow.ariaHidden = "true";
      arrow.textContent = "↕";
      button.append(arrow);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, column));
    });
  }

  addEventListener("DOMContentLoaded", () => document.querySelectorAll("table[data-sortable]").forEach(prepare));
  document.addEventListener("htmx:load", (event) => event.target.querySelectorAll?.("table[data-sortable]").forEach((table) => {
    if (!table.querySelector("button.th-sort")) prepare(table);
  }));
})();
