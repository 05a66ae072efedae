/* SPDX-License-Identifier: MIT */
/*
 * The charts of a process, by dygraphs: the footprint in its parts with RSS and ceiling, and the
 * rates below it. They zoom together; while nobody has zoomed, they follow the time.
 */
import { partsOf } from "./bar.js";
import { byId, el, setText } from "./dom.js";
import { bytes, clock, count, moment, took } from "./units.js";

const RANGES = { "1 m": 60e3, "10 m": 600e3, "1 h": 3600e3, "1 d": 86400e3 };
const MARK_PIXELS = 16;
const HEAP = ["time", "rest", "parked", "cached", "live", "RSS", "ceiling"];
const RATES = ["time", "allocations", "releases"];

/* Its legend wants styles inside of markup, which the policy for content forbids. */
const plugins = () => Dygraph.PLUGINS.filter((p) => p !== Dygraph.Plugins.Legend);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

/* Series come largest first, each the sum of those after it: the smaller ones are painted over. */
function area(e) {
	const base = e.dygraph.toDomYCoord(0);
	const points = e.points.filter((p) => Number.isFinite(p.canvasy));
	const ctx = e.drawingContext;

	if (points.length === 0)
		return;
	ctx.fillStyle = e.color;
	ctx.beginPath();
	ctx.moveTo(points[0].canvasx, base);
	points.forEach((p) => ctx.lineTo(p.canvasx, p.canvasy));
	ctx.lineTo(points[points.length - 1].canvasx, base);
	ctx.fill();
}

const compacted = (p) => p.returned > 0 || p.compacted !== undefined;

/* History of the process, then what the page has seen itself. */
function joined(history, points) {
	const first = points.length ? points[0].t : Infinity;
	const limit = points.length ? points[0].limit : null; /* history does not know it */
	return [...history.filter((p) => p.t < first).map((p) => ({ ...p, limit })), ...points];
}

/* For a first look: the longest of an hour at most that `ms` fill to a third, or most of it would be empty. */
const fitting = (ms) => Object.values(RANGES).findLast((range) => range <= RANGES["1 h"] && range <= 3 * ms) ?? RANGES["1 m"];

function heapRow(p) {
	const s = { live_bytes: p.live, cached_bytes: p.cached, parked_bytes: p.parked, heap_footprint_bytes: p.footprint };
	const parts = partsOf(s);
	const cached = parts.live + parts.cached;
	const parked = cached + parts.parked;

	return [p.t, parked + parts.rest, parked, cached, parts.live, p.rss, p.limit];
}

export class Charts {
	#range = null; /* ms; null: one that is not empty for the most part, in draw() */
	#window = null; /* chosen by hand */
	#points = [];
	#heap = null;
	#rates = null;
	#hover = null;
	#sizes = new ResizeObserver(() => this.#resize());

