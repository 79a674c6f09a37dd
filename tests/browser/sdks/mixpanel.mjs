// mixpanel-browser (https://docs.mixpanel.com/docs/tracking-methods/sdks/javascript).

export const vendor = 'mixpanel';
export const constants = ['0123456789abcdef0123456789abcdef'];
export const says = ['$mp_web_page_view', 'bought', '$identify', '$set'];
/** Events that wait to be sent bear numbers of their own. */
export const queue = /^__mpq_/;
export const restless = /^\$mp_(session_record|page_leave|scroll)/;

export async function start({ url, person }) {
  const { default: mixpanel } = await import('mixpanel-browser');
  mixpanel.init('0123456789abcdef0123456789abcdef', { api_host: url, track_pageview: true, persistence: 'localStorage', autocapture: false, batch_flush_interval_ms: 500 });
  mixpanel.identify(person.user);
  mixpanel.people.set({ $email: person.email, $name: person.name });
  mixpanel.track('bought', { plan: 'gold', contact: person.email });
}

export const events = (request) => {
  if (request.path.startsWith('/engage')) return request.documents.flat().map(() => '$set');
  return request.documents.flat().map(({ event }) => event).filter(Boolean);
};

export const answer = ({ path }) => ({ body: path.startsWith('/flags') ? { flags: {} } : { error: null, status: 1 } });
