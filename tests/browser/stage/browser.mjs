// Chromium, whose every name leads where the stage says: the site, privet, and for all others the tripwire.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

import { person } from '../judge/person.mjs';

/** Whom the browser asks for itself, and no page: sign-in, forms to fill in, updates. */
const OWN = ['accounts.google.com', 'content-autofill.googleapis.com', 'redirector.gvt1.com', 'android.clients.google.com'];
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** `places` maps patterns of host names to ports of this machine; whatever none of them names goes to `elsewhere`. */
export const browser = (places, elsewhere) => chromium.launch(options(places, elsewhere));

/** The same with a lasting profile: only there does Chromium connect ahead of a request, as pages ask it to. */
export async function lasting(places, elsewhere) {
  const directory = await mkdtemp(join(tmpdir(), 'privet-profile-'));
  const context = await chromium.launchPersistentContext(directory, { ...options(places, elsewhere), ...habits });
  return {
    newPage: () => context.newPage(),
    close: () => context.close().then(() => rm(directory, { recursive: true, maxRetries: 3 })),
  };
}

function options(places, elsewhere) {
  const rules = [
    ...Object.entries(places).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`),
    ...OWN.map((name) => `MAP ${name} ~NOTFOUND`),
    // A name that leads nowhere (RFC 6761 §6.4): privet puts it in the place of servers for calls. WebRTC asks with the dot.
    'MAP *.invalid. ~NOTFOUND',
    `MAP * 127.0.0.1:${elsewhere}`,
  ];
  return {
    executablePath,
    ignoreDefaultArgs: ['--disable-background-networking'],
    args: [
      '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-component-update', '--disable-sync', '--disable-domain-reliability',
      '--ignore-certificate-errors',
      // SDKs drop what a browser says that is driven.
      '--disable-blink-features=AutomationControlled',
      // Told by the command line: what is emulated in a page is forgotten while the page is left.
      `--user-agent=${person.agent}`,
      `--host-resolver-rules=${rules.join(', ')}`,
    ],
  };
}

const { language: locale, zone: timezoneId, screen, viewport } = person;
const habits = { locale, timezoneId, screen, viewport };

/** Runs a story in a profile of its own: the person's browser, unless the options say another. */
export async function visit(chromium, options, story) {
  const context = await chromium.newContext({ ...habits, ...options });
  try {
    return await story(await context.newPage(), context);
  } finally {
    await context.close();
  }
}
