// Everything that a visit needs: the vendors' servers, privet before them, the site, and a browser that knows the way.
//
// Three domains, one a way: `control` goes straight to the vendors, `strict` and `balanced` go through privet under that policy.
// Invariant: what was started ends with `close`, in the order that nobody waits for anybody.

import { person } from '../judge/person.mjs';
import { Backend } from './backend.mjs';
import { browser } from './browser.mjs';
import { balancer, front } from './lines.mjs';
import { privet } from './privet.mjs';
import { site } from './site.mjs';
import { tripwire } from './tripwire.mjs';

export const POLICIES = ['strict', 'balanced'];
export const WAYS = ['control', ...POLICIES];

export async function stage(sdks, more = '') {
  const closing = [];
  const started = async (starting) => {
    const it = await starting;
    closing.unshift(() => it.close());
    return it;
  };
  const backends = {};
  for (const way of WAYS) for (const [name, sdk] of Object.entries(sdks)) backends[`${name}.${way}`] = await started(new Backend(sdk).listen());

  const server = await started(privet(routes(sdks, backends, more)));
  const printed = await server.snippets();
  // Straight to the vendor under the same policy: what it holds, it holds in the control as well.
  const policy = (name, domain) => printed[`strict-${name}`].content_security_policy.replaceAll('strict.example', domain);
  const shop = await started(site({ folder: 'sdks', policy }));
  const direct = await started(front(await server.certificate(), (host) => {
    const [name, way] = host.split('.');
    return name === 'www' ? shop.port : backends[`${name}.${way}`]?.port;
  }));
  const wire = await started(tripwire());
  const places = { 'www.*.example': direct.port, '*.control.example': direct.port };
  const visitors = Object.fromEntries(POLICIES.map((policy) => [policy, { address: person.addresses[policy] }]));
  for (const policy of POLICIES) places[`*.${policy}.example`] = (await started(balancer(visitors[policy], server.port))).port;
  const chromium = await started(browser(places, wire.port));

  return {
    chromium, wire, visitors, log: server.log,
    backend: (name, way) => backends[`${name}.${way}`],
    close: async () => {
      for (const close of closing) await close();
    },
  };
}

/** `more` is TOML at the end of each route. */
const routes = (sdks, backends, more) =>
  POLICIES.flatMap((policy) => Object.entries(sdks).map(([name, { vendor, rules = '' }]) => `
[[route]]
name = "${policy}-${name}"
host = "${name}.${policy}.example"
upstream = "${backends[`${name}.${policy}`].url}"
vendor = "${vendor}"
policy = "${policy}"
site_origins = ["https://www.${policy}.example"]
${rules}${more}`)).join('');
