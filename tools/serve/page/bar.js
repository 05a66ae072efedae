/* SPDX-License-Identifier: MIT */
/* The two small pictures of a row: the footprint as a bar, and its course as a line. */
import { el, setAttribute } from "./dom.js";
import { bytes } from "./units.js";

const PARTS = ["live", "cached", "parked", "rest"];

/* The parts of a footprint, in bytes; what is left is memgov's own tables. */
export function partsOf(s) {
	const parts = { live: s.live_bytes, cached: s.cached_bytes, parked: s.parked_bytes };
	parts.rest = Math.max(0, s.heap_footprint_bytes - parts.live - parts.cached - parts.parked);
	return parts;
}

export function makeBar() {
	const bar = el("div", { class: "bar", role: "img" });
	for (const part of PARTS)
		bar.append(el("i", { class: part }));
	return bar;
}

/* Fills it: the whole width is the ceiling, or `scale` bytes where there is none. */
export function drawBar(bar, s, scale) {
	const limit = s.heap_limit_bytes;
	const whole = limit || scale;
	const parts = partsOf(s);
	const said = PARTS.slice(0, 3).map((part) => `${part} ${bytes(parts[part])}`).join(", ");

	PARTS.forEach((part, i) => {
		const width = whole ? Math.min(100, (100 * parts[part]) / whole) : 0;
		bar.children[i].style.width = width.toFixed(2) + "%";
	});
	bar.classList.toggle("open", !limit);
	bar.classList.toggle("full", limit > 0 && s.heap_footprint_bytes > 0.95 * limit);
	setAttribute(bar, "aria-label", `${said}, ${limit ? "ceiling " + bytes(limit) : "no ceiling"}`);
	setAttribute(bar, "title", `${said}, ${limit ? "ceiling " + bytes(limit) : "no ceiling"}`);
}

/* The footprints of the last readings as a line in a canvas of the size that CSS gave it. */
export function drawSpark(canvas, points, most) {
	const ratio = devicePixelRatio || 1;
	const width = canvas.clientWidth;
	const height = canvas.clientHeight;
	const shown = points.slice(-most);
	const ctx = canvas.getContext("2d");

	if (!width)
		return;
	if (canvas.width !== Math.round(width * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
	}
	ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
	ctx.clearRect(0, 0, width, height);
	if (shown.length < 2)
		return;
	const values = shown.map((p) => p.footprint);
	const low = Math.min(...values);
	const high = Math.max(...values);
	const range = Math.max(high - low, high / 50, 1); /* so that noise does not look like growth */
	const x = (i) => width - 1 - ((shown.length - 1 - i) * (width - 2)) / (most - 1);
	const y = (v) => height - 2 - ((v - low) * (height - 4)) / range;
	ctx.beginPath();
	values.forEach((v, i) => (i ? ctx.lineTo(x(i), y(v)) : ctx.moveTo(x(i), y(v))));
	ctx.strokeStyle = getComputedStyle(canvas).color;
	ctx.lineWidth = 1.25;
	ctx.stroke();
	ctx.lineTo(x(values.length - 1), height);
	ctx.lineTo(x(0), height);
	ctx.globalAlpha = 0.15;
	ctx.fillStyle = ctx.strokeStyle;
	ctx.fill();
	ctx.globalAlpha = 1;
}
