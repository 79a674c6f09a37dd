// The site: a page for each SDK, with the SDK bundled in, a form to type into, and the policy that privet prints for its pages.

import http from 'node:http';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

import { person } from '../judge/person.mjs';

const here = fileURLToPath(new URL('../', import.meta.url));

/** The pages of a folder: one for each of its files, or those that `ONLY` names. */
export const named = (folder) => readdirSync(`${here}${folder}`).map((file) => file.replace(/\.mjs$/, '')).filter((name) => name.includes(process.env.ONLY ?? ''));

/** The scripts of the pages, by name. */
async function scripts(folder) {
  const names = named(folder);
  const entries = names.map((name) => `import * as sdk from './${folder}/${name}.mjs'; import { visit } from './page/visit.mjs'; visit('${name}', sdk);`);
  const built = await Promise.all(entries.map((contents) => build({
    stdin: { contents, resolveDir: here },
    bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
  })));
  return new Map(built.map(({ outputFiles: [{ text }] }, at) => [names[at], text]));
}

const page = (name, head) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${person.title}</title>${head}</head>
<body><h1>Shoes</h1>
<form id="form" action="/left" method="get" onsubmit="return false">
<input name="search" type="text"><input name="email" type="email"><input name="password" type="password">
<textarea name="note"></textarea>
<button id="buy" type="button">Buy</button></form>
<script src="/${name}.js"></script></body></html>`;

/** `policy` gives the policy of a page by its name and domain, `head` what it embeds. */
export async function site({ folder, policy, head = () => '' }) {
  const built = await scripts(folder);
  const server = http.createServer((request, response) => {
    const [, name, more] = new URL(request.url, 'http://site').pathname.split('/');
    const script = built.get(name.replace(/\.js$/, ''));
    const domain = request.headers.host.replace(/^www\./, '');
    if (name.endsWith('.js') && script) return response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script);
    // What is no page of an SDK is the page to leave for, and the icon that browsers ask for.
    if (!script || !more) return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>left</title>');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(name, domain), 'referrer-policy': 'unsafe-url' });
    response.end(page(name, head(name, domain)));
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { port: server.address().port, close: () => (server.close(), server.closeAllConnections()) };
}
