// Vendors' own SDKs in a browser, straight to a vendor and through privet: through privet they complain of nothing, the vendor
// hears as much, can read it, and finds nobody in it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { leaks } from './judge/verdict.mjs';
import { shopping, tell } from './stage/shopping.mjs';
import { named } from './stage/site.mjs';
import { POLICIES, stage } from './stage/stage.mjs';

const AT_ONCE = 3;

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

/** One visit by one way, with the events that the vendor hears. */
async function play(name, sdk, way, awaited) {
  const backend = on.backend(name, way);
  const events = () => backend.arrived.flatMap((request) => sdk.events(request));
  const heard = (wanted) => () => missing(wanted, events()).length === 0;
  const visit = await shopping(on, backend, {
    name, script: sdk, way,
    heardMost: heard(sdk.says.filter((event) => !sdk.leaving?.includes(event))),
    heardAll: heard(awaited),
    beside: () => sdk.numbers ? backend.arrived.flatMap(sdk.numbers) : [],
  });
  tell(`${way}-${name} `, backend.arrived, on.log());
  return { ...visit, events: events() };
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
