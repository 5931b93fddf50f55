// The chart of the overview, drawn by uPlot from the numbers in the page.
"use strict";
(() => {
  const place = document.getElementById("chart");
  if (!place || !window.uPlot) return;
  const HEIGHT = 190;
  // In seconds.
  const MINUTE = 60, RANGE_MIN = 10 * MINUTE;
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  let chart = null;

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function data() {
    const series = JSON.parse(document.getElementById("series").dataset.series);
    return [series.time, series.accepted, series.finished, series.failed, series.queued];
  }

  function line(label, name, scale) {
    return { label, scale, stroke: color(name), width: 1.5, points: { show: false }, value: (_, value) => value ?? "–" };
  }

  function axis(more) {
    const grid = { stroke: color("--line"), width: 1 };
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    return { stroke: color("--muted"), grid, ticks: grid, font, ...more };
  }

  function draw() {
    chart?.destroy();
    const queued = { ...line("Queued", "--chart-queued", "queued"), dash: [4, 4] };
    chart = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        cursor: { y: false },
        scales: {
          x: { range: (_, min, max) => (max === null ? [min, max] : [Math.min(min, max - RANGE_MIN), max]) },
          y: { range: (_, min, max) => [0, Math.max(1, max * 1.1)] },
          queued: { range: (_, min, max) => [0, Math.max(1, max * 1.1)] },
        },
        axes: [
          axis({ incrs: [MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE], values: (_, times) => times.map((time) => clock.format(time * 1000)) }),
          axis({ size: 44 }), axis({ scale: "queued", side: 1, size: 44, grid: { show: false } }),
        ],
        series: [
          { label: "Time", value: (_, time) => (time ? clock.format(time * 1000) : "–") },
          line("Accepted", "--chart-accepted", "y"),
          line("Finished", "--chart-finished", "y"),
          line("Failed", "--chart-failed", "y"),
          queued,
        ],
      },
      data(),
      place,
    );
  }

  draw();
  document.addEventListener("backlane:updated", () => chart.setData(data()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
})();