	constructor() {
		for (const [name, ms] of Object.entries(RANGES)) {
			const button = el("button", { type: "button", "data-range": ms }, name);
			button.addEventListener("click", () => this.#choose(ms));
			byId("d-ranges").append(button);
		}
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#again());
		this.#sizes.observe(byId("d-heap"));
		this.#markRange();
	}

	/* `history`: points of the process, oldest first; `points`: the page's own; `now`: the server's time. */
	draw(history, points, now) {
		this.#points = joined(history, points);
		this.now = now;
		if (!this.#points.length)
			return;
		if (this.#range === null)
			this.#choose(fitting(now - this.#points[0].t));
		if (!this.#heap)
			this.#make();
		else
			this.#update();
		this.#read();
	}

	clear() {
		this.#heap?.destroy();
		this.#rates?.destroy();
		this.#heap = this.#rates = this.#range = this.#window = this.#hover = null;
		this.#points = [];
		setText(byId("d-heap-readout"), "");
		setText(byId("d-rates-readout"), "");
		this.#markRange();
	}

	#again() {
		if (!this.#heap)
			return;
		this.#heap.destroy();
		this.#rates.destroy();
		this.#make();
	}

	#choose(ms) {
		this.#range = ms;
		this.#window = null;
		this.#markRange();
		if (this.#heap)
			this.#update();
	}

	#markRange() {
		for (const b of byId("d-ranges").children)
			b.setAttribute("aria-pressed", String(!this.#window && Number(b.dataset.range) === this.#range));
	}

	#resize() {
		this.#heap?.resize();
		this.#rates?.resize();
	}

	#shownWindow() {
		return this.#window ?? [this.now - this.#range, this.now];
	}

	/* The ceiling sets the scale only when the footprint is not tiny beside it. */
	#shape() {
		const [from, to] = this.#shownWindow();
		const seen = this.#points.filter((p) => p.t >= from && p.t <= to);
		const most = Math.max(1, ...seen.map((p) => Math.max(p.footprint, p.rss ?? 0)));
		const limit = Math.max(0, ...seen.map((p) => p.limit ?? 0));
		const fastest = Math.max(1, ...this.#points.map((p) => (p.t >= from && p.t <= to ? Math.max(p.allocs ?? 0, p.frees ?? 0) : 0)));

		return { dateWindow: [from, to], top: 1.06 * (limit && limit < 4 * most ? Math.max(limit, most) : most), fastest };
	}

	#options(labels, more) {
		const grid = colour("grid");
		return {
			labels, plugins: [], legend: "never", showLabelsOnHighlight: false, gridLineColor: grid, axisLineColor: grid,
			axisLabelFontSize: 11, highlightCircleSize: 3, strokeWidth: 1.5, xRangePad: 0, animatedZooms: false,
			rightGap: 8, hideOverlayOnMouseOut: true, digitsAfterDecimal: 0,
			highlightCallback: (event, x) => this.#point(x), unhighlightCallback: () => this.#point(null),
			zoomCallback: (from, to) => this.#zoomed(from, to), ...more,
		};
	}

	#axes(format) {
		return {
			x: { ticker: Dygraph.dateTicker, axisLabelFormatter: (d) => this.#axisTime(d), pixelsPerLabel: 80, axisLabelWidth: 70 },
			y: { axisLabelFormatter: format, axisLabelWidth: 46, pixelsPerLabel: 28, includeZero: true },
		};
	}

	#axisTime(d) {
		const [from, to] = this.#shownWindow();
		return to - from > 20 * 60e3 ? clock(d).slice(0, 5) : clock(d);
	}

	#make() {
		const fills = ["rest", "parked", "cached", "live"];
		const standard = Dygraph.PLUGINS;
		const shape = this.#shape();

		Dygraph.PLUGINS = plugins();
		this.#heap = new Dygraph(byId("d-heap"), this.#points.map(heapRow), this.#options(HEAP, {
			colors: [...fills.map(colour), colour("rss"), colour("ceiling")], dateWindow: shape.dateWindow,
			valueRange: [0, shape.top], axes: this.#axes(bytes), labelsKMG2: true,
			series: { ...Object.fromEntries(fills.map((name) => [name, { plotter: area, highlightCircleSize: 0 }])),
				ceiling: { strokePattern: [6, 4], highlightCircleSize: 0 } },
		}));
		this.#rates = new Dygraph(byId("d-rates"), this.#rateRows(), this.#options(RATES, {
			colors: [colour("allocs"), colour("frees")], dateWindow: shape.dateWindow, valueRange: [0, 1.1 * shape.fastest],
			axes: this.#axes(count), series: { releases: { strokePattern: [6, 6] } }, /* often as many: both are to be seen */
		}));
		Dygraph.PLUGINS = standard;
		this.#heap.ready(() => this.#mark());
	}

	#update() {
		const { dateWindow, top, fastest } = this.#shape();

		this.#mark();
		this.#heap.updateOptions({ file: this.#points.map(heapRow), dateWindow, valueRange: [0, top] });
		this.#rates.updateOptions({ file: this.#rateRows(), dateWindow, valueRange: [0, 1.1 * fastest] });
	}

	#rateRows() {
		const rows = this.#points.filter((p) => p.allocs !== undefined).map((p) => [p.t, p.allocs, p.frees]);
		return rows.length ? rows : [[this.now, null, null]];
	}

	/* Compactions; those that would lie on one another are one mark. */
	#mark() {
		const [from, to] = this.#shownWindow();
		const places = byId("d-heap").clientWidth / MARK_PIXELS;
		const marks = new Map();

		for (const p of this.#points) {
			if (!compacted(p) || p.t < from || p.t > to)
				continue;
			const place = Math.floor(((p.t - from) * places) / (to - from));
			const { n, returned } = marks.get(place) ?? { n: 0, returned: 0 };
			marks.set(place, { t: p.t, n: n + (p.compacted?.n ?? 1), returned: returned + p.returned, ns: p.compacted?.ns });
		}
		this.#heap.setAnnotations([...marks.values()].map((m) => ({
			series: "RSS", x: m.t, shortText: "▼", text: this.#said(m), cssClass: m.returned > 0 ? "compaction" : "compaction vain",
			width: 12, height: 12, attachAtBottom: true, tickHeight: 0,
		})), true);
	}

	#said({ t, n, returned, ns }) {
		const time = ns !== undefined && n === 1 ? ` in ${took(ns)}` : "";
		return `${n > 1 ? n + " compactions" : "compaction"}: ${bytes(returned)} came back${time}, ${moment(t, this.now)}`;
	}

	#zoomed(from, to) {
		const whole = this.#heap.xAxisExtremes();
		this.#window = from <= whole[0] && to >= whole[1] ? null : [from, to];
		this.#markRange();
		this.#update();
	}

	#point(x) {
		this.#hover = x;
		this.#read();
	}

	/* What is under the pointer, else the last reading. */
	#read() {
		const p = (this.#hover !== null && this.#points.find((q) => q.t === this.#hover)) || this.#points.at(-1);
		const parts = partsOf({ live_bytes: p.live, cached_bytes: p.cached, parked_bytes: p.parked, heap_footprint_bytes: p.footprint });
		const item = (name, text, mark = name) => el("span", { class: "r-" + mark }, name + " ", el("b", {}, text));

		byId("d-heap-readout").replaceChildren(el("time", {}, moment(p.t, this.now)), item("live", bytes(parts.live)),
			item("cached", bytes(parts.cached)), item("parked", bytes(parts.parked)), item("tables", bytes(parts.rest), "rest"),
			item("RSS", bytes(p.rss), "rss"), item("ceiling", p.limit ? bytes(p.limit) : "none", "ceiling"),
			...(compacted(p) ? [el("em", {}, this.#said({ ...p, n: p.compacted?.n ?? 1, ns: p.compacted?.ns }))] : []));
		byId("d-rates-readout").replaceChildren(item("allocations", p.allocs === undefined ? "–" : count(p.allocs) + "/s", "allocs"),
			item("releases", p.frees === undefined ? "–" : count(p.frees) + "/s", "frees"));
	}
}
