// Recordings go through privet under `strict`, and vendors' own readers read what arrives.
//
//   npm ci && node read.mjs ../../target/release/privet
//
// Knows no rule of privet's: a reader that throws, or reads less than was sent, is a failure.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import assert from 'node:assert/strict';

import { parseEnvelope } from '@sentry/core';
import { decodePayload } from 'engine.io-parser';
import { Decoder } from 'socket.io-parser';
import { buildSync } from 'esbuild';
import { JSDOM, VirtualConsole } from 'jsdom';

const here = import.meta.dirname;
const program = path.resolve(process.argv[2] ?? path.join(here, '../../target/release/privet'));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'formats-'));

const recording = (name) => JSON.parse(fs.readFileSync(path.join(here, '../captures', `${name}.json`)));
const body = (request) => Buffer.from(request.body_b64, 'base64');
const freePort = () =>
  new Promise((done) => {
    const server = http.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Starts privet between a port and a backend that keeps what arrives. */
async function stage() {
  const arrived = [];
  const backend = http.createServer(async (request, answer) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    arrived.push({ target: request.url, headers: request.headers, body: Buffer.concat(chunks) });
    answer.end('{}');
  });
  await new Promise((done) => backend.listen(0, '127.0.0.1', done));
  const [port, admin] = [await freePort(), await freePort()];
  const settings = path.join(scratch, 'proxy.toml');
  fs.writeFileSync(
    settings,
    `[[listener]]\naddress = "127.0.0.1:${port}"\ntls = "off"\n[admin]\naddress = "127.0.0.1:${admin}"\n` +
      `[[route]]\nname = "vendor"\npath = "/"\nupstream = "http://127.0.0.1:${backend.address().port}"\npolicy = "strict"\n` +
      `site_origins = ["https://shop.example.test"]\n`,
  );
  const privet = spawn(program, ['--config', settings], { stdio: ['ignore', 'ignore', 'ignore'] });
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`http://127.0.0.1:${admin}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) break;
    assert(tries < 100 && privet.exitCode === null, 'privet does not start');
    await new Promise((done) => setTimeout(done, 100));
  }
  return { port, arrived, end: () => (privet.kill(), backend.close(), backend.closeAllConnections()) };
}

/** Sends a recorded request, and gives what arrived of it. */
async function send(stage, request) {
  const headers = Object.fromEntries(request.headers.filter(([name]) => !/^(host|connection|content-length)$/i.test(name)));
  const bytes = body(request);
  const status = await new Promise((done, failed) => {
    const { method, path } = request;
    const sent = http.request({ port: stage.port, host: '127.0.0.1', method, path, headers }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode));
    });
    sent.on('error', failed).end(bytes);
  });
  assert.equal(status, 200, `${request.method} ${request.path.split('?')[0]} is answered with ${status}`);
  return stage.arrived.pop();
}

/** Every recorded request of a vendor that a test picks, before and after. */
async function through(stage, name, picks = () => true) {
  const pairs = [];
  for (const request of recording(name).requests.filter((request) => request.method !== 'OPTIONS' && picks(request)))
    pairs.push([body(request), await send(stage, request), request]);
  assert(pairs.length > 0, `no request of ${name}`);
  return pairs;
}

/** rrweb's own player, in a page of its own: it casts every event, to the last. */
async function play(events) {
  const { window } = new JSDOM('<body></body>', {
    pretendToBeVisual: true,
    runScripts: 'outside-only',
    virtualConsole: new VirtualConsole(), // that jsdom cannot scroll is no news
  });
  window.eval(fs.readFileSync(path.join(here, 'node_modules/rrweb/dist/rrweb-all.js'), 'utf8'));
  window.events = events.map((event) => (typeof event === 'string' ? window.rrweb.unpack(event) : event));
  window.complaints = [];
  window.eval(`
    console.warn = (...words) => complaints.push(words.join(' '));
    var player = new rrweb.Replayer(events, { root: document.body, mouseTail: false, showWarning: true, loadTimeout: 0 });
    player.pause(player.getMetaData().totalTime);
  `);
  const elements = window.document.querySelector('iframe').contentDocument.querySelectorAll('*').length;
  const { complaints } = window;
  window.close();
  return { elements, complaints: [...complaints] };
}

const datadog = path.join(scratch, 'datadog.mjs');
buildSync({
  entryPoints: [path.join(here, 'node_modules/@datadog/browser-rum/src/domain/record/encoding/changeDecoder.ts')],
  bundle: true, format: 'esm', outfile: datadog, logLevel: 'error',
});
const { createChangeDecoder } = await import(datadog);

const checks = {
  async 'rrweb: the player plays the whole recording'(stage) {
    const read = (bytes, member) => JSON.parse(bytes[0] === 0x1f ? zlib.gunzipSync(bytes) : bytes)[member];
    // One session: a player shows the last page only, and the second session's is left at once.
    const [{ sessionId }] = recording('rrweb').requests.map(body).filter((bytes) => bytes[0] === 0x7b).map((bytes) => JSON.parse(bytes));
    const pairs = (await through(stage, 'rrweb')).filter(([sent]) => read(sent, 'sessionId') === sessionId);
    const [before, after] = [pairs.flatMap(([sent]) => read(sent, 'events')), pairs.flatMap(([, { body }]) => read(body, 'events'))];
    assert.equal(after.length, before.length);
    const [shown, masked] = [await play(before), await play(after)];
    assert.deepEqual(masked.complaints, shown.complaints);
    assert.equal(masked.elements, shown.elements);
    assert(masked.elements > 10, `${masked.elements} elements`);
    return `${after.length} events, ${masked.elements} elements`;
  },

  async 'Sentry: its parser reads every envelope, and recordings inflate and play'(stage) {
    let items = 0;
    const recorded = (envelope) =>
      envelope.filter(([head]) => head.type === 'replay_recording').flatMap(([head, payload]) => {
        const bytes = Buffer.from(payload);
        const start = bytes.indexOf('\n') + 1;
        assert.equal(bytes.length, head.length);
        return JSON.parse(bytes[start] === 0x78 ? zlib.inflateSync(bytes.subarray(start)) : bytes.subarray(start));
      });
    const [sent, arrived] = [[], []];
    for (const [before, { body: after }] of await through(stage, 'sentry')) {
      const [[, told], [, left]] = [before, after].map((bytes) => parseEnvelope(new Uint8Array(bytes)));
      assert.deepEqual(left.map(([head]) => head.type), told.map(([head]) => head.type));
      items += left.length;
      sent.push(...recorded(told));
      arrived.push(...recorded(left));
    }
    const [shown, masked] = [await play(sent), await play(arrived)];
    assert.deepEqual(masked.complaints, shown.complaints);
    assert.equal(masked.elements, shown.elements);
    assert(masked.elements > 30, `${masked.elements} elements`);
    return `${items} items, ${arrived.length} events, ${masked.elements} elements`;
  },

  async 'Datadog: its decoder reads every change of every segment'(stage) {
    let [records, words] = [0, 0];
    for (const [sent, { body, headers }, { headers: recorded }] of await through(stage, 'datadog', (request) => request.path.includes('/replay'))) {
      const boundary = (value) => value.match(/boundary="?([^";]+)/)[1];
      const segment = (bytes, mark) => {
        const start = bytes.indexOf('\r\n\r\n', bytes.indexOf('name="segment"')) + 4;
        return JSON.parse(zlib.inflateSync(bytes.subarray(start, bytes.indexOf(`\r\n--${mark}`, start))));
      };
      const before = segment(sent, boundary(recorded.find(([name]) => /^content-type$/i.test(name))[1]));
      const after = segment(body, boundary(headers['content-type']));
      assert.equal(after.records.length, before.records.length);
      const full = after.records.findIndex((record) => record.type === 2);
      const decoder = createChangeDecoder();
      for (const record of after.records.slice(full < 0 ? Infinity : full).filter((record) => Array.isArray(record.data))) {
        words += JSON.stringify(decoder.decode(record).data).length;
        records++;
      }
    }
    return `${records} records, ${words} bytes decoded`;
  },

  async 'Socket.IO: its decoder reads every polled packet'(stage) {
    let packets = 0;
    for (const [sent, { body }] of await through(stage, 'socketio', (request) => request.method === 'POST')) {
      const read = (bytes) => decodePayload(bytes.toString()).map(({ type, data }) => [type, type === 'message' ? packet(data) : data]);
      const [before, after] = [read(sent), read(body)];
      assert.deepEqual(after.map(([type, packet]) => [type, packet?.type, packet?.nsp, packet?.id]), before.map(([type, packet]) => [type, packet?.type, packet?.nsp, packet?.id]));
      packets += after.length;
    }
    return `${packets} packets`;
  },
};

function packet(text) {
  let read;
  const decoder = new Decoder();
  decoder.on('decoded', (packet) => (read = packet));
  decoder.add(text);
  return read;
}

const privet = await stage();
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    console.log(`ok      ${name} (${await check(privet)})`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
privet.end();
fs.rmSync(scratch, { recursive: true });
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
