/* SPDX-License-Identifier: MIT */
/*
 * What is known of all processes: their last readings, and a series of those that came while the
 * page was open. Pure: time comes with the readings, in ms since 1970.
 */

const KEPT_POINTS = 900;
const QUICKEST_MS = 200; /* nearer readings would make rates jump */

function pointOf(at, s) {
	return {
		t: at,
		live: s.live_bytes,
		cached: s.cached_bytes,
		parked: s.parked_bytes,
		footprint: s.heap_footprint_bytes,
		rss: s.rss_bytes,
		limit: s.heap_limit_bytes || null,
		returned: 0,
	};
}

export class Process {
	points = [];
	allocRate = null;
	freeRate = null;
	gone = false;

	/* A reading of the server. */
	take(reading) {
		const before = this.stats;
		const span = reading.at_ms - (this.at ?? 0);

		Object.assign(this, { pid: reading.pid, name: reading.name, user: reading.user, health: reading.health });
		this.gone = reading.health === "ended";
		if (reading.health !== "answers") {
			this.allocRate = this.freeRate = null;
			this.stats = Object.keys(reading.stats).length ? reading.stats : before ?? {};
			this.at = reading.at_ms;
			return;
		}
		if (before && span < QUICKEST_MS && span >= 0)
			return;
		this.stats = reading.stats;
		this.at = reading.at_ms;
		this.#add(before, span);
	}

	#add(before, span) {
		const s = this.stats;
		const point = pointOf(this.at, s);

		if (before && s.uptime_ms < before.uptime_ms)
			this.points = []; /* another program, or the same one started anew */
		else if (before?.allocs !== undefined && span > 0) {
			this.allocRate = point.allocs = ((s.allocs - before.allocs) * 1000) / span;
			this.freeRate = point.frees = ((s.frees - before.frees) * 1000) / span;
			point.returned = s.returned_bytes - before.returned_bytes;
			if (s.compactions > before.compactions)
				point.compacted = { n: s.compactions - before.compactions, ns: s.last_compact_ns };
		}
		this.points.push(point);
		if (this.points.length > KEPT_POINTS)
			this.points.shift();
	}

	/* The word for its condition: what it says, or what is wrong with it. */
	get condition() {
		return this.gone ? "ended" : this.health === "answers" ? this.stats.state ?? "active" : this.health;
	}
}

export class Store {
	processes = new Map();

	/* A reply to /api/. The process `kept` stays when it is no longer there, marked as ended. */
	take(reply, kept) {
		const found = new Set();

		for (const reading of reply.processes) {
			let p = this.processes.get(reading.pid);
			if (!p)
				this.processes.set(reading.pid, (p = new Process()));
			p.take(reading);
			found.add(reading.pid);
		}
		for (const [pid, p] of this.processes) {
			if (found.has(pid))
				continue;
			p.gone = true;
			p.allocRate = p.freeRate = null;
			if (pid !== kept)
				this.processes.delete(pid);
		}
	}
}
