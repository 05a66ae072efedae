/* SPDX-License-Identifier: MIT */
/* The page: one round a second, the address, the keys. */
import { getJson, Repeat, takeToken } from "./api.js";
import { closeDetail, drawDetail, openDetail, startDetail } from "./detail.js";
import { startFlame } from "./flame.js";
import { drawHeader, drawLink } from "./header.js";
import { Store } from "./store.js";
import { drawTable, startTable, tableKey } from "./table.js";

const ROUND_MS = 1000;
const store = new Store();
let last = null; /* the last reply */
let opened = null; /* a pid */

function chosen() {
	const pid = Number(new URLSearchParams(location.hash.slice(1)).get("pid"));
	return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function draw() {
	const pid = chosen();

	drawTable(store.processes, pid);
	if (last)
		drawDetail(store.processes.get(pid), last);
}

async function round(signal) {
	try {
		last = await getJson("api/", signal);
	} catch (e) {
		drawLink(last?.at_ms ?? null, e.message);
		return;
	}
	store.take(last, chosen());
	drawHeader(last);
	drawLink(last.at_ms, null);
	draw();
}

function go() {
	const pid = chosen();
	const before = opened;

	takeToken();
	opened = pid;
	if (pid === null)
		closeDetail();
	else
		openDetail(pid);
	draw();
	if (pid === null && before !== null)
		document.querySelector(`a.open[href="#pid=${before}"]`)?.focus();
}

function key(event) {
	const typing = event.target.closest("input");

	if (event.ctrlKey || event.altKey || event.metaKey || (typing && typing.id !== "filter"))
		return;
	if (tableKey(event))
		event.preventDefault();
	else if (event.key === "Escape" && chosen() !== null)
		location.hash = "";
}

startTable();
startDetail();
startFlame();
addEventListener("hashchange", go);
addEventListener("keydown", key);
go();
new Repeat(round, ROUND_MS).start();
