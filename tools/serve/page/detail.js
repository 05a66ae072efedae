/* SPDX-License-Identifier: MIT */
/* One process: who it is, its charts, and the tables below them. */
import { getJson, getText, post, Repeat } from "./api.js";
import { Charts } from "./chart.js";
import { toneOf } from "./columns.js";
import { byId, el, keyed, setAttribute, setText } from "./dom.js";
import { drawFlame, flameSays } from "./flame.js";
import { drawSettings, lock } from "./settings.js";
import { drawSites, sitesSay } from "./sites.js";
import { bytes, count, moment, span, took } from "./units.js";

const FACTS = [
	["Footprint", (p, s) => bytes(s.heap_footprint_bytes)], ["Ceiling", (p, s) => (s.heap_limit_bytes ? bytes(s.heap_limit_bytes) : "none")],
	["Peak", (p, s) => bytes(s.heap_peak_bytes)], ["Live", (p, s) => bytes(s.live_bytes)], ["Blocks", (p, s) => count(s.live_blocks)],
	["RSS", (p, s) => bytes(s.rss_bytes)], ["Outside", (p, s) => bytes(s.outside_heap_bytes)], ["Swap", (p, s) => bytes(s.swap_bytes)],
	["Alloc/s", (p) => (p.allocRate === null ? "–" : count(p.allocRate))], ["Free/s", (p) => (p.freeRate === null ? "–" : count(p.freeRate))],
	["Returned", (p, s) => bytes(s.returned_bytes)], ["Compactions", (p, s) => count(s.compactions)],
	["Refused", (p, s) => count(s.refused_allocs)], ["Leaks", (p, s) => count(s.leak_suspects)],
	["Threads", (p, s) => count(s.threads)], ["Up", (p, s) => span(s.uptime_ms)],
];
const TROUBLE = {
	stopped: "This process is stopped: it answers again when it goes on (SIGCONT).",
	silent: "This process does not answer; what is shown is its last reading.",
	ended: "This process has ended; what is shown is its last reading.",
};
const root = byId("detail");
let charts = null;
let open = null; /* { pid, history, stop, control, process } */

function drawFacts(p) {
	keyed(byId("d-facts"), FACTS, ([name]) => name, ([name]) => {
		const value = el("dd");
		return { nodes: [el("div", {}, el("dt", {}, name), value)], value };
	}, (row, [, text]) => setText(row.value, p.stats.uptime_ms === undefined ? "–" : text(p, p.stats)));
}

function say(text, bad) {
	const note = byId("d-note");

	note.hidden = !text;
	note.classList.toggle("bad", Boolean(bad));
	setText(note, text ?? "");
}

function drawHead(p, control) {
	const locked = lock(control);
	const button = byId("d-compact");

	setText(byId("d-name"), p.name);
	setText(byId("d-id"), `pid ${p.pid} of ${p.user}`);
	setText(byId("d-state"), p.condition);
	setAttribute(byId("d-state"), "class", "pill " + toneOf(p.condition));
	button.disabled = Boolean(locked) || p.health !== "answers" || p.gone || open.compacting;
	button.title = locked ?? "Give back every free page, now";
	root.classList.toggle("lost", p.condition in TROUBLE);
	if (p.condition in TROUBLE || open.trouble) {
		say(TROUBLE[p.condition] ?? null, true);
		open.trouble = p.condition in TROUBLE;
	}
}

/* Called after each round; `p` is undefined when there is no such process. */
export function drawDetail(p, reply) {
	if (!open)
		return;
	if (!p) {
		setText(byId("d-name"), "No process " + open.pid);
		say(`No governed process has the pid ${open.pid}.`, true);
		open.trouble = true;
		return;
	}
	open.control = reply.control;
	drawHead(p, reply.control);
	drawFacts(p);
	charts.draw(open.history, p.points, reply.at_ms);
}

