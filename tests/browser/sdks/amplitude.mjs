// @amplitude/analytics-browser (https://amplitude.com/docs/sdks/analytics/browser/browser-sdk-2).

export const vendor = 'amplitude';
export const constants = ['amplitude0key0amplitude0key0'];
export const says = ['$identify', 'bought', '[Amplitude] Page Viewed', 'session_start'];
/** Events that wait to be sent bear numbers of their own. */
export const queue = /^AMP_unsent/;
export const restless = /^\[Amplitude\] (Element|Form|Network|Web Vitals)/;

export async function start({ url, person, complain }) {
  const amplitude = await import('@amplitude/analytics-browser');
  const loggerProvider = { disable() {}, enable() {}, log() {}, warn() {}, error: complain, debug() {} };
  await amplitude.init('amplitude0key0amplitude0key0', person.user, { serverUrl: `${url}/2/httpapi`, fetchRemoteConfig: false, loggerProvider }).promise;
  await amplitude.identify(new amplitude.Identify().set('email', person.email)).promise;
  await amplitude.track('bought', { plan: 'gold', contact: person.email }).promise;
}

export const events = (request) => request.documents.flatMap((document) => document.events ?? []).map(({ event_type }) => event_type);

export const answer = (request) => ({ body: { code: 200, events_ingested: events(request).length, payload_size_bytes: request.body.length, server_upload_time: 1 } });
