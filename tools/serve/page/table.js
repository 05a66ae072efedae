/* SPDX-License-Identifier: MIT */
/* The table of all processes: sorting, filtering, moving about. */
import { COLUMNS } from "./columns.js";
import { byId, el, keyed, setAttribute, setText } from "./dom.js";

const table = byId("table");
const body = table.tBodies[0];
const filter = byId("filter");
const empty = byId("empty");
const sort = { column: COLUMNS.find((c) => c.id === "heap"), down: true };
let shown = { processes: new Map(), pid: null };

function classOf(column) {
	return [column.number ? "n" : "", column.wide ? "wide" + column.wide : "", column.class ?? "", "c-" + column.id]
		.filter(Boolean).join(" ");
}

function makeHeading(column) {
	const th = el("th", { scope: "col", class: classOf(column), title: column.help });

	if (!column.value) {
		th.append(column.title);
		return th;
	}
	const button = el("button", { type: "button" }, column.title);
	button.addEventListener("click", () => {
		const first = Boolean(column.number || column.largestFirst);
		sort.down = sort.column === column ? !sort.down : first;
		sort.column = column;
		draw();
	});
	th.append(button);
	return th;
}

function makeRow() {
	const tr = el("tr");

	for (const column of COLUMNS) {
		const cell = column.head ? el("th", { scope: "row" }) : el("td");
		cell.className = classOf(column);
		column.make?.(cell);
		tr.append(cell);
	}
	tr.addEventListener("click", (event) => {
		if (!event.target.closest("a") && getSelection().isCollapsed)
			tr.querySelector("a").click();
	});
	return { nodes: [tr] };
}

function fillRow(row, p, all) {
	const tr = row.nodes[0];

	COLUMNS.forEach((column, i) => {
		const cell = tr.children[i];
		if (column.draw) {
			column.draw(cell, p, all);
			return;
		}
		setText(cell, column.text(p));
		if (column.alarm)
			cell.classList.toggle("alarm", column.value(p) > 0);
	});
	tr.classList.toggle("lost", ["ended", "stopped", "silent"].includes(p.condition));
	tr.classList.toggle("chosen", p.pid === shown.pid);
	if (p.pid === shown.pid)
		setAttribute(tr, "aria-current", "true");
	else
		tr.removeAttribute("aria-current");
}

/* Every word of the filter is somewhere in the row. */
function matches(p, words) {
	const text = `${p.name} ${p.pid} ${p.user} ${p.condition}`.toLowerCase();
	return words.every((word) => text.includes(word));
}

/* What is not known is last, either way. */
function compare(a, b) {
	const [x, y] = [sort.column.value(a) ?? null, sort.column.value(b) ?? null];
	const sign = sort.down ? -1 : 1;

	if (x === null || y === null)
		return (x === null) - (y === null) || a.pid - b.pid;
	if (typeof x === "string")
		return sign * x.localeCompare(y) || a.pid - b.pid;
	return sign * (x - y) || a.pid - b.pid;
}

function draw() {
	const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
	const all = [...shown.processes.values()];
	const rows = all.filter((p) => matches(p, words)).sort(compare);
	const largest = Math.max(1, ...all.map((p) => p.stats.heap_footprint_bytes ?? 0));

	[...table.tHead.rows[0].cells].forEach((th, i) => {
		const way = COLUMNS[i] !== sort.column ? "none" : sort.down ? "descending" : "ascending";
		if (COLUMNS[i].value)
			setAttribute(th, "aria-sort", way);
	});
	keyed(body, rows, (p) => p.pid, makeRow, (row, p) => fillRow(row, p, { largest }));
	empty.hidden = rows.length > 0;
	setText(empty, all.length ? "No process matches the filter." : "No governed process runs. Start one: memgov run -- COMMAND");
}

/* `processes`: Map of pid to Process; `pid`: the one that is open, or null. */
export function drawTable(processes, pid) {
	shown = { processes, pid };
	draw();
}

const links = () => [...body.querySelectorAll("a.open")];

function move(step) {
	const all = links();
	const at = all.indexOf(document.activeElement);
	const open = all.findIndex((a) => a.closest("tr").classList.contains("chosen"));

	all[Math.min(all.length - 1, Math.max(0, at >= 0 ? at + step : open >= 0 ? open + step : 0))]?.focus();
}

/* Keys of the table; whether it was one. */
export function tableKey(event) {
	const inFilter = document.activeElement === filter;

	if (event.key === "/" && !inFilter) {
		filter.focus();
		filter.select();
	} else if (event.key === "ArrowDown") {
		move(1);
	} else if (event.key === "ArrowUp") {
		move(-1);
	} else if (event.key === "Enter" && inFilter) {
		links()[0]?.click();
	} else if (event.key === "Escape" && inFilter) {
		filter.value = "";
		filter.blur();
		draw();
	} else {
		return false;
	}
	return true;
}

export function startTable() {
	table.tHead.rows[0].append(...COLUMNS.map(makeHeading));
	filter.addEventListener("input", draw);
}
