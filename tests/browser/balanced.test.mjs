// What a vendor can still tell under `balanced`: desktop from phone, the browser's family, the country, and who comes again.
//
// A table of visits: two people of each kind, each twice. What the vendor reads of each is printed, compared, and is what the docs say.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { person } from './judge/person.mjs';
import { visit } from './stage/browser.mjs';
import { stage } from './stage/stage.mjs';

const IN_TIME = 15_000;
const AGENTS = {
  'desktop Chrome': { userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7731.42 Safari/537.36' },
  'desktop Firefox': { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0' },
  'phone Chrome': { userAgent: 'Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP3A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7731.42 Mobile Safari/537.36', isMobile: true, hasTouch: true, viewport: { width: 412, height: 839 }, screen: { width: 412, height: 915 } },
  'phone Safari': { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1', isMobile: true, hasTouch: true, viewport: { width: 393, height: 659 }, screen: { width: 393, height: 852 } },
};
/** Addresses of tests/geo/country.mmdb. */
const COUNTRIES = { DE: '203.0.113.42', NL: '2001:db8::7' };
/** Who cannot tell two visitors with one browser apart, since it does so by the address that it sees. */
const BY_ADDRESS = ['plausible'];

/** In the order of the docs' table. */
const NAMES = { posthog: 'PostHog', matomo: 'Matomo', plausible: 'Plausible' };
/** What is told right of a visitor, in the columns of that table. */
const TRAITS = [
  ({ kind, told: [{ agent }] }) => read(agent).split(' ')[0] === kind.split(' ')[0],
  ({ kind, told: [{ agent }] }) => read(agent).split(' ')[1] === kind.split(' ')[1],
  ({ country, told: [first] }) => first.country === country,
  ({ told: [first, second] }, rows) => first.visitor === second.visitor && rows.filter(({ told: [{ visitor }] }) => visitor === first.visitor).length === 1,
];
const measured = {};

const sdks = Object.fromEntries(await Promise.all(Object.keys(NAMES).map(async (name) => [name, await import(`./sdks/${name}.mjs`)])));
let on;

before(async () => {
  on = await stage(sdks, '[route.actions]\naddress = "country"\n');
});
after(() => on?.close());

for (const [name, sdk] of Object.entries(sdks)) {
  test(`${name} still tells devices, browsers, countries and who comes again`, async () => {
    const rows = [];
    for (const [kind, options] of Object.entries(AGENTS)) {
      for (const [country, address] of Object.entries(COUNTRIES)) {
        on.visitors.balanced.address = address;
        rows.push({ kind, country, told: await comesTwice(name, sdk, options) });
      }
    }
    show(name, rows);
    measured[name] = rows;
    for (const { kind, country, told: [first, second] } of rows) {
      assert.equal(read(first.agent), kind);
      assert.equal(first.country, country);
      assert.deepEqual(second, first, 'on coming again');
    }
    if (!BY_ADDRESS.includes(name)) assert.equal(new Set(rows.map(({ told: [{ visitor }] }) => visitor)).size, rows.length, 'visitors are told apart');
    const arrived = Buffer.concat(on.backend(name, 'balanced').arrived.flatMap(({ target, headers, plain }) => [Buffer.from(target + JSON.stringify(headers)), plain])).toString();
    for (const word of [...Object.values(COUNTRIES), 'Pixel 9', 'iPhone OS 18_6', '156.0.7731']) assert.ok(!arrived.includes(word), word);
  });
}

test('the docs tell it as it was measured', async () => {
  const told = await readFile(new URL('../../docs/policies.md', import.meta.url), 'utf8');
  const table = told.split('## What balanced still tells')[1].split('\n## ')[0].split('\n').filter((line) => /^\| (desktop|phone)/.test(line));
  const right = (trait, kind) => Object.entries(measured).filter(([, rows]) => rows.filter((row) => row.kind === kind).every((row) => trait(row, rows))).map(([name]) => NAMES[name]);
  const computed = Object.keys(AGENTS).map((kind) => `| ${kind.replace(' ', ', ')} | ${TRAITS.map((trait) => right(trait, kind).join(', ')).join(' | ')} |`);
  assert.deepEqual(table, computed);
});

/** What the vendor reads of two visits of one browser. */
async function comesTwice(name, sdk, options) {
  const backend = on.backend(name, 'balanced');
  return visit(on.chromium, { ...options, locale: 'de-DE', timezoneId: 'Europe/Berlin' }, async (page) => {
    const told = [];
    for (let visits = 0; visits < 2; visits += 1) {
      const from = backend.arrived.length;
      const heard = () => backend.arrived.slice(from).map((request) => sdk.told(request)).find(Boolean);
      await page.goto(`https://www.balanced.example/${name}/order/20931774?${person.search}`);
      assert.ok(await backend.until(() => heard() !== undefined, IN_TIME), `${name} hears nothing`);
      told.push(heard());
      await page.waitForFunction(() => window.told?.ready, null, { timeout: IN_TIME });
      await backend.quiet(IN_TIME);
    }
    return told;
  });
}

/** The class of the device and the family of the browser, as those who count them read an agent. */
function read(agent) {
  const device = /Mobi|Android|iPhone/.test(agent) ? 'phone' : 'desktop';
  const family = ['Firefox', 'Chrome', 'Safari'].find((family) => agent.includes(`${family}/`));
  return `${device} ${family}`;
}

function show(name, rows) {
  const visitors = [...new Set(rows.flatMap(({ told }) => told.map(({ visitor }) => visitor)))];
  console.log(`\n| ${name} | country | read as | country read | first visit | second visit |\n|---|---|---|---|---|---|`);
  for (const { kind, country, told: [first, second] } of rows) {
    const [once, again] = [first, second].map(({ visitor }) => `visitor ${visitors.indexOf(visitor) + 1}`);
    console.log(`| ${kind} | ${country} | ${read(first.agent ?? '')} | ${first.country} | ${once} | ${again} |`);
  }
}
