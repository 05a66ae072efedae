// SPDX-License-Identifier: MIT
// Keeps 30 MB of buffers, taken in one function.
const kept = [];

function keepBuffer() {
	kept.push(Buffer.alloc(30000, 1));
}

for (let i = 0; i < 1000; i++)
	keepBuffer();
console.log("ready");
process.stdin.on("end", () => process.exit(0)).resume();
