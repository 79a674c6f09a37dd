// Vendors' own SDKs in a browser, straight to a vendor and through privet: through privet they complain of nothing, the vendor
// hears as much, can read it, and finds nobody in it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { person } from './judge/person.mjs';
import { identifiersIn, leaks } from './judge/verdict.mjs';
import { visit } from './stage/browser.mjs';
import { named } from './stage/site.mjs';
import { POLICIES, stage } from './stage/stage.mjs';

const AT_ONCE = 3;
const IN_TIME = 15_000;

const sdks = Object.fromEntries(await Promise.all(named('sdks').map(async (name) => [name, await import(`./sdks/${name}.mjs`)])));
let on;

before(async () => {
  on = await stage(sdks);
});
after(() => on?.close());

describe('through privet as without it', { concurrency: AT_ONCE }, () => {
  for (const [name, sdk] of Object.entries(sdks)) {
    test(name, async (t) => {
      const control = await play(name, sdk, 'control', sdk.says);
      const faults = [...control.complaints, ...missing(sdk.says, control.events).map((event) => `${event} does not come`)].map((fault) => `control: ${fault}`);
      // A judge that finds nothing where everything is said would find nothing anywhere.
      const seen = leaks('strict', control.arrived, control.identifiers);
      for (const word of sdk.tells ?? ['the email', 'the agent']) if (!seen.some((leak) => leak.startsWith(word))) faults.push(`control: the judge misses ${word}`);
      const awaited = [...steady(sdk, control.events), ...sdk.says.filter((event) => sdk.restless?.test(event))];
      for (const policy of POLICIES) {
        const { complaints, events, arrived, identifiers } = await play(name, sdk, policy, awaited);
        const told = [
          ...complaints,
          ...missing(awaited, events).map((event) => `${event} does not come`),
          ...missing(steady(sdk, events), awaited).map((event) => `${event} comes too often`),
          ...leaks(policy, arrived, identifiers),
        ];
        faults.push(...told.map((fault) => `${policy}: ${fault}`));
      }
      assert.deepEqual(faults, []);
      t.diagnostic(`${name}: ${control.events.length} events, ${control.identifiers.length} identifiers`);
    });
  }
});

/** One visit by one way: what the page complained of, what arrived, and what the browser keeps to know the visitor again. */
async function play(name, sdk, way, awaited) {
  const backend = on.backend(name, way);
  const events = () => backend.arrived.flatMap((request) => sdk.events(request));
  return visit(on.chromium, {}, async (page, context) => {
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    const domain = `https://www.${way}.example`;
    await page.goto(`${domain}/${name}/order/20931774?${person.search}`, { referer: person.referrer });
    await page.waitForFunction(() => window.told?.ready, null, { timeout: IN_TIME });
    for (const [field, text] of Object.entries(person.typed)) await page.locator(`[name=${field}]`).pressSequentially(text);
    await page.locator('#buy').click();
    await page.evaluate(() => window.told.finish?.());
    await backend.until(() => missing(sdk.says.filter((event) => !sdk.leaving?.includes(event)), events()).length === 0, IN_TIME);
    complaints.push(...await page.evaluate(() => window.told.complaints));
    const stored = await page.evaluate(() => [localStorage, sessionStorage].flatMap((store) => Object.entries(store)));
    stored.push(...(await context.cookies()).map(({ name, value }) => [name, value]));
    await page.goto(`${domain}/left`);
    await backend.until(() => missing(awaited, events()).length === 0, IN_TIME);
    await backend.quiet(2_000);
    const numbers = sdk.numbers ? backend.arrived.flatMap(sdk.numbers) : [];
    if (process.env.TELL) tell(way, backend.arrived, on.log().split('\n').filter((line) => line.includes(`route=${way}-${name} `)));
    return { complaints: complaints.filter((complaint) => !sdk.usual?.test(complaint)), events: events(), arrived: backend.arrived, identifiers: identifiersIn(stored.filter(([key]) => !sdk.queue?.test(key)), [...sdk.constants, ...numbers, person.user]) };
  });
}

/** `TELL=1 ONLY=posthog npm test` shows what arrived. */
function tell(way, arrived, log) {
  for (const request of arrived) {
    const { method = 'message', target, message } = request;
    const body = message ?? request.plain;
    console.log(`${way} ${method} ${target.slice(0, 500)}\n  ${body.subarray(0, 3000)}`);
  }
  console.log(log.join('\n'));
}

/** What comes as often in every visit; the rest hangs on how fast the machine is. */
const steady = ({ restless }, events) => events.filter((event) => !restless?.test(event)).sort();

/** What of `wanted` is not in `there`, as often as it is wanted. */
function missing(wanted, there) {
  const left = [...there];
  return wanted.filter((event) => {
    const at = left.indexOf(event);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
