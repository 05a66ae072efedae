/* SPDX-License-Identifier: MIT */
/*
 * What `memgov serve` answers over HTTP. Everything is GET but for the two that change something;
 * bodies are UTF-8 JSON unless said otherwise. Numbers are those of the stats table, named and
 * measured as there (bytes, ns, ms, counts); "at_ms" is the time of a reading, ms since 1970. What
 * a process did not tell is left out, never 0.
 *
 *   /                     the page; /page/NAME its parts
 *   /metrics              every process, text format 0.0.4 of Prometheus, with the labels pid,
 *                         command and user; memgov_up (0: stopped or silent, the figures are the
 *                         last it told); and without labels memgov_processes,
 *                         memgov_serve_scrape_seconds and the machine's memgov_system_total_bytes,
 *                         memgov_system_available_bytes, memgov_swap_total_bytes,
 *                         memgov_swap_free_bytes, memgov_stall_ratio
 *   /api/                 {"version", "host", "control": bool, "at_ms", "machine": {"total_bytes",
 *                         "available_bytes", "used_pct", "swap_total_bytes", "swap_free_bytes",
 *                         "stall_pct" where the kernel has it}, "processes": [PROCESS...]}
 *   /api/PID              PROCESS and "policies": [{"name", "reason", "next_ms"?, "decisions"}],
 *                         "events": [{"age_ms", "kind", "text"}], oldest first, "config": [{"name",
 *                         "value", "accepts", "help", "can_set": bool}]. Without these three
 *                         when it is stopped or silent; an option of a later version has name and
 *                         value only
 *   /api/PID/history      {"at_ms", "points": [{"age_ms", "heap_footprint_bytes", "live_bytes",
 *                         "cached_bytes", "parked_bytes", "rss_bytes", "returned_bytes"}]}, oldest
 *                         first; returned_bytes is what compactions gave back since the one
 *                         before
 *   /api/PID/sites        {"at_ms", "mean_bytes", "samples", "live_bytes", "sites": [{"verdict",
 *                         "live_bytes", "blocks", "bytes_per_minute", "age_ms", "who", "stack":
 *                         ["function (file:line)"...] innermost first}]}, largest first, 200 at
 *                         most. Bytes are what samples stand for; mean_bytes 0: none are taken;
 *                         age_ms is that of the first sample
 *   /api/PID/flame.svg    live bytes as a flame graph
 *   POST /api/PID/set     {"name", "value"} -> {"ok": true, "text"}
 *   POST /api/PID/compact {} or {"aggressive": true} -> {"ok": true, "yield_bytes", "took_ns"}
 *
 * PROCESS is {"pid", "name", "user", "health": "new" | "answers" | "stopped" | "silent" | "ended",
 * "stats": {every row of the stats table that it told}, "at_ms" of these}. A process that has ended
 * stays for 10 s.
 *
 * Every failure is {"error": "what was wrong; what is accepted"} with its status: 400 malformed,
 * 403 a foreign Host or Origin, no or a wrong token, or no --allow-control, 404 no such page or
 * process, 405 (with Allow), 409 the process refused, 413 a body above 4 KB, 415 not JSON, 429 too
 * many clients, 502 what answers is not memgov, 503 no memory or about to end, 504 the process did
 * not answer in time. A request that is no HTTP, or whose headers are too long, is answered by
 * libmicrohttpd, in HTML.
 *
 * POST wants `Authorization: Bearer TOKEN` and `Content-Type: application/json`. The page gets the
 * token from the address that is printed at the start (http://127.0.0.1:7766/#token=...), which a
 * browser sends to nobody.
 */
