// Chromium, whose every name leads where the stage says: the site, privet, and for all others the tripwire.

import { chromium } from 'playwright-core';

import { person } from '../judge/person.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** `places` maps patterns of host names to ports of this machine; whatever none of them names goes to `elsewhere`. */
export function browser(places, elsewhere) {
  const rules = [...Object.entries(places).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`), `MAP * 127.0.0.1:${elsewhere}`];
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-domain-reliability',
      // SDKs drop what a browser says that is driven.
      '--disable-blink-features=AutomationControlled', '--ignore-certificate-errors',
      // Told by the command line: what is emulated in a page is forgotten while the page is left.
      `--user-agent=${person.agent}`,
      `--host-resolver-rules=${rules.join(', ')}`,
    ],
  });
}

/** Runs a story in a profile of its own: the person's browser, unless the options say another. */
export async function visit(chromium, options, story) {
  const { language: locale, zone: timezoneId, screen, viewport } = person;
  const context = await chromium.newContext({ locale, timezoneId, screen, viewport, ...options });
  try {
    return await story(await context.newPage(), context);
  } finally {
    await context.close();
  }
}
