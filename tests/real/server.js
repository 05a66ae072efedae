// SPDX-License-Identifier: MIT
// A server that keeps Buffers. At the ceiling a Buffer cannot be made: that request is answered 503 and the server lives.
const http = require('http');
let held = [];

const server = http.createServer((req, res) => {
	try {
		if (req.url === '/grow')
			held.push(Buffer.alloc(10 << 20, held.length));
		if (req.url === '/drop')
			held = [];
		if (req.url === '/gc')
			global.gc();
		res.end('hello\n');
	} catch (e) {
		res.statusCode = 503;
		res.end(e.message + '\n');
	}
	if (req.url === '/stop')
		server.close();
});
server.keepAliveTimeout = 1;
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
