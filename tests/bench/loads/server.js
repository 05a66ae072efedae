// SPDX-License-Identifier: MIT
// node server.js SOCKET: answers each request with a compressed document, keeps the last bodies, and ends at GET /end.
const http = require('http');
const zlib = require('zlib');

const kept = [];
const server = http.createServer((request, response) => {
	const parts = [];
	request.on('data', (part) => parts.push(part));
	request.on('end', () => {
		if (request.url === '/end') {
			response.end(() => process.exit(0));
			return;
		}
		const body = Buffer.concat(parts);
		kept.push(Buffer.from(body));
		if (kept.length > 500)
			kept.shift();
		const rows = JSON.parse(body).rows.map((row) => ({ ...row, text: row.text.toUpperCase() }));
		response.end(zlib.gzipSync(JSON.stringify({ url: request.url, rows }), { level: 1 }));
	});
});
server.listen(process.argv[2]);
