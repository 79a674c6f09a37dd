// Segment's snippet: the script, its bundles and its settings come from the CDN.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/segment.mjs';

export { events, vendor } from '../sdks/segment.mjs';
export const constants = ['segment-write-key'];
export const settings = 'region = "eu"';
export const hosts = ['events.eu1.segmentapis.com', 'cdn.segment.com'];
export const script = ['cdn.segment.com', '/analytics.js/v1/segment-write-key/analytics.min.js'];
export const keys = { YOUR_WRITE_KEY: constants[0] };
export const says = ['page', 'identify', 'track bought'];

export function start({ person }) {
  analytics.identify(person.user, { email: person.email, name: person.name });
  analytics.track('bought', { plan: 'gold', contact: person.email });
}

export function answer(request) {
  if (request.path === script[1]) return file('@segment/analytics-next/dist/umd/standalone.js');
  const [, bundle] = request.path.match(/^\/analytics-next\/bundles\/([\w.-]+)$/) ?? [];
  return bundle ? file(`@segment/analytics-next/dist/umd/${bundle}`) : collect(request);
}
