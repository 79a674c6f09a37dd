// No way past privet: a vendor's script tries every way to a host that browsers have, and nobody but privet hears of it.
//
// Every name but the site's and the route's leads to a tripwire. The control is the same content where nothing holds it: there the
// tripwire counts every kind, so that its silence means something.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { person } from './judge/person.mjs';
import { attempts, call, kinds, widget, worker } from './stage/attempts.mjs';
import { Backend } from './stage/backend.mjs';
import { lasting } from './stage/browser.mjs';
import { balancer, front } from './stage/lines.mjs';
import { privet } from './stage/privet.mjs';
import { tripwire } from './stage/tripwire.mjs';

const IN_TIME = 15_000;
/** Chromium connects to these before it asks any policy; what leads to the vendor's own hosts is rewritten all the same. */
const AHEAD = /-(preconnect|frame)\.elsewhere\.example$/;
const VENDOR = ['www.clarity.ms', '*.clarity.ms'];

const closing = [];
let chromium, wire, vendor, policy;

before(async () => {
  // privet makes a certificate for the vendor's names, so that no other tool is needed, and is then told to trust it.
  const maker = await privet('[[route]]\nname = "none"\npath = "/"\nupstream = "http://127.0.0.1:9"\n', { names: [...VENDOR, 'www.held.example', 'www.loose.example'] });
  const certificate = await maker.certificate();
  await maker.close();

  wire = await started(tripwire());
  vendor = await started(new Backend({ answer }).listen());
  const hosts = await started(front(certificate, () => vendor.port));
  const server = await started(privet(`
[[route]]
name = "held"
host = "clarity.held.example"
vendor = "clarity"
connect_to = "127.0.0.1:${hosts.port}"
upstream_ca = "authority.pem"
site_origins = ["https://www.held.example"]
`, { authority: certificate.cert }));
  policy = (await server.snippets()).held.content_security_policy;
  const line = await started(balancer({ address: person.addresses.strict }, server.port));
  const site = await started(pages());
  const shop = await started(front(certificate, () => site.port));
  chromium = await started(lasting({ 'www.*.example': shop.port, 'clarity.loose.example': hosts.port, 'clarity.held.example': line.port }, wire.port));
});
after(async () => {
  for (const close of closing) await close();
});

test('where nothing holds it, the tripwire counts every way', async () => {
  assert.deepEqual(await attempt('loose'), CALLING);
  const heard = new Set(wire.contacts.map(({ said }) => said));
  for (const realm of ['page', 'widget']) for (const kind of kinds) assert.ok(heard.has(`${realm}-${kind}.elsewhere.example`), `${realm} ${kind}`);
  for (const name of ['markup-preconnect', 'markup-image', 'behind-fetch', 'behind-socket']) assert.ok(heard.has(`${name}.clarity.ms`), name);
  assert.ok(wire.contacts.some(({ over }) => over === 'UDP'), 'no call was tried');
});

test('held by the route and the policy it prints, it contacts nobody', async () => {
  assert.deepEqual(await attempt('held'), []);
  const contacts = wire.contacts.map(({ over, said }) => `${over} ${said}`).filter((contact) => !AHEAD.test(contact));
  assert.deepEqual([...new Set(contacts)].sort(), []);
  const served = new Set(vendor.arrived.map(({ headers }) => headers.host));
  for (const kind of ['fetch', 'xhr', 'socket', 'image', 'script', 'beacon']) assert.ok(served.has(`page-${kind}.clarity.ms`), `${kind} does not reach the vendor`);
  // A frame and a service worker of the vendor's try as well.
  for (const name of ['widget-fetch', 'widget-beacon', 'behind-fetch', 'behind-socket']) assert.ok(served.has(`${name}.clarity.ms`), `${name} does not reach the vendor`);
});

/** What the site lets the vendor's frame do. */
const CALLING = ['camera', 'display-capture', 'geolocation', 'microphone'];

/** A visit of the page, with all that its scripts try, to the beacons of its end; and which of what a call needs the frame may have. */
async function attempt(way) {
  wire.contacts.length = 0;
  vendor.arrived.length = 0;
  const page = await chromium.newPage();
  await page.goto(`https://www.${way}.example/`);
  const frame = page.frames().find((frame) => frame.url().includes('widget'));
  await frame.waitForFunction(() => navigator.serviceWorker.controller, null, { timeout: IN_TIME });
  const allowed = await frame.evaluate((names) => names.filter((name) => document.featurePolicy.allowsFeature(name)), CALLING);
  await vendor.quiet(3_000);
  await page.goto(`https://www.${way}.example/left`);
  // The last that is tried; what was tried before it has been seen by then.
  await eventually(() => spoken().some((name) => /^page-beacon\.clarity/.test(name)));
  await vendor.quiet(3_000);
  await page.close();
  return allowed;
}

/** Every name that somebody was asked for by. */
const spoken = () => [...vendor.arrived.map(({ headers }) => headers.host), ...wire.contacts.map(({ said }) => said)];

async function eventually(check) {
  for (const until = Date.now() + IN_TIME; !check(); await new Promise((awake) => setTimeout(awake, 50))) {
    assert.ok(Date.now() < until, 'what was waited for never came');
  }
}

/** The vendor's hosts: one script, one page for a frame, one worker; whatever else is asked for is empty. */
function answer({ path, headers: { host } }) {
  if (host === 'www.clarity.ms' || host === 'clarity.loose.example') {
    const script = { type: 'text/javascript; charset=utf-8' };
    if (path === '/script.js') return { ...script, body: attempts('page') + call(wire.port, 'stun.clarity.ms') };
    if (path === '/worker.js') return { ...script, body: worker() };
    if (path === '/widget.html') return { type: 'text/html; charset=utf-8', body: widget() };
  }
  return { type: path.endsWith('.css') ? 'text/css' : 'text/plain', body: '' };
}

/** The site: it embeds the vendor's script and frame from the route, and sends the route's policy where it is held. */
async function pages() {
  const server = http.createServer((request, response) => {
    const [, way] = request.headers.host.split('.');
    const held = way === 'held' ? { 'content-security-policy': policy } : {};
    response.writeHead(200, { 'content-type': 'text/html', ...held });
    const place = `https://clarity.${way}.example`;
    response.end(request.url === '/' ? `<!doctype html><title>shop</title><body><script src="${place}/script.js"></script><iframe src="${place}/widget.html" allow="${CALLING.join('; ')}"></iframe>` : '<!doctype html>');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { port: server.address().port, close: () => (server.close(), server.closeAllConnections()) };
}

async function started(starting) {
  const it = await starting;
  closing.unshift(() => it.close());
  return it;
}
