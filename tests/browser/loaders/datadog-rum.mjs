// Datadog's script of its CDN, which loads its recorder from beside itself.

import { script as file } from '../page/script.mjs';
import { answer as collect } from '../sdks/datadog-rum.mjs';

export { events, leaving, vendor } from '../sdks/datadog-rum.mjs';
export const constants = ['pub0123456789abcdef', '01234567-89ab-cdef-0123-456789abcdef'];
export const settings = 'region = "eu"';
export const hosts = ['browser-intake-datadoghq.eu', 'www.datadoghq-browser-agent.com'];
export const script = ['www.datadoghq-browser-agent.com', '/eu1/v6/datadog-rum.js'];
export const keys = { YOUR_CLIENT_TOKEN: constants[0], YOUR_APPLICATION_ID: constants[1] };
export const says = ['view', 'action custom'];

export function start({ person }) {
  DD_RUM.setUser({ id: person.user, email: person.email, name: person.name });
  DD_RUM.addAction('bought', { plan: 'gold', contact: person.email });
}

export function answer(request) {
  const [, name] = request.path.match(/^\/eu1\/v6\/((?:chunks\/)?[\w.-]+\.js)$/) ?? [];
  return name ? file(`@datadog/browser-rum/bundle/${name}`) : collect(request);
}
