// Runs before the first paint: fills in the theme when the cookie has not set it on the server.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    const match = document.cookie.match(/(?:^|; )wj_theme=(light|dark)/);
    return match ? match[1] : null;
  }

  function apply(theme) {
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("wj:theme", { detail: theme }));
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.textContent = theme === "dark" ? button.dataset.light : button.dataset.dark;
    }
  }

  function current() {
    return remembered() ?? (system.matches ? "dark" : "light");
  }

  apply(current());
  system.addEventListener("change", () => apply(current()));

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
        document.cookie = `wj_theme=${next}; path=/; max-age=31536000; samesite=lax`;
        apply(next);
      });
    }
    apply(current());
  });
})();
