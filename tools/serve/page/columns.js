/* SPDX-License-Identifier: MIT */
/*
 * The columns of the table of processes: `value(p)` is what it sorts by, `text(p)` what it shows;
 * `make(cell)` and `draw(cell, p, all)` where that is not a text. `wide` columns give way first.
 */
import { drawBar, drawSpark, makeBar } from "./bar.js";
import { el, setAttribute, setText } from "./dom.js";
import { bytes, count } from "./units.js";

const SPARK_POINTS = 90;
const HEALTHY = ["active", "idle"];

const known = (value, format) => (value === undefined || value === null ? "–" : format(value));

/* A column that shows one statistic. */
function figure(id, title, help, name, format, more = {}) {
	const value = (p) => p.stats[name];
	return { id, title, help, value, text: (p) => known(value(p), format), number: true, ...more };
}

export const toneOf = (condition) => (HEALTHY.includes(condition) ? condition : condition === "new" ? "idle" : "bad");

function drawName(cell, p) {
	const link = cell.firstChild;
	setText(link, p.name);
	setAttribute(link, "href", "#pid=" + p.pid);
	setAttribute(cell, "title", p.name);
}

function drawState(cell, p) {
	const pill = cell.firstChild;
	setText(pill, p.condition);
	setAttribute(pill, "class", "pill " + toneOf(p.condition));
}

function drawFootprint(cell, p, all) {
	const [bar, used, of] = cell.firstChild.children;
	const s = p.stats;

	setText(used, known(s.heap_footprint_bytes, bytes));
	setText(of, s.heap_limit_bytes ? "/ " + bytes(s.heap_limit_bytes) : "");
	if (s.heap_footprint_bytes !== undefined)
		drawBar(bar, s, all.largest);
}

export const COLUMNS = [
	{
		id: "name", title: "Process", help: "Name of the program", value: (p) => p.name, head: true,
		make: (cell) => cell.append(el("a", { class: "open" })), draw: drawName,
	},
	{ id: "pid", title: "PID", help: "Process id", value: (p) => p.pid, text: (p) => String(p.pid), number: true, wide: 1 },
	{ id: "user", title: "User", help: "Whose process it is", value: (p) => p.user, text: (p) => p.user, wide: 2 },
	{
		id: "state", title: "State", help: "active, idle, pressure, at-limit; stopped, silent, ended", value: (p) => p.condition,
		make: (cell) => cell.append(el("span")), draw: drawState,
	},
	{
		id: "heap", title: "Footprint", help: "What the heap keeps, against its ceiling; where there is none, against the largest process",
		value: (p) => p.stats.heap_footprint_bytes, largestFirst: true,
		make: (cell) => cell.append(el("div", { class: "footprint" }, makeBar(), el("b"), el("span"))), draw: drawFootprint,
	},
	figure("rss", "RSS", "Resident memory of the process", "rss_bytes", bytes),
	{
		id: "allocs", title: "Alloc/s", help: "Blocks handed out a second", value: (p) => p.allocRate,
		text: (p) => known(p.allocRate, count), number: true, wide: 1,
	},
	{
		id: "frees", title: "Free/s", help: "Blocks released a second", value: (p) => p.freeRate,
		text: (p) => known(p.freeRate, count), number: true, wide: 1,
	},
	figure("returned", "Returned", "What compactions gave back, measured", "returned_bytes", bytes, { wide: 2 }),
	figure("compactions", "Comp.", "Compactions", "compactions", count, { wide: 2 }),
	figure("refused", "Refused", "Requests that were refused", "refused_allocs", count, { wide: 2, alarm: true }),
	figure("leaks", "Leaks", "Sites that have grown all along, and may leak", "leak_suspects", count, { wide: 2, alarm: true }),
	{
		id: "trend", title: "Last 90 s", help: "Footprint of the last 90 readings", wide: 2, class: "trend",
		make: (cell) => cell.append(el("canvas", { class: "spark", "aria-hidden": "true" })),
		draw: (cell, p) => drawSpark(cell.firstChild, p.points, SPARK_POINTS),
	},
];
