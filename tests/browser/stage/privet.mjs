// privet as an operator runs it: a settings file and a process. Invariant: the process ends with the run.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const candidates = [process.env.PRIVET && resolve(process.env.PRIVET), join(root, 'target/release/privet'), join(root, 'target/debug/privet')];
export const binary = candidates.find((path) => path && existsSync(path));

const NAMES = ['localhost', '*.strict.example', '*.balanced.example', '*.control.example'];

/** Starts privet with these routes behind a balancer that tells it the visitor's address. `authority` is who it trusts, in PEM. */
export async function privet(routes, { names = NAMES, authority = '' } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'privet-browser-'));
  await writeFile(join(directory, 'authority.pem'), authority);
  await writeFile(join(directory, 'proxy.toml'), `
[[listener]]
address = "127.0.0.1:0"
tls = { self_signed = ${JSON.stringify(names)} }
trusted_proxies = ["127.0.0.1/32"]
proxy_protocol = "required"

[server]
workers = 1

[limits]
drain = "0s"

[geo]
database = "${join(root, 'tests/geo/country.mmdb')}"

${routes}`);
  const server = spawn(binary, [], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => server.kill('SIGKILL');
  process.on('exit', kill);
  let log = '';
  server.stderr.setEncoding('utf8');
  const listening = new Promise((done, failed) => {
    server.stderr.on('data', (text) => {
      log += text;
      const port = log.match(/listening listener=127\.0\.0\.1:(\d+)/)?.[1];
      if (port) done(Number(port));
    });
    server.on('exit', (code) => failed(new Error(`privet ended with ${code}:\n${log}`)));
    setTimeout(() => failed(new Error(`privet does not start:\n${log}`)), 30_000).unref();
  });
  const port = await listening;
  return {
    port,
    log: () => log,
    /** What it prints for the pages of each route, the snippet and the policy, by the route's name. */
    async snippets() {
      const { stdout } = await promisify(execFile)(binary, ['explain', '--snippet', '--json'], { cwd: directory, maxBuffer: 16 << 20 });
      return Object.fromEntries(JSON.parse(stdout).map((printed) => [printed.route, printed]));
    },
    /** The certificate that it made, for whoever stands in its place. */
    async certificate() {
      const names = await readdir(join(directory, 'certs'));
      const read = (kind) => readFile(join(directory, 'certs', names.find((name) => kind.test(name))), 'utf8');
      const [cert, key] = [await read(/(?<!key)\.(pem|crt)$/), await read(/key|\.key$/)];
      return { cert, key };
    },
    async close() {
      server.kill('SIGTERM');
      await new Promise((ended) => server.once('exit', ended));
      process.off('exit', kill);
      await rm(directory, { recursive: true });
    },
  };
}
