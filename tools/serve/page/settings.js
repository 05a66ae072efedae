/* SPDX-License-Identifier: MIT */
/*
 * The options of a process. What is being typed is never overwritten; what the process refuses stays
 * in its field, with the process's own words beside it.
 */
import { hasToken, post } from "./api.js";
import { byId, el, keyed, setText } from "./dom.js";

const body = byId("d-settings").tBodies[0];
const hint = byId("d-settings-hint");

/* May it be changed from here? Else why not, and how to get there. */
export function lock(control) {
	if (!control)
		return "read-only; to change things from here: memgov serve --allow-control";
	return hasToken() ? null : "read-only; open the address that memgov serve printed, which ends in #token=…";
}

function makeRow(pid, option) {
	const id = "set-" + option.name;
	const input = el("input", { id, size: "10", autocomplete: "off", spellcheck: "false" });
	const button = el("button", { type: "submit", class: "quiet" }, "Set");
	const said = el("output", { for: id });
	const form = el("form", {}, input, button, said);
	const plain = el("span", { class: "plain" });
	const row = { nodes: [], input, form, plain, said, shown: "" };

	row.nodes.push(el("tr", {}, el("th", { scope: "row" }, el("label", { for: id }, option.name)), el("td", {}, form, plain),
		el("td", { class: "accepts" }, option.accepts ?? ""), el("td", { class: "help" }, option.help ?? "")));
	input.addEventListener("input", () => {
		said.textContent = "";
		form.classList.toggle("dirty", input.value !== row.shown);
	});
	input.addEventListener("keydown", (event) => {
		if (event.key === "Escape" && input.value !== row.shown) {
			event.stopPropagation();
			show(row, row.shown);
		}
	});
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		send(pid, option.name, row);
	});
	return row;
}

function show(row, value) {
	row.shown = row.input.value = value;
	row.form.classList.remove("dirty");
	row.said.textContent = "";
}

async function send(pid, name, row) {
	const value = row.input.value.trim();

	row.said.className = "";
	row.said.textContent = "…";
	try {
		const reply = await post(`api/${pid}/set`, { name, value });
		row.said.textContent = reply.text || "set";
		row.form.classList.remove("dirty");
		row.shown = row.input.value;
	} catch (e) {
		row.said.className = "error";
		row.said.textContent = e.message;
	}
}

function fillRow(row, option, locked) {
	const editable = option.can_set && !locked;

	row.form.hidden = !editable;
	row.plain.hidden = editable;
	setText(row.plain, option.value === "" ? "empty" : option.value);
	row.plain.title = option.can_set ? "" : "set at the start of the program";
	row.nodes[0].classList.toggle("fixed", !option.can_set);
	if (row.shown === option.value || row.form.classList.contains("dirty") || row.said.textContent === "…")
		return;
	const said = row.said.textContent;
	show(row, option.value);
	row.said.textContent = said;
}

export function drawSettings(pid, config, control) {
	const locked = lock(control);

	keyed(body, config, (option) => pid + " " + option.name, (option) => makeRow(pid, option), (row, option) => fillRow(row, option, locked));
	setText(hint, locked ?? "type and press Enter; those without a field are read at the start of the program");
}
