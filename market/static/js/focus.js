// Focus, CSRF and small conveniences; every one of them is optional.
(() => {
  function focusSummary(scope) {
    const target = scope.querySelector("[data-autofocus]");
    if (target) target.focus();
  }

  document.addEventListener("DOMContentLoaded", () => focusSummary(document));
  document.addEventListener("htmx:afterSwap", (event) => focusSummary(event.target));

  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });

  // Polled panels are replaced every second: only a change of stage is read aloud.
  document.addEventListener("htmx:afterSettle", () => {
    const words = document.querySelector("[data-announce]")?.dataset.announce ?? "";
    const status = document.getElementById("wj-status");
    if (status && words && status.textContent !== words) status.textContent = words;
  });

  // A form marked data-auto-submit sends itself when a choice changes; its button stays for
  // people without JavaScript and is hidden here.
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-auto-submit]")) {
      for (const button of form.querySelectorAll("[data-auto-hide]")) button.hidden = true;
      form.addEventListener("change", () => form.requestSubmit());
      form.addEventListener("formdata", ({ formData }) => dropEmpty(formData));
    }
  });

  // Going back, browsers put back the boxes as they were left; the address says what was asked.
  addEventListener("pageshow", (event) => {
    const [visit] = performance.getEntriesByType("navigation");
    if (!event.persisted && visit?.type !== "back_forward") return;
    for (const form of document.querySelectorAll("form[data-auto-submit]")) form.reset();
  });

  // What nobody filled in stays out of the address.
  function dropEmpty(formData) {
    for (const name of new Set(formData.keys())) {
      const filled = formData.getAll(name).filter((value) => value !== "");
      formData.delete(name);
      for (const value of filled) formData.append(name, value);
    }
  }

  // Filters start folded on a phone; without JavaScript they stay open.
  document.addEventListener("DOMContentLoaded", () => {
    if (!matchMedia("(max-width: 767px)").matches) return;
    for (const filters of document.querySelectorAll("details.filters")) filters.open = false;
  });

  // The menu closes on Escape and gives the focus back.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.wj-menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // One submit per press: the second click of a double click is dropped.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent === "yes") event.preventDefault();
    else if (form.method === "post") {
      form.dataset.sent = "yes";
      setTimeout(() => delete form.dataset.sent, 4000);
    }
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
