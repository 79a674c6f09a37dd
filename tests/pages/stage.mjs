// privet before a vendor that counts who comes, and a browser: what the tests of the pages stand on.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../', import.meta.url));
const binary = process.env.PRIVET ?? join(root, 'target/release/privet');
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--force-color-profile=srgb',
];

/** A vendor that counts connections and answers each request with an empty script. */
export async function vendor() {
  const seen = { connections: 0, text: '' };
  const server = createServer((socket) => {
    seen.connections += 1;
    // Each request needs a connection of its own, so that none goes uncounted.
    socket.on('data', (bytes) => {
      seen.text += bytes;
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    socket.on('error', () => {});
  });
  const port = await listening(server);
  return { seen, url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** A port that nobody listens on at this moment. */
async function freePort() {
  const server = createServer();
  const port = await listening(server);
  await new Promise((closed) => server.close(closed));
  return port;
}

function listening(server) {
  return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server.address().port)));
}

/** privet with two routes on localhost, each to a URL: analytics on the whole host, a chat below a path. */
export async function privet(analytics, chat) {
  const directory = await mkdtemp(join(tmpdir(), 'privet-pages-'));
  const port = await freePort();
  await writeFile(join(directory, 'proxy.toml'), `
[[listener]]
address = "127.0.0.1:${port}"
tls = "off"

[server]
workers = 1

[limits]
drain = "0s"

[pages]
title = "The Hedge Shop"
contact = { name = "Hedge Shop Ltd, Ghent", email = "privacy@shop.example", url = "https://www.shop.example/privacy" }

[[route]]
name = "analytics"
host = "localhost"
upstream = "${analytics}"
vendor = "posthog"
policy = "cnil"
site_origins = ["https://www.shop.example"]

[[route]]
name = "chat"
host = "localhost"
path = "/chat/"
upstream = "${chat}"
recipient = "Parrot Chat, Cologne"
purpose = "chat"
site_origins = ["https://www.shop.example"]
`);
  const process = spawn(binary, ['--log-format', 'json'], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  process.stderr.on('data', (bytes) => log.push(String(bytes)));
  const url = `http://localhost:${port}`;
  for (let tries = 0; !log.join('').includes('listening'); tries += 1) {
    if (tries > 100 || process.exitCode !== null) throw new Error(`privet does not start: ${log.join('')}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const close = async () => {
    process.kill('SIGTERM');
    await new Promise((done) => process.once('exit', done));
    await rm(directory, { recursive: true });
  };
  return { url, log: () => log.join(''), close };
}

/** A browser with nothing in it. */
export function browser() {
  return chromium.launch({ executablePath: browserPath, args: FLAGS });
}
