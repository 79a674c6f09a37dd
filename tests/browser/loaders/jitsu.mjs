// Jitsu's script, which asks where it came from.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/jitsu.mjs';

export { events, vendor } from '../sdks/jitsu.mjs';
export const constants = [];
export const settings = 'account = "acme"';
export const hosts = ['acme.d.jitsu.com'];
export const script = ['acme.d.jitsu.com', '/p.js'];
export const says = ['page', 'identify', 'track bought'];

export function start({ person }) {
  (window.jitsuQ ??= []).push((jitsu) => {
    jitsu.identify(person.user, { email: person.email, name: person.name });
    jitsu.track('bought', { plan: 'gold', contact: person.email });
  });
}

export const answer = (request) => (request.path === script[1] ? file('@jitsu/js/dist/web/p.js.txt') : collect(request));
