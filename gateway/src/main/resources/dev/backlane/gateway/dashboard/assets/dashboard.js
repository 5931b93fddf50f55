// Times in the local time zone, live refresh, and copying. The pages work without it.
"use strict";
(() => {
  const MINUTE = 60, HOUR = 3600, DAY = 86400;
  const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

  function span(seconds) {
    if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
    if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
    if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
    return `${Math.floor(seconds / DAY)} d`;
  }

  function relative(time) {
    const seconds = (Date.now() - time) / 1000;
    if (Math.abs(seconds) < 1) return "now";
    return seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
  }

  function local(time) {
    const same = new Date(time).toDateString() === new Date().toDateString();
    return same ? clock.format(time) : `${day.format(time)}, ${clock.format(time)}`;
  }

  function showTimes() {
    for (const element of document.querySelectorAll("time[datetime]")) {
      const time = Date.parse(element.dateTime);
      if (Number.isNaN(time)) continue;
      if (!element.dataset.utc) {
        element.dataset.utc = element.title;
        element.title = `${element.title} · ${full.format(time)} here`;
      }
      const text = element.dataset.exact === "true" ? `${local(time)} · ${relative(time)}` : relative(time);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  const main = document.getElementById("main");
  const state = document.getElementById("live-state");
  const sent = new Map();
  let source = null;

  function regions(root) {
    return root.querySelectorAll("[data-region]");
  }

  // Kept before times become local, so that it can be compared with what the server sends.
  function remember() {
    sent.clear();
    for (const region of regions(main)) sent.set(region.dataset.region, region.outerHTML);
  }

  function say(text) {
    state.textContent = text;
    state.hidden = text === "";
  }

  function identify(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    const href = element.getAttribute("href");
    return href ? `a[href="${CSS.escape(href)}"]` : null;
  }

  function isSelecting(region) {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && region.contains(selection.anchorNode);
  }

  function replace(region, next) {
    const focused = region.contains(document.activeElement) ? identify(document.activeElement) : null;
    for (const open of region.querySelectorAll("details[open][data-key]")) {
      const same = next.querySelector(`details[data-key="${CSS.escape(open.dataset.key)}"]`);
      if (same) same.open = true;
    }
    region.replaceWith(next);
    if (window.htmx) htmx.process(next);
    if (focused) next.querySelector(focused)?.focus({ preventScroll: true });
  }

  function update(markup) {
    const page = new DOMParser().parseFromString(markup, "text/html");
    let changed = false;
    for (const next of regions(page)) {
      const name = next.dataset.region;
      const present = main.querySelector(`[data-region="${CSS.escape(name)}"]`);
      const text = next.outerHTML;
      if (!present || sent.get(name) === text || isSelecting(present)) continue;
      replace(present, document.adoptNode(next));
      sent.set(name, text);
      changed = true;
    }
    if (changed) {
      showTimes();
      document.dispatchEvent(new Event("backlane:updated"));
    }
  }

  function connect() {
    if (source || !main || !main.dataset.live || document.hidden) return;
    source = new EventSource(`/ui/live?page=${encodeURIComponent(main.dataset.live)}`);
    source.addEventListener("page", (event) => {
      say("");
      update(event.data);
    });
    source.addEventListener("away", () => say("The store is unavailable. The page shows the last known state."));
    source.addEventListener("error", () => {
      const closed = source && source.readyState === EventSource.CLOSED;
      say(closed ? "Live refresh has stopped. Load the page again." : "The connection is interrupted; trying again.");
    });
  }

  function disconnect() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  window.addEventListener("pagehide", disconnect);
  // After a filter, the page is another one.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "results") return;
    remember();
    showTimes();
    if (main.dataset.live) {
      main.dataset.live = location.pathname + location.search;
      disconnect();
      connect();
    }
  });

  // Filters that are not set do not belong in the URL.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("[data-filter]")) return;
    for (const [name, value] of Object.entries(event.detail.parameters)) {
      if (value === "") delete event.detail.parameters[name];
    }
  });

  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });

  if (main) {
    remember();
    connect();
  }
  showTimes();
  setInterval(() => document.hidden || showTimes(), 1000);
})();
