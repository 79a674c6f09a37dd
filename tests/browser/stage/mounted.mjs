// Vendors by their names alone: privet knows their hosts, and each is a server here that has the script the vendor published.
//
// A page embeds what `privet explain --snippet` prints for its route and sends the policy beside it. A route begins at a path, so that a
// script which asks where it came from has to find more than a host.

import { person } from '../judge/person.mjs';
import { Backend } from './backend.mjs';
import { browser } from './browser.mjs';
import { balancer, front } from './lines.mjs';
import { privet } from './privet.mjs';
import { site } from './site.mjs';
import { POLICIES } from './stage.mjs';
import { tripwire } from './tripwire.mjs';

/** Lets the page's own lines run, as a site does. */
const NONCE = 'hedge';

export async function mounted(loaders) {
  const closing = [];
  const started = async (starting) => {
    const it = await starting;
    closing.unshift(() => it.close());
    return it;
  };
  // privet makes a certificate for the vendors' names, so that no other tool is needed, and is then told to trust it.
  const names = [...new Set(Object.values(loaders).flatMap(({ hosts }) => hosts)), ...POLICIES.map((policy) => `www.${policy}.example`)];
  const maker = await privet('[[route]]\nname = "none"\npath = "/"\nupstream = "http://127.0.0.1:9"\n', { names });
  const certificate = await maker.certificate();
  await maker.close();

  const backends = {};
  const routes = [];
  for (const policy of POLICIES) for (const [name, { vendor, settings, ...loader }] of Object.entries(loaders)) {
    const backend = backends[`${name}.${policy}`] = await started(new Backend(loader).listen());
    const { port } = await started(front(certificate, () => backend.port));
    routes.push(`
[[route]]
name = "${policy}-${name}"
host = "${name}.${policy}.example"
path = "/p/"
vendor = "${vendor}"
${settings}
policy = "${policy}"
connect_to = "127.0.0.1:${port}"
upstream_ca = "authority.pem"
site_origins = ["https://www.${policy}.example"]
`);
  }
  const server = await started(privet(routes.join(''), { authority: certificate.cert }));
  const printed = await server.snippets();
  const route = (name, domain) => printed[`${domain.split('.')[0]}-${name}`];
  const shop = await started(site({
    folder: 'loaders',
    policy: (name, domain) => route(name, domain).content_security_policy.replace('script-src ', `script-src 'nonce-${NONCE}' `),
    head: (name, domain) => filled(route(name, domain).snippet, loaders[name].keys).replaceAll('<script', `<script nonce="${NONCE}"`),
  }));
  const pages = await started(front(certificate, () => shop.port));
  const wire = await started(tripwire());
  const places = { 'www.*.example': pages.port };
  for (const policy of POLICIES) places[`*.${policy}.example`] = (await started(balancer({ address: person.addresses[policy] }, server.port))).port;
  const chromium = await started(browser(places, wire.port));
  return {
    chromium, wire, log: server.log,
    backend: (name, policy) => backends[`${name}.${policy}`],
    close: async () => {
      for (const close of closing) await close();
    },
  };
}

const filled = (snippet, keys = {}) => Object.entries(keys).reduce((text, [key, value]) => text.replaceAll(key, value), snippet);
