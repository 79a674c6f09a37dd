// @elastic/apm-rum (https://www.elastic.co/docs/reference/apm/agents/rum-js).

export const vendor = 'elastic-apm';
export const constants = [];
export const says = ['transaction', 'error'];
export const restless = /^(transaction|metadata|span)/;

export async function start({ url, person }) {
  const { init } = await import('@elastic/apm-rum');
  const apm = init({ serviceName: 'shop', serverUrl: url, serviceVersion: '1.0.0', flushInterval: 200, errorThrottleLimit: 5 });
  apm.setUserContext({ id: person.user, email: person.email, username: person.name });
  const transaction = apm.startTransaction('bought', 'custom');
  transaction.addLabels({ contact: person.email });
  transaction.end();
  apm.captureError(new Error(`no stock for ${person.email}`));
}

/** Lines, each an object with one key: long names, or the short ones of version 3 of the intake. */
const KINDS = { x: 'transaction', e: 'error', m: 'metadata' };

export const events = (request) =>
  request.path.startsWith('/intake') ? request.documents.flatMap((line) => Object.keys(line)).map((key) => KINDS[key] ?? key) : [];

export const answer = ({ path }) => (path.startsWith('/intake') ? { status: 202, body: {} } : { body: {}, headers: { etag: '"1"' } });