function drawPolicies(policies) {
	const make = (item) => {
		const cells = ["n", "n", ""].map((c) => el("td", { class: c }));
		return { nodes: [el("tr", {}, el("th", { scope: "row" }, item.name), ...cells)], cells };
	};
	keyed(byId("d-policies").tBodies[0], policies, (item) => item.name, make, ({ cells }, item) => {
		setText(cells[0], item.next_ms === undefined ? "–" : item.next_ms ? "in " + span(item.next_ms) : "now");
		setText(cells[1], count(item.decisions));
		setText(cells[2], item.reason.replace(/^-?$/, "–"));
	});
}

/* An event has no number: its kind, text and time, to the second, name it. */
function drawEvents(events, now) {
	const at = (e) => now - e.age_ms;
	const make = () => {
		const cells = [el("td"), el("td"), el("td")];
		return { nodes: [el("tr", {}, ...cells)], cells };
	};
	const items = events.map((e, i) => ({ ...e, i })).reverse();
	keyed(byId("d-events").tBodies[0], items, (e) => events.length - e.i, make, ({ cells }, e) => {
		setText(cells[0], moment(Math.round(at(e) / 1000) * 1000, now));
		setText(cells[1], e.kind);
		setText(cells[2], e.text);
	});
}

async function readMore(pid, signal) {
	try {
		const reply = await getJson(`api/${pid}`, signal);
		if (open?.pid !== pid)
			return;
		if (!reply.config)
			return; /* stopped or silent: what it said before stays */
		drawPolicies(reply.policies);
		drawEvents(reply.events, reply.at_ms);
		drawSettings(pid, reply.config, open.control);
	} catch {
		/* The table says when a process is not there, the header when the server is not. */
	}
}

async function readHistory(pid, signal) {
	try {
		const reply = await getJson(`api/${pid}/history`, signal);
		if (open?.pid === pid)
			open.history = reply.points.map((p) => ({
				t: reply.at_ms - p.age_ms, live: p.live_bytes, cached: p.cached_bytes, parked: p.parked_bytes,
				footprint: p.heap_footprint_bytes, rss: p.rss_bytes, returned: p.returned_bytes,
			}));
	} catch {
		/* The charts begin with what the page sees itself. */
	}
}

async function readSites(pid, signal) {
	try {
		const reply = await getJson(`api/${pid}/sites`, signal);
		if (open?.pid === pid)
			drawSites(reply);
	} catch (e) {
		if (open?.pid === pid && !e.offline)
			sitesSay(e.message);
	}
}

async function readFlame(pid, signal) {
	flameSays("Reading stacks …");
	try {
		const text = await getText(`api/${pid}/flame.svg`, signal);
		if (open?.pid === pid)
			drawFlame(text);
	} catch (e) {
		if (open?.pid === pid)
			flameSays(e.message);
	}
}

async function compact() {
	const { pid } = open;

	open.compacting = true;
	byId("d-compact").disabled = true;
	say("Compacting …");
	try {
		const reply = await post(`api/${pid}/compact`, {});
		if (open?.pid === pid)
			say(`${bytes(reply.yield_bytes)} came back in ${took(reply.took_ns)}.`);
	} catch (e) {
		if (open?.pid === pid)
			say(e.message, true);
	}
	if (open?.pid === pid)
		open.compacting = byId("d-compact").disabled = false;
}

export function openDetail(pid) {
	if (open?.pid === pid)
		return;
	closeDetail();
	const repeats = [[readMore, 1000], [readHistory, 60000], [readSites, 5000]]
		.map(([task, every]) => new Repeat((signal) => task(pid, signal), every));
	open = { pid, history: [], repeats };
	document.body.classList.add("has-detail");
	root.hidden = false;
	scrollTo(0, 0);
	sitesSay("reading stacks …", true);
	repeats.forEach((r) => r.start());
	readFlame(pid);
}

export function closeDetail() {
	open?.repeats.forEach((r) => r.stop());
	open = null;
	charts.clear();
	document.body.classList.remove("has-detail");
	root.hidden = true;
	say(null);
	flameSays("");
	for (const id of ["d-policies", "d-events", "d-settings"])
		keyed(byId(id).tBodies[0], [], null, null, null);
}

export function startDetail() {
	charts = new Charts();
	byId("d-compact").addEventListener("click", compact);
	byId("d-flame-refresh").addEventListener("click", () => readFlame(open.pid));
}
