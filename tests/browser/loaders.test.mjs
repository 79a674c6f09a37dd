// Vendors' snippets as privet prints them, with the scripts that vendors publish, mounted by the vendor's name on a path: the script
// comes from the route, what it loads and says goes there, nobody else is asked, and the vendor finds nobody in it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { person } from './judge/person.mjs';
import { identifiersIn, leaks } from './judge/verdict.mjs';
import { visit } from './stage/browser.mjs';
import { mounted } from './stage/mounted.mjs';
import { named } from './stage/site.mjs';
import { POLICIES } from './stage/stage.mjs';

const AT_ONCE = 3;
const IN_TIME = 15_000;

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

/** One visit: what the page complained of, what arrived, and what the browser keeps to know the visitor again. */
async function play(name, loader, policy) {
  const backend = on.backend(name, policy);
  const said = (events) => events.every((event) => backend.arrived.flatMap((request) => loader.events(request)).includes(event));
  return visit(on.chromium, {}, async (page, context) => {
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    const domain = `https://www.${policy}.example`;
    await page.goto(`${domain}/${name}/order/20931774?${person.search}`, { referer: person.referrer });
    await page.waitForFunction(() => window.told?.ready, null, { timeout: IN_TIME });
    for (const [field, text] of Object.entries(person.typed)) await page.locator(`[name=${field}]`).pressSequentially(text);
    await page.locator('#buy').click();
    await backend.until(() => said(loader.says.filter((event) => !loader.leaving?.includes(event))), IN_TIME);
    complaints.push(...await page.evaluate(() => window.told.complaints));
    const stored = await page.evaluate(() => [localStorage, sessionStorage].flatMap((store) => Object.entries(store)));
    stored.push(...(await context.cookies()).map(({ name, value }) => [name, value]));
    await page.goto(`${domain}/left`);
    await backend.until(() => said(loader.says), IN_TIME);
    await backend.quiet(2_000);
    if (process.env.TELL) console.log(on.log().split('\n').filter((line) => line.includes(`route=${policy}-${name} `)).join('\n'), backend.arrived.map(({ method, target, headers, plain }) => `${method} ${headers.host}${target.slice(0, 200)}\n  ${plain.subarray(0, 600)}`).join('\n'));
    const known = stored.filter(([key]) => !loader.queue?.test(key));
    return { complaints: complaints.filter((complaint) => !loader.usual?.test(complaint)), arrived: backend.arrived, identifiers: identifiersIn(known, [...loader.constants, person.user]) };
  });
}
