/* SPDX-License-Identifier: MIT */
/*
 * The flame graph: reads the boxes out of the server's picture and paints them anew, as wide as the
 * page, in its colours. A click on a box makes it the whole width, one on the lowest undoes it.
 */
import { byId } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 18;
const LETTER = 6.7; /* about what one takes */
const LEAST = 2;    /* narrower ones could not be pointed at */
const place = byId("d-flame");
const hint = byId("d-flame-hint");
const REST = "Point at a box for its figures; click it to look closer.";
let boxes = [];
let zoomed = null;

/* Of the file: x and width in its units, levels from 0 at the bottom. */
function parse(text) {
	const file = new DOMParser().parseFromString(text, "image/svg+xml");
	const found = [...file.querySelectorAll("g")].map((g) => {
		const rect = g.querySelector("rect");
		const [name, ...facts] = g.querySelector("title").textContent.split("\n");
		const [x, y, width] = ["x", "y", "width"].map((a) => Number(rect.getAttribute(a)));
		return { name, facts: facts.join(", "), module: facts[1] ?? "", x, y, width };
	});
	const bottom = Math.max(...found.map((b) => b.y));
	const height = Math.min(...found.filter((b) => b.y < bottom).map((b) => bottom - b.y));

	for (const box of found)
		box.level = box.y === bottom ? 0 : Math.round((bottom - box.y) / height);
	return found;
}

/* Functions of one module have one hue. */
function hueOf(module) {
	let h = 0;
	for (const c of module)
		h = (h * 31 + c.codePointAt(0)) % 997;
	return "hue" + (module ? h % 8 : "-none");
}

function node(name, attributes, text) {
	const made = document.createElementNS(SVG, name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	if (text !== undefined)
		made.textContent = text;
	return made;
}

function paintBox(box, x, width, height) {
	const g = node("g", { class: hueOf(box.module), tabindex: "-1" });
	const y = height - (box.level + 1) * ROW;
	const letters = Math.floor((width - 8) / LETTER);
	const name = box.name.length <= letters ? box.name : box.name.slice(0, letters - 1) + "…";

	g.append(node("title", {}, `${box.name}\n${box.facts}`),
		node("rect", { x, y, width: Math.max(width - 1, 1), height: ROW - 1, rx: 2 }));
	if (letters > 2)
		g.append(node("text", { x: x + 4, y: y + ROW - 6 }, name));
	g.addEventListener("click", () => {
		zoomed = box.level === 0 ? null : box;
		paint();
	});
	g.addEventListener("pointerenter", () => (hint.textContent = `${box.name}: ${box.facts}`));
	return g;
}

function paint() {
	const width = place.clientWidth;
	const all = boxes.find((b) => b.level === 0);
	const base = zoomed ?? all;

	place.replaceChildren();
	if (!width || !all)
		return;
	const scale = width / base.width;
	const shown = boxes.map((b) => [b, Math.max(0, (b.x - base.x) * scale), Math.min(width, (b.x + b.width - base.x) * scale)])
		.filter(([, from, to]) => to - from >= LEAST);
	const height = (Math.max(...shown.map(([b]) => b.level)) + 1) * ROW;
	const picture = node("svg", { width, height, role: "img", "aria-label": "Flame graph of live memory, by function" });
	picture.append(...shown.map(([b, from, to]) => paintBox(b, from, to - from, height)));
	place.append(picture);
}

export function drawFlame(text) {
	const found = text.includes("<svg") ? parse(text) : [];

	boxes = found.length > 1 ? found : []; /* the lowest alone has no width */
	zoomed = null;
	hint.textContent = boxes.length ? REST : "No sample is live: nothing to show.";
	paint();
}

export function flameSays(text) {
	boxes = [];
	hint.textContent = text;
	paint();
}

export function startFlame() {
	let width = 0;
	new ResizeObserver(() => {
		if (place.clientWidth !== width)
			paint();
		width = place.clientWidth;
	}).observe(place);
	place.addEventListener("pointerleave", () => (hint.textContent = boxes.length ? REST : hint.textContent));
}
