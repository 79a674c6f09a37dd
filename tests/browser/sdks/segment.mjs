// @segment/analytics-next (https://github.com/segmentio/analytics-next), its settings from the vendor's host.

export const vendor = 'segment';
export const constants = ['segment-write-key'];
export const says = ['page', 'identify', 'track bought', 'group'];

export async function start({ host, url, person }) {
  const { AnalyticsBrowser } = await import('@segment/analytics-next');
  const [analytics] = await AnalyticsBrowser.load(
    { writeKey: 'segment-write-key', cdnURL: url },
    { integrations: { 'Segment.io': { apiHost: `${host}/v1`, protocol: 'https' } } },
  );
  await analytics.page();
  await analytics.identify(person.user, { email: person.email, name: person.name });
  await analytics.track('bought', { plan: 'gold', contact: person.email });
  await analytics.group('hedge-club', { contact: person.email });
}

export const events = (request) =>
  request.path.startsWith('/v1/m') ? [] : request.documents.flatMap(({ batch, ...one }) => batch ?? [one])
    .map(({ type, event }) => (type === 'track' ? `track ${event}` : type)).filter(Boolean);

export const answer = ({ path }) => ({
  body: path.includes('/settings') ? { integrations: { 'Segment.io': { apiKey: 'segment-write-key', unbundledIntegrations: [], addBundledMetadata: true } }, plan: {}, edgeFunction: {}, analyticsNextEnabled: true, metrics: { sampleRate: 0 }, legacyVideoPluginsEnabled: false, remotePlugins: [] } : { success: true },
});
