/* SPDX-License-Identifier: MIT */
/*
 * Small helpers for the document. Whatever came from a process is put in as text, never as markup.
 */

export const byId = (id) => document.getElementById(id);

/* el("td", { class: "n", title: "..." }, child or text...) */
export function el(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		node.setAttribute(name, value);
	node.append(...children);
	return node;
}

/* Touches the document only when something changes, so that selections and hover texts stay. */
export function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

export function setAttribute(node, name, value) {
	if (node.getAttribute(name) !== value)
		node.setAttribute(name, value);
}

const rowsOf = new WeakMap();

/*
 * Makes the children of `parent` those of `items`, in this order: `make(item)` gives a row, an
 * object whose `nodes` are its elements; `update(row, item)` fills it. Rows live as long as an item
 * with their key does; the one with the focus keeps it when it moves.
 */
export function keyed(parent, items, keyOf, make, update) {
	const old = rowsOf.get(parent) ?? new Map();
	const rows = new Map();
	const focused = document.activeElement;

	for (const item of items) {
		const key = keyOf(item);
		const row = old.get(key) ?? make(item);
		rows.set(key, row);
		update(row, item);
	}
	for (const [key, row] of old)
		if (!rows.has(key))
			row.nodes.forEach((node) => node.remove());
	let place = parent.firstElementChild;
	for (const row of rows.values())
		for (const node of row.nodes) {
			if (node === place)
				place = place.nextElementSibling;
			else
				parent.insertBefore(node, place);
		}
	rowsOf.set(parent, rows);
	if (focused !== document.activeElement && parent.contains(focused))
		focused.focus({ preventScroll: true });
	return rows;
}
