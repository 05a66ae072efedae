/* SPDX-License-Identifier: MIT */
/* The table of those who hold the memory; a row opens to its stack. */
import { byId, el, keyed, setAttribute, setText } from "./dom.js";
import { bytes, change, count, span } from "./units.js";

const body = byId("d-sites").tBodies[0];
const hint = byId("d-sites-hint");

function makeRow(site) {
	const button = el("button", { type: "button", class: "who", "aria-expanded": "false" });
	const tr = el("tr", {}, el("td", {}, el("span")), ...[1, 2, 3, 4, 5].map(() => el("td", { class: "n" })), el("td", {}, button));
	const stack = el("ol", { class: "stack" }, ...site.stack.map((line) => el("li", {}, line)));
	const more = el("tr", { class: "more" }, el("td", { colspan: "7" }, stack));

	more.hidden = true;
	button.addEventListener("click", () => {
		more.hidden = !more.hidden;
		button.setAttribute("aria-expanded", String(!more.hidden));
	});
	return { nodes: [tr, more], button };
}

function fillRow(row, site, whole) {
	const cells = row.nodes[0].cells;
	const share = whole ? Math.round((100 * site.live_bytes) / whole) + " %" : "–";

	setText(cells[0].firstChild, site.verdict);
	setAttribute(cells[0].firstChild, "class", "verdict " + (["suspect", "growing"].includes(site.verdict) ? site.verdict : "steady"));
	[bytes(site.live_bytes), share, count(site.blocks), change(site.bytes_per_minute), span(site.age_ms)]
		.forEach((text, i) => setText(cells[i + 1], text));
	setText(row.button, site.who);
	setAttribute(row.button, "title", site.who);
}

export function drawSites(reply) {
	const sites = reply.sites.filter((s) => s.live_bytes > 0);
	const whole = sites.reduce((sum, s) => sum + s.live_bytes, 0);
	const keys = new Map();
	const keyOf = (site) => { /* two sites may read the same */
		const text = site.stack.join("\n");
		keys.set(text, (keys.get(text) ?? 0) + 1);
		return text + "\n" + keys.get(text);
	};

	keyed(body, sites, keyOf, makeRow, (row, site) => fillRow(row, site, whole));
	setText(hint, !reply.mean_bytes ? "sampling is off: set sample to 512K"
		: `by ${count(reply.samples)} samples, one in ${bytes(reply.mean_bytes)}`);
}

/* What is there instead of sites: "reading stacks", or why there are none. */
export function sitesSay(text, clear) {
	if (clear)
		keyed(body, [], null, null, null);
	setText(hint, text);
}
