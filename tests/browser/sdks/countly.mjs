// countly-sdk-web (https://support.countly.com/hc/en-us/articles/360037441932).

export const vendor = 'countly';
export const constants = ['countlyappkeycountlyappkey'];
export const says = ['begin_session', 'bought', '[CLY]_view'];
export const restless = /^(metrics|apm|end_session|session_duration|\[CLY\]_orientation)$/;

export async function start({ url, person }) {
  const { default: Countly } = (await import('countly-sdk-web')).default;
  Countly.init({ app_key: 'countlyappkeycountlyappkey', url, app_version: '1.0', queue_size: 100 });
  Countly.track_sessions();
  Countly.track_pageview('shoes');
  Countly.track_errors();
  Countly.user_details({ name: person.name, email: person.email, username: person.user });
  Countly.add_event({ key: 'bought', count: 1, segmentation: { plan: 'gold', contact: person.email } });
}

/** Each request is a form, or the same in the query; events are a document in it. */
export const events = (request) => {
  if (request.path !== '/i') return [];
  const form = request.method === 'GET' ? request.query : request.form;
  const named = ['begin_session', 'session_duration', 'end_session', 'crash'].filter((name) => form.has(name));
  return [...named, ...JSON.parse(form.get('events') ?? '[]').map(({ key }) => key)];
};

export const answer = () => ({ body: { result: 'Success' } });
