// @jitsu/js (https://docs.jitsu.com/sending-data/npm).

export const vendor = 'jitsu';
export const constants = ['jitsuwritekeyjitsuwritekey'];
export const says = ['page', 'identify', 'track bought'];

export async function start({ url, person }) {
  const { jitsuAnalytics } = await import('@jitsu/js');
  const jitsu = jitsuAnalytics({ host: url, writeKey: 'jitsuwritekeyjitsuwritekey:secret' });
  await jitsu.page();
  await jitsu.identify(person.user, { email: person.email, name: person.name });
  await jitsu.track('bought', { plan: 'gold', contact: person.email });
}

export const events = (request) => request.documents.map(({ type, event }) => (type === 'track' ? `track ${event}` : type)).filter(Boolean);

export const answer = () => ({ body: { ok: true } });
