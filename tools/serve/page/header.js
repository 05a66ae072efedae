/* SPDX-License-Identifier: MIT */
/* The line at the top: the machine, and whether what is shown is live. */
import { byId, setAttribute, setText } from "./dom.js";
import { bytes, clock } from "./units.js";

function drawMeter(node, used, total, text) {
	const share = total ? (100 * used) / total : 0;

	node.querySelector(".fill").style.width = share.toFixed(1) + "%";
	setAttribute(node, "data-level", share >= 95 ? "critical" : share >= 85 ? "warn" : "fine");
	setText(node.querySelector(".value"), text);
}

export function drawHeader(reply) {
	const m = reply.machine ?? {};
	const used = m.total_bytes - m.available_bytes;
	const swapped = m.swap_total_bytes - m.swap_free_bytes;
	const swap = byId("swap");
	const live = reply.processes.filter((p) => p.health !== "ended").length;

	setText(byId("host"), `${reply.host} · ${reply.version}`);
	byId("memory").hidden = !m.total_bytes;
	drawMeter(byId("memory"), used, m.total_bytes, `${bytes(used)} of ${bytes(m.total_bytes)} · ${m.used_pct} %`);
	byId("memory").title = "Marks at 85 % (act) and 95 % (must act)";
	swap.hidden = m.swap_total_bytes === undefined;
	drawMeter(swap, swapped, m.swap_total_bytes, m.swap_total_bytes ? `${bytes(swapped)} of ${bytes(m.swap_total_bytes)}` : "none");
	byId("stall").hidden = m.stall_pct === undefined;
	setText(byId("stall").querySelector(".value"), `${m.stall_pct} %`);
	setText(byId("count"), String(live));
	document.title = `${live} processes · ${reply.host} · memgov`;
}

/* `at_ms`: the last reading; null: none yet. `problem`: why there is no newer one; null: none. */
export function drawLink(at_ms, problem) {
	const link = byId("link");

	setAttribute(link, "data-state", problem ? "lost" : "live");
	setAttribute(link, "title", problem ?? "");
	setText(link.querySelector("span"), problem ? "reconnecting" : "live");
	setText(link.querySelector("time"), at_ms === null ? "" : (problem ? "last reading " : "") + clock(at_ms));
}
