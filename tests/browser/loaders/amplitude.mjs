// Amplitude's script as its CDN serves it, compressed whoever asks; its remote settings come from a host of their own.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/amplitude.mjs';

export { events, queue, vendor } from '../sdks/amplitude.mjs';
export const constants = ['amplitude0key0amplitude0key0'];
export const settings = 'region = "eu"';
export const hosts = ['api.eu.amplitude.com', 'cdn.amplitude.com', 'sr-client-cfg.eu.amplitude.com', 'diagnostics.prod.eu-central-1.amplitude.com'];
export const script = ['cdn.amplitude.com', '/libs/analytics-browser-2.11.1-min.js.gz'];
export const keys = { YOUR_API_KEY: constants[0] };
export const says = ['[Amplitude] Page Viewed', 'bought'];

export function start({ person }) {
  amplitude.setUserId(person.user);
  amplitude.identify(new amplitude.Identify().set('email', person.email));
  amplitude.track('bought', { plan: 'gold', contact: person.email });
}

export function answer(request) {
  if (request.path === script[1]) return { ...file('@amplitude/analytics-browser/lib/scripts/amplitude-min.js.gz'), headers: { 'content-encoding': 'gzip' } };
  return request.path.startsWith('/config') ? { body: { configs: {} } } : collect(request);
}
