// SPDX-License-Identifier: MIT
// node load.js SOCKET REQUESTS: posts so many documents of various sizes, 16 at a time, then GET /end.
const http = require('http');

const [socketPath, count] = [process.argv[2], Number(process.argv[3])];
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const bodies = Array.from({ length: 64 }, (_, k) => JSON.stringify({
	rows: Array.from({ length: 1 + k * 3 }, (_, i) => ({ i, text: `row ${i} of ${k} `.repeat(1 + (i * 7 + k) % 9) })),
}));

function send(method, path, body) {
	return new Promise((resolve, reject) => {
		const request = http.request({ socketPath, agent, method, path }, (response) => {
			response.resume();
			response.on('end', resolve);
		});
		request.on('error', reject);
		request.end(body);
	});
}

async function main() {
	let sent = 0;
	const worker = async () => {
		while (sent < count) {
			const n = sent++;
			await send('POST', `/${n}`, bodies[(n * 29) % 64]);
		}
	};
	await Promise.all(Array.from({ length: 16 }, worker));
	await send('GET', '/end').catch(() => {});
	process.exit(0);
}
main();
