// privet's own pages in a browser, with and without JavaScript: they can be read, a no is one button and is obeyed, in
// six languages, by day and by night, on a phone and on a desk, and without a barrier that axe knows.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { browser, privet, vendor } from './stage.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = new URL('../../target/pages/', import.meta.url);

const LANGUAGES = {
  en: ['What leaves this site', 'Your choice'],
  de: ['Was diese Website verlässt', 'Ihre Wahl'],
  es: ['Qué sale de este sitio', 'Tu decisión'],
  fr: ['Ce qui sort de ce site', 'Votre choix'],
  it: ['Che cosa esce da questo sito', 'La tua scelta'],
  nl: ['Wat deze site verlaat', 'Jouw keuze'],
};
const SIZES = { desk: { width: 1180, height: 900 }, phone: { width: 390, height: 844 } };

let backend, server, chromium;

before(async () => {
  await mkdir(shots, { recursive: true });
  backend = await vendor();
  server = await privet(backend.url, backend.url);
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await server?.close();
  backend?.close();
});

/** Runs a test in a browser profile of its own. */
async function visit(options, story) {
  const context = await chromium.newContext({ locale: 'en-GB', ...options });
  try {
    await story(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

const shot = (name) => new URL(`${name}.png`, shots).pathname;

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without';

  test(`a visitor reads what leaves, says no and yes again, ${how} JavaScript`, async () => {
    await visit({ javaScriptEnabled }, async (page, context) => {
      const tellVendor = () => context.request.post(`${server.url}/e`, { data: { event: 'x' } });
      const since = backend.seen.connections;

      await page.goto(`${server.url}/.privet/`);
      assert.match(await page.locator('h1').textContent(), /What leaves this site/);
      await page.getByRole('link', { name: 'Change your choice' }).click();
      assert.match(await page.getByRole('status').textContent(), /passed on, filtered/);

      // By keyboard alone: the button is reached and pressed, and the focus lands on the new state.
      await page.getByRole('button', { name: 'Say no' }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/#state$/);
      assert.match(await page.getByRole('status').textContent(), /You have said no\./);
      assert.match(await page.title(), /^You have said no\./);
      assert.equal(await page.locator('#state:focus').count(), 1);

      const cookies = await context.cookies();
      assert.deepEqual(cookies.map(({ name, value, httpOnly, sameSite }) => ({ name, value, httpOnly, sameSite })),
        [{ name: 'privet_choice', value: 'off', httpOnly: true, sameSite: 'Lax' }]);

      await tellVendor();
      assert.equal(backend.seen.connections, since, 'the vendor was contacted');

      await page.getByRole('button', { name: 'Allow again' }).click();
      await page.waitForURL(/#state$/);
      assert.match(await page.getByRole('status').textContent(), /You have agreed/);
      await tellVendor();
      assert.ok(backend.seen.connections > since, 'the vendor was not contacted');
    });
  });
}

test('a page asks nobody else for anything, and its policy is not broken', async () => {
  await visit({}, async (page) => {
    const asked = [], complaints = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    for (const name of ['privacy', 'opt-out']) await page.goto(`${server.url}/chat/.privet/${name}`);
    const own = asked.filter((url) => !url.endsWith('/favicon.ico'));
    assert.deepEqual(own, ['privacy', 'opt-out'].map((name) => `${server.url}/chat/.privet/${name}`));
    assert.deepEqual(complaints, []);
  });
});

test('a no said below a path holds for the whole site', async () => {
  await visit({}, async (page, context) => {
    await page.goto(`${server.url}/chat/.privet/opt-out`);
    await page.getByRole('button', { name: 'Say no' }).click();
    await page.goto(`${server.url}/.privet/opt-out`);
    assert.match(await page.getByRole('status').textContent(), /You have said no\./);
    const since = backend.seen.connections;
    await context.request.get(`${server.url}/chat/x`);
    await context.request.get(`${server.url}/x.js`);
    assert.equal(backend.seen.connections, since);
  });
});

test('a form on a foreign page changes nothing', async () => {
  await visit({}, async (page, context) => {
    await page.setContent(`<form method="post" action="${server.url}/.privet/opt-out"><button name="choice" value="on">x</button></form>`);
    await page.getByRole('button').click();
    await page.waitForURL(/opt-out/);
    assert.match(await page.getByRole('alert').textContent(), /did not come from this page/);
    assert.deepEqual(await context.cookies(), []);
  });
});

test('a browser that says no by itself is heard and told so', async () => {
  await visit({ extraHTTPHeaders: { 'Sec-GPC': '1' } }, async (page) => {
    await page.goto(`${server.url}/.privet/opt-out`);
    assert.match(await page.getByRole('status').textContent(), /Global Privacy Control/);
  });
});

test('this very request stands on both sides, and nothing of it is logged', async () => {
  await visit({ userAgent: 'Kana/7 (Rienvogel)' }, async (page, context) => {
    await context.addCookies([{ name: '_ga', value: 'GA1.1.120483.176722', url: server.url }]);
    await page.goto(`${server.url}/.privet/privacy?email=jane%40example.org`);
    const row = page.locator('table.request').first().locator('tr', { hasText: 'email' });
    assert.equal(await row.locator('.sent').textContent(), 'jane@example.org');
    assert.equal((await row.locator('.received').textContent()).trim(), 'removed');
    for (const value of ['GA1.1.120483.176722', 'Rienvogel', 'jane']) {
      assert.ok((await page.locator('table.request .sent').allTextContents()).join('\n').includes(value), value);
      assert.ok(!server.log().includes(value), `${value} is in the log`);
    }
  });
});

for (const [tag, [privacy, choice]] of Object.entries(LANGUAGES)) {
  test(`the pages are whole in ${tag}, and no line is wider than a phone`, async () => {
    await visit({ locale: tag, viewport: { width: 320, height: 640 } }, async (page) => {
      for (const [name, title] of [['privacy', privacy], ['opt-out', choice]]) {
        await page.goto(`${server.url}/.privet/${name}`);
        assert.equal(await page.locator('html').getAttribute('lang'), tag);
        assert.ok((await page.locator('h1').textContent()).startsWith(title));
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 320, `${tag} ${name} is ${width} wide`);
      }
    });
  });
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    test(`no barrier, ${colorScheme}, ${size}`, async () => {
      await visit({ colorScheme, viewport }, async (page, context) => {
        await context.addCookies([{ name: '_ga', value: 'GA1.1.120483.176722', url: server.url }]);
        for (const name of ['privacy', 'opt-out']) {
          await page.goto(`${server.url}/.privet/${name}?email=jane%40example.org&utm_source=spring`);
          await page.screenshot({ path: shot(`${name}-${colorScheme}-${size}`), fullPage: name === 'opt-out' });
          if (name === 'privacy') {
            await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
          }
          // The page's policy forbids scripts; evaluating by the protocol is no script of the page.
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
          }));
          const told = violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`);
          assert.deepEqual(told, [], `${name} ${colorScheme} ${size}`);
        }
      });
    });
  }
}

test('the docs show the pages as they are', async () => {
  // The pages contact nobody, so the vendors' own names can stand in them.
  const shown = await privet('https://eu.i.posthog.com', 'https://chat.parrot.example');
  try {
    await visit({ viewport: { width: 1100, height: 880 }, userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/147.0' }, async (page, context) => {
      await context.addCookies([{ name: '_ga', value: 'GA1.1.120483.176722', url: shown.url }]);
      await page.goto(`${shown.url}/.privet/privacy?email=jane%40example.org`);
      await page.screenshot({ path: shot('docs-privacy') });
      await page.locator('table.kinds').first().screenshot({ path: shot('kinds') });
      await page.locator('table.request').first().screenshot({ path: shot('request') });
      await page.goto(`${shown.url}/.privet/opt-out`);
      await page.getByRole('button', { name: 'Say no' }).click();
      await page.waitForURL(/#state$/);
      await page.mouse.click(5, 5);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: shot('docs-opt-out') });
    });
  } finally {
    await shown.close();
  }
});
