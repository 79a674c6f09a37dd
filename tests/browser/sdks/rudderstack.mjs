// @rudderstack/analytics-js, the build that brings its plugins along (https://www.rudderstack.com/docs/sources/event-streams/sdks/rudderstack-javascript-sdk/).

export const vendor = 'rudderstack';
export const constants = ['rudderwritekeyrudderwritekey'];
export const says = ['page', 'identify', 'track bought'];

export async function start({ url, person }) {
  const { RudderAnalytics } = await import('@rudderstack/analytics-js/bundled');
  const rudder = new RudderAnalytics();
  rudder.load('rudderwritekeyrudderwritekey', url, { configUrl: url, integrations: { All: true }, logLevel: 'ERROR' });
  await new Promise((ready) => rudder.ready(ready));
  rudder.page();
  rudder.identify(person.user, { email: person.email, name: person.name });
  rudder.track('bought', { plan: 'gold', contact: person.email });
}

export const events = (request) =>
  request.documents.flatMap(({ batch, ...one }) => batch ?? [one]).map(({ type, event }) => (type === 'track' ? `track ${event}` : type)).filter(Boolean);

const SOURCE = {
  source: {
    id: 'src', name: 'shop', writeKey: 'rudderwritekeyrudderwritekey', workspaceId: 'ws', enabled: true, updatedAt: '2026-01-01T00:00:00.000Z',
    config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } }, connections: [], destinations: [], dataplanes: {},
  },
};

export const answer = ({ path }) => (path.includes('/sourceConfig') ? { body: SOURCE } : { type: 'text/plain', body: 'OK' });
