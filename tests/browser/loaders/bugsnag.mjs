// Bugsnag's script of its CDN.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/bugsnag.mjs';

export { events, vendor } from '../sdks/bugsnag.mjs';
export const constants = ['0123456789abcdef0123456789abcdef'];
export const settings = '';
export const hosts = ['notify.bugsnag.com', 'sessions.bugsnag.com', 'd2wy8f7a9ursnm.cloudfront.net'];
export const script = ['d2wy8f7a9ursnm.cloudfront.net', '/v8/bugsnag.min.js'];
export const keys = { YOUR_API_KEY: constants[0] };
export const says = ['session', 'event'];

export function start({ person }) {
  Bugsnag.setUser(person.user, person.email, person.name);
  Bugsnag.notify(new Error(`no stock for ${person.email}`));
}

export const answer = (request) => (request.path === script[1] ? file('@bugsnag/browser/dist/bugsnag.min.js') : collect(request));
