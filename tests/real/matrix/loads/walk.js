// SPDX-License-Identifier: MIT
// Worker threads, Buffers, child processes, streams, zlib, WebAssembly, HTTP on the loopback, crypto: each prints what came out.
'use strict';
const { createHash, randomFillSync, pbkdf2Sync, generateKeyPairSync, sign, verify } = require('crypto');
const { execFileSync, fork, spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const http = require('http');
const path = require('path');
const { pipeline, Transform } = require('stream');
const { promisify } = require('util');
const vm = require('vm');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const zlib = require('zlib');

const sha = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);
const data = (n, size) => Buffer.from(Array.from({ length: size }, (_, i) => (i * i * (n + 1)) % 251));

if (!isMainThread) {
	const held = [];
	for (let i = 0; i < 200; i++)
		held.push(Buffer.alloc(1000 * (i % 100) + 1, workerData.n));
	const packed = zlib.deflateSync(Buffer.concat(held));
	Atomics.add(new Int32Array(workerData.shared), 0, workerData.n);
	parentPort.postMessage({ n: workerData.n, text: sha(zlib.inflateSync(packed)), moved: workerData.moved.byteLength });
	parentPort.close();
	return;
}
if (process.argv[2] === 'child') {
	process.on('message', (m) => { process.send({ back: m.n * 2, sha: sha(data(m.n, 50000)) }); process.disconnect(); });
	return;
}

async function workers() {
	const shared = new SharedArrayBuffer(4);
	const all = Array.from({ length: 12 }, async (_, n) => {
		const moved = new ArrayBuffer(1000000 + n);
		const w = new Worker(__filename, { workerData: { n, shared, moved }, transferList: [moved] });
		const [[message]] = await Promise.all([once(w, 'message'), once(w, 'exit')]);
		return `${message.n} ${message.text} ${message.moved}`;
	});
	console.log((await Promise.all(all)).join('\n'), new Int32Array(shared)[0]);
}

function buffers() {
	let kept = [];
	for (let round = 0; round < 20; round++) {
		for (let i = 0; i < 400; i++)
			kept.push(Buffer.allocUnsafe((i * 7919) % 60000 + 1).fill(i & 255));
		kept = kept.filter((_, i) => i % 3);
		if (round % 5 === 0)
			global.gc();
	}
	console.log('buffers', kept.length, sha(Buffer.concat(kept)), Buffer.alloc(2e8).length);
}

async function children() {
	const each = Array.from({ length: 4 }, async (_, n) => {
		const c = fork(__filename, ['child']);
		c.send({ n });
		const [m] = await once(c, 'message');
		const [code] = await once(c, 'exit');
		return `${m.back} ${m.sha} ${code}`;
	});
	console.log('children', (await Promise.all(each)).join(' '));
	const sort = spawn('sort', ['-n']);
	sort.stdin.end(Array.from({ length: 20000 }, (_, i) => (i * 7919) % 20011).join('\n') + '\n');
	let out = '';
	for await (const part of sort.stdout)
		out += part;
	console.log('spawn', sha(out), execFileSync('sh', ['-c', 'seq 1 1000 | tail -1']).toString().trim());
}

async function streams() {
	const file = path.join(process.env.TMPDIR, 'stream');
	const upper = new Transform({ transform(chunk, _, done) { done(null, chunk.toString('latin1').toUpperCase()); } });
	fs.writeFileSync(file, data(3, 3000000).toString('base64'));
	await promisify(pipeline)(fs.createReadStream(file), upper, zlib.createGzip(), fs.createWriteStream(file + '.gz'));
	console.log('streams', sha(zlib.gunzipSync(fs.readFileSync(file + '.gz'))));
	const kinds = [['brotli', promisify(zlib.brotliCompress), promisify(zlib.brotliDecompress)],
		['gzip', promisify(zlib.gzip), promisify(zlib.gunzip)], ['raw', promisify(zlib.deflateRaw), promisify(zlib.inflateRaw)]];
	for (const [name, pack, unpack] of kinds) {
		const all = await Promise.all(Array.from({ length: 8 }, async (_, n) => sha(await unpack(await pack(data(n, 100000))))));
		console.log(name, all.join(' '));
	}
}

// (module (memory (export "m") 1 2000) (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
const WASM = Buffer.from('0061736d0100000001070160027f7f017f030201000505010101d00f070b02016d020003616464' + '00000a09010700200020016a0b', 'hex');

async function wasm() {
	let sum = 0;
	for (let i = 0; i < 20; i++) {
		const { instance } = await WebAssembly.instantiate(WASM);
		instance.exports.m.grow(50 * (i % 5));
		sum += instance.exports.add(i, 1) + instance.exports.m.buffer.byteLength / 65536;
	}
	console.log('wasm', sum);
}

async function server() {
	const s = http.createServer((req, res) => {
		let n = 0;
		req.on('data', (part) => { n += part.length; });
		req.on('end', () => res.end(zlib.gzipSync(Buffer.alloc(n, 'x'))));
	}).listen(0, '127.0.0.1');
	await once(s, 'listening');
	const ask = (size) => new Promise((resolve, reject) => {
		const r = http.request({ host: '127.0.0.1', port: s.address().port, method: 'POST' }, async (res) => {
			const parts = [];
			for await (const part of res)
				parts.push(part);
			resolve(zlib.gunzipSync(Buffer.concat(parts)).length);
		});
		r.on('error', reject);
		r.end(Buffer.alloc(size));
	});
	console.log('http', (await Promise.all(Array.from({ length: 60 }, (_, i) => ask(i * 3001)))).join(' '));
	s.close();
	s.closeAllConnections();
}

function others() {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	console.log('crypto', pbkdf2Sync('a', 'b', 5000, 32, 'sha512').toString('hex'),
		verify('sha256', Buffer.from('x'), publicKey, sign('sha256', Buffer.from('x'), privateKey)), randomFillSync(Buffer.alloc(99)).length);
	let n = 0;
	for (let i = 0; i < 30; i++)
		n += vm.runInNewContext('Array.from({ length: 100 }, (_, k) => k * i).reduce((a, b) => a + b)', { i });
	const objects = Array.from({ length: 300000 }, (_, i) => ({ i, s: `x${i}` }));
	console.log('vm', n, sha(JSON.stringify(objects)), structuredClone(objects.slice(0, 50000)).length);
}

(async () => {
	await workers();
	buffers();
	await children();
	await streams();
	await wasm();
	await server();
	others();
})();
