/* SPDX-License-Identifier: MIT */
/* Numbers for people, as the tools on the terminal write them. Pure. */

/* "0", "999", "1.2K", "29.8M", "512M" */
export function bytes(n) {
	const units = ["", "K", "M", "G", "T", "P"];
	let unit = 0;
	let whole = Math.floor(Math.abs(n));
	let tenths = 0;

	while (whole >= 1000 && unit < 5) { /* cut off, not rounded: so do the tools, and the figures meet */
		tenths = Math.floor(((whole % 1024) * 10) / 1024);
		whole = Math.floor(whole / 1024);
		unit++;
	}
	return (n < 0 ? "-" : "") + whole + (whole < 100 && tenths ? "." + tenths : "") + units[unit];
}

/* A change of bytes: "+1.2M", "-3K", "0" */
export function change(n) {
	const text = bytes(Math.round(n));
	return n > 0 && text !== "0" ? "+" + text : text;
}

/* "0", "9999", "12.3K", "1.2M" */
export function count(n) {
	const units = ["", "K", "M", "G", "T"];
	let unit = 0;

	while (n >= (unit ? 1000 : 10000) && unit < 4) {
		n /= 1000;
		unit++;
	}
	return (unit && n < 99.95 ? n.toFixed(1).replace(/\.0$/, "") : Math.round(n).toString()) + units[unit];
}

/* "340ms", "12s", "2m05s", "2h13m", "3d04h" */
export function span(ms) {
	const s = Math.floor(ms / 1000);
	const two = (n) => String(n).padStart(2, "0");

	if (ms < 1000)
		return Math.round(ms) + "ms";
	if (s < 60)
		return s + "s";
	if (s < 3600)
		return Math.floor(s / 60) + "m" + two(s % 60) + "s";
	if (s < 86400)
		return Math.floor(s / 3600) + "h" + two(Math.floor(s / 60) % 60) + "m";
	return Math.floor(s / 86400) + "d" + two(Math.floor(s / 3600) % 24) + "h";
}

/* How long something took: "740us", "5.2ms", "1.3s" */
export function took(ns) {
	if (ns < 1e6)
		return Math.round(ns / 1e3) + "us";
	return ns < 1e9 ? (ns / 1e6).toFixed(1) + "ms" : (ns / 1e9).toFixed(1) + "s";
}

/* "14:03:21", in the time zone of the reader */
export function clock(ms) {
	const d = new Date(ms);
	return [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":");
}

/* The same, with the day where it is not that of `now`. */
export function moment(ms, now) {
	const d = new Date(ms);
	const day = d.toDateString() === new Date(now).toDateString() ? "" : `${d.getMonth() + 1}/${d.getDate()} `;
	return day + clock(ms);
}
