// @plausible-analytics/tracker (https://www.npmjs.com/package/@plausible-analytics/tracker).

export const vendor = 'plausible';
export const constants = [];
export const says = ['pageview', 'bought', 'engagement'];
export const leaving = ['engagement'];

export async function start({ url, person }) {
  const { init, track } = await import('@plausible-analytics/tracker');
  init({ domain: 'shop.example', endpoint: `${url}/api/event`, captureOnLocalhost: true });
  await new Promise((callback) => track('bought', { props: { plan: 'gold', contact: person.email }, revenue: { currency: 'EUR', amount: 9 }, callback }));
}

export const events = (request) => request.documents.map(({ n, name }) => n ?? name);

export const answer = () => ({ status: 202, type: 'text/plain', body: 'ok' });

/** Plausible tells visitors apart by agent and address, and all come from privet's address. */
export const told = (request) => {
  const { headers } = request;
  return events(request).includes('pageview') ? { agent: headers['user-agent'], country: headers['x-country-code'], visitor: headers['user-agent'] } : undefined;
};
