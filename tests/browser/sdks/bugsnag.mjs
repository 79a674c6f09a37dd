// @bugsnag/js (https://docs.bugsnag.com/platforms/javascript/).

export const vendor = 'bugsnag';
export const constants = ['0123456789abcdef0123456789abcdef'];
export const says = ['session', 'event'];

export async function start({ url, person, complain }) {
  const { default: Bugsnag } = await import('@bugsnag/js');
  const logger = { debug() {}, info() {}, warn: complain, error: complain };
  Bugsnag.start({
    apiKey: '0123456789abcdef0123456789abcdef', endpoints: { notify: `${url}/notify`, sessions: `${url}/sessions` }, logger,
    user: { id: person.user, email: person.email, name: person.name },
  });
  Bugsnag.notify(new Error(`no stock for ${person.email}`));
}

export const events = (request) => request.documents.flatMap(({ events = [], sessions = [] }) => [...events.map(() => 'event'), ...sessions.map(() => 'session')]);

export const answer = () => ({ status: 202, type: 'text/plain', body: 'accepted' });
