// Line charts: a canvas whose data-chart holds days and lines. The library is fetched where there is one.
const root = document.documentElement;
const drawn = new Map();

// The library computes with colours and does not know every notation that CSS does.
function rgb(color) {
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  pixel.fillStyle = color;
  pixel.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}

const token = (name) => rgb(getComputedStyle(root).getPropertyValue(name));

// A dashed line under the day that is pointed at.
const cursor = {
  id: "cursor",
  beforeDatasetsDraw(chart) {
    const [active] = chart.getActiveElements();
    if (!active) return;
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.strokeStyle = token("--muted-foreground");
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(active.element.x, chartArea.top);
    ctx.lineTo(active.element.x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  },
};

function options(days) {
  const [text, quiet, line, surface] = ["--popover-foreground", "--muted-foreground", "--border", "--popover"].map(token);
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  const ticks = { color: quiet, font };
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    elements: { line: { borderWidth: 2, cubicInterpolationMode: "monotone" }, point: { radius: 0, hoverRadius: 4, hitRadius: 8 } },
    scales: {
      x: { border: { display: false }, grid: { display: false }, ticks: { ...ticks, maxRotation: 0, autoSkip: false, callback: (value) => days[value][root.clientWidth < 768 ? 1 : 0] } },
      y: { beginAtZero: true, border: { display: false }, grid: { color: line, drawTicks: false }, ticks: { ...ticks, precision: 0, maxTicksLimit: 5, padding: 8 } },
    },
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: surface, borderColor: line, borderWidth: 1, cornerRadius: 8, padding: 10, caretSize: 0, usePointStyle: true, boxPadding: 4,
        titleColor: text, titleFont: { ...font, weight: 500 }, bodyColor: text, bodyFont: font,
        callbacks: { title: ([point]) => days[point.dataIndex][2], label: (point) => ` ${point.dataset.label}: ${point.formattedValue}` },
      },
    },
  };
}

function draw(canvas) {
  const { days, lines } = JSON.parse(canvas.dataset.chart);
  const datasets = lines.map(({ label, color, values }) => {
    const shade = token(color);
    return { label, data: values, borderColor: shade, backgroundColor: shade, pointStyle: "circle", hoverBackgroundColor: shade, hoverBorderColor: shade };
  });
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new globalThis.Chart(canvas, { type: "line", data: { labels: days.map(([day]) => day), datasets }, options: options(days), plugins: [cursor] }));
}

async function show() {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.destroy();
    drawn.delete(canvas);
  }
  const fresh = [...document.querySelectorAll("canvas[data-chart]")].filter((canvas) => !drawn.has(canvas));
  if (!fresh.length) return;
  await import("../chart.umd.min.js");
  fresh.filter((canvas) => canvas.isConnected && !drawn.has(canvas)).forEach(draw);
}

new MutationObserver(() => drawn.forEach((_, canvas) => draw(canvas))).observe(root, { attributeFilter: ["class"] });
document.addEventListener("htmx:load", show);
show();
