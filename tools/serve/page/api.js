/* SPDX-License-Identifier: MIT */
/*
 * Talks to the server. What it refuses is an Error with its own words; a server that cannot be
 * reached, or does not answer in time, is an Error with `offline` set.
 */

const PATIENCE_MS = 10000;
const KEPT = "memgov-token";

/* The token comes in the address, where it would be seen, bookmarked and copied: it is moved. */
export function takeToken() {
	const hash = new URLSearchParams(location.hash.slice(1));
	const token = hash.get("token");

	if (token === null)
		return;
	sessionStorage.setItem(KEPT, token);
	hash.delete("token");
	history.replaceState(null, "", location.pathname + location.search + (hash.size ? "#" + hash : ""));
}

export const hasToken = () => sessionStorage.getItem(KEPT) !== null;

async function request(path, options, signal) {
	const signals = [AbortSignal.timeout(PATIENCE_MS), signal].filter(Boolean);
	let reply;

	try {
		reply = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.any(signals) });
	} catch (e) {
		throw Object.assign(new Error("the server cannot be reached"), { offline: true, cause: e });
	}
	if (!reply.ok)
		throw Object.assign(new Error(await refusal(reply)), { status: reply.status });
	return reply;
}

async function refusal(reply) {
	try {
		return (await reply.json()).error;
	} catch {
		return `${reply.status} ${reply.statusText}`;
	}
}

export const getJson = async (path, signal) => (await request(path, {}, signal)).json();
export const getText = async (path, signal) => (await request(path, {}, signal)).text();

export async function post(path, body) {
	const headers = { "Content-Type": "application/json" };

	if (hasToken())
		headers.Authorization = "Bearer " + sessionStorage.getItem(KEPT);
	return (await request(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/*
 * Runs `task(signal)` again and again, `every_ms` apart, never two at a time, and not while nobody
 * sees the page. What it throws is its own affair: it should not.
 */
export class Repeat {
	#stop = null;

	constructor(task, every_ms) {
		this.task = task;
		this.every_ms = every_ms;
	}

	async start() {
		this.stop();
		const stop = (this.#stop = new AbortController());
		while (!stop.signal.aborted) {
			const begin = performance.now();
			if (!document.hidden)
				await this.task(stop.signal);
			if (document.hidden)
				await seen(stop.signal);
			else
				await sleep(begin + this.every_ms - performance.now(), stop.signal);
		}
	}

	stop() {
		this.#stop?.abort();
	}
}

function sleep(ms, signal) {
	return new Promise((done) => {
		const timer = setTimeout(end, Math.max(ms, 0));
		signal.addEventListener("abort", end);
		function end() {
			clearTimeout(timer);
			signal.removeEventListener("abort", end);
			done();
		}
	});
}

function seen(signal) {
	return new Promise((done) => {
		document.addEventListener("visibilitychange", end);
		signal.addEventListener("abort", end);
		function end() {
			document.removeEventListener("visibilitychange", end);
			signal.removeEventListener("abort", end);
			done();
		}
	});
}
