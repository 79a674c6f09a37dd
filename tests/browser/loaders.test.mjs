// Vendors' snippets as privet prints them, with the scripts that vendors publish, mounted by the vendor's name on a path: the script
// comes from the route, what it loads and says goes there, nobody else is asked, and the vendor finds nobody in it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { leaks } from './judge/verdict.mjs';
import { mounted } from './stage/mounted.mjs';
import { shopping, tell } from './stage/shopping.mjs';
import { named } from './stage/site.mjs';
import { POLICIES } from './stage/stage.mjs';

const AT_ONCE = 3;

const loaders = Object.fromEntries(await Promise.all(named('loaders').map(async (name) => [name, await import(`./loaders/${name}.mjs`)])));
let on;

before(async () => {
  on = await mounted(loaders);
});
after(() => on?.close());

describe('a snippet loads the vendor\'s own script through the route', { concurrency: AT_ONCE }, () => {
  for (const [name, loader] of Object.entries(loaders)) for (const policy of POLICIES) {
    test(`${name}, ${policy}`, async () => {
      const { complaints, arrived, identifiers } = await play(name, loader, policy);
      const heard = arrived.flatMap((request) => loader.events(request));
      const faults = [
        ...complaints,
        ...loader.says.filter((event) => !heard.includes(event)).map((event) => `${event} does not come`),
        ...leaks(policy, arrived, identifiers),
      ];
      assert.deepEqual(faults, []);
      const [host, path] = loader.script;
      assert.ok(arrived.some((request) => request.headers.host === host && request.path === path), 'the script came from elsewhere');
    });
  }
});

test('nobody but privet heard of any of them', () => {
  assert.deepEqual(on.wire.contacts, []);
});

/** One visit by one way. */
async function play(name, loader, policy) {
  const backend = on.backend(name, policy);
  const heard = (wanted) => () => wanted.every((event) => backend.arrived.flatMap((request) => loader.events(request)).includes(event));
  const visit = await shopping(on, backend, {
    name, script: loader, way: policy,
    heardMost: heard(loader.says.filter((event) => !loader.leaving?.includes(event))),
    heardAll: heard(loader.says),
  });
  tell(`${policy}-${name} `, backend.arrived, on.log());
  return visit;
}
