// Mixpanel's snippet with the script of its CDN.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/mixpanel.mjs';

export { events, queue, vendor } from '../sdks/mixpanel.mjs';
export const constants = ['0123456789abcdef0123456789abcdef'];
export const settings = 'region = "eu"';
export const hosts = ['api-eu.mixpanel.com', 'cdn.mxpnl.com'];
export const script = ['cdn.mxpnl.com', '/libs/mixpanel-2-latest.min.js'];
export const keys = { YOUR_PROJECT_TOKEN: constants[0] };
export const says = ['$identify', 'bought', '$set'];

export function start({ person }) {
  mixpanel.identify(person.user);
  mixpanel.people.set({ $email: person.email, $name: person.name });
  mixpanel.track('bought', { plan: 'gold', contact: person.email });
}

export const answer = (request) => (request.path === script[1] ? file('mixpanel-browser/dist/mixpanel.min.js') : collect(request));
