// One visit of the shop, while a vendor's script watches: the person arrives, types, buys and leaves.

import { identifiersIn } from '../judge/verdict.mjs';
import { person } from '../judge/person.mjs';
import { visit } from './browser.mjs';

export const IN_TIME = 15_000;

/**
 * Goes to a `script`'s page by one `way`, on to the next page when the vendor `heardMost` and away when it `heardAll`: what the
 * page complained of, what arrived, and what the browser keeps to know the visitor again. Numbers `beside` are none of theirs.
 */
export const shopping = ({ chromium }, backend, { name, script, way, heardMost, heardAll, beside = () => [] }) =>
  visit(chromium, {}, async (page, context) => {
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    const domain = `https://www.${way}.example`;
    await page.goto(`${domain}/${name}/order/20931774?${person.search}`, { referer: person.referrer });
    await page.waitForFunction(() => window.told?.ready, null, { timeout: IN_TIME });
    for (const [field, text] of Object.entries(person.typed)) await page.locator(`[name=${field}]`).pressSequentially(text);
    await page.locator('#buy').click();
    await page.evaluate(() => window.told.finish?.());
    await backend.until(heardMost, IN_TIME);
    complaints.push(...await page.evaluate(() => window.told.complaints));
    const stored = await page.evaluate(() => [localStorage, sessionStorage].flatMap((store) => Object.entries(store)));
    stored.push(...(await context.cookies()).map(({ name, value }) => [name, value]));
    await page.goto(`${domain}/left`);
    await backend.until(heardAll, IN_TIME);
    await backend.quiet(2_000);
    const { arrived } = backend;
    return {
      complaints: complaints.filter((complaint) => !script.usual?.test(complaint)),
      arrived,
      identifiers: identifiersIn(stored.filter(([key]) => !script.queue?.test(key)), [...script.constants, ...beside(), person.user]),
    };
  });

/** `TELL=1 npm test` shows what arrived, and what privet's log says of it. */
export function tell(way, arrived, log) {
  if (!process.env.TELL) return;
  for (const { method = 'message', headers, target, message, plain } of arrived) {
    console.log(`${way} ${method} ${headers?.host ?? ''}${target.slice(0, 500)}\n  ${(message ?? plain).subarray(0, 3000)}`);
  }
  console.log(log.split('\n').filter((line) => line.includes(`route=${way}`)).join('\n'));
}
