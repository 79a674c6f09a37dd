// @snowplow/browser-tracker (https://docs.snowplow.io/docs/collecting-data/collecting-from-own-applications/javascript-trackers/).

export const vendor = 'snowplow';
export const constants = ['com.snowplowanalytics'];
export const says = ['pv', 'se', 'ue'];

export async function start({ url, person }) {
  const { newTracker, setUserId, trackPageView, trackStructEvent, trackSelfDescribingEvent } = await import('@snowplow/browser-tracker');
  newTracker('sp', url, { appId: 'shop', contexts: { webPage: true, session: true, browser: false } });
  setUserId(person.user);
  trackPageView();
  trackStructEvent({ category: 'shop', action: 'bought', label: person.email, value: 9 });
  trackSelfDescribingEvent({ event: { schema: 'iglu:com.hedge/bought/jsonschema/1-0-0', data: { contact: person.email } } });
}

/** What an event calls itself; the store remembers the first. */
export const numbers = (request) => request.documents.flatMap((document) => document.data ?? []).map(({ eid }) => eid);

export const events = (request) => request.documents.flatMap((document) => document.data ?? []).map(({ e }) => e);
