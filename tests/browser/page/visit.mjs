// The page's side of a visit: whatever goes wrong is written down, the SDK is started, and the form is there to be typed into.

import { person } from '../judge/person.mjs';

export async function visit(name, sdk) {
  const told = (window.told = { complaints: [], ready: false });
  const complain = (text) => told.complaints.push(String(text));
  addEventListener('error', (event) => complain(event.message ?? `${event.target?.src} does not load`));
  addEventListener('unhandledrejection', (event) => complain(event.reason?.stack ?? event.reason));
  addEventListener('securitypolicyviolation', (event) => complain(`CSP ${event.effectiveDirective}: ${event.blockedURI}`));
  const host = location.hostname.replace(/^www\./, `${name}.`);
  try {
    told.finish = await sdk.start({ host, url: `https://${host}`, person, complain });
  } catch (error) {
    complain(error.stack);
  }
  told.ready = true;
}
