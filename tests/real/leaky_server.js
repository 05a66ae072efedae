// SPDX-License-Identifier: MIT
// A service with and without a leak, in its add-on: /keep allocates 10 KB for ever, /free for a moment.
const http = require("http");
const leaky = require(process.argv[2]);

const server = http.createServer((request, response) => {
	if (request.url === "/keep")
		leaky.takeKept();
	else if (request.url === "/free")
		leaky.takeFreed();
	response.end(JSON.stringify({ path: request.url, numbers: Array.from({ length: 1000 }, (_, i) => i) }));
});
server.listen(0, "127.0.0.1", () => console.log("port", server.address().port));
