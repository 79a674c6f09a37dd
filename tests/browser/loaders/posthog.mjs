// PostHog's snippet: array.js, what it loads further and its settings come from the vendor's hosts.

export { answer, constants, events, vendor } from '../sdks/posthog.mjs';
export const settings = 'region = "eu"';
export const hosts = ['eu.i.posthog.com', 'eu-assets.i.posthog.com'];
export const script = ['eu-assets.i.posthog.com', '/static/array.js'];
export const keys = { YOUR_PROJECT_API_KEY: 'phc_testtesttest' };
export const says = ['$pageview', '$identify', 'bought'];

export function start({ person }) {
  posthog.identify(person.user, { email: person.email, name: person.name });
  posthog.capture('bought', { plan: 'gold', contact: person.email });
}
