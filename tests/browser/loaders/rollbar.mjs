// Rollbar's script of its CDN.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/rollbar.mjs';

export { events, usual, vendor } from '../sdks/rollbar.mjs';
export const constants = ['0123456789abcdef0123456789abcdef'];
export const settings = '';
export const hosts = ['api.rollbar.com', 'cdn.rollbar.com'];
export const script = ['cdn.rollbar.com', '/rollbarjs/refs/tags/v2.26.4/rollbar.umd.min.js'];
export const keys = { YOUR_CLIENT_ACCESS_TOKEN: constants[0] };
export const says = ['item info', 'item error'];

export function start({ person }) {
  Rollbar.configure({ payload: { person: { id: person.user, email: person.email, username: person.name } } });
  Rollbar.info(`bought by ${person.email}`, { plan: 'gold' });
  Rollbar.error(new Error(`no stock for ${person.email}`));
}

export const answer = (request) => (request.path === script[1] ? file('rollbar/dist/rollbar.umd.min.js') : collect(request));
