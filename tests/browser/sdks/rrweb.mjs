// rrweb (https://github.com/rrweb-io/rrweb/blob/master/guide.md), sending what it records to the site's own backend.

export const vendor = 'rrweb';
export const constants = [];
export const says = ['4', '2', '3'];
export const restless = /^3$/;

export async function start({ url }) {
  const { record } = await import('rrweb');
  let events = [];
  record({ emit: (event) => events.push(event), maskAllInputs: false });
  return () => fetch(`${url}/ingest`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ events }) });
}

export const events = (request) => request.documents.flatMap(({ events }) => events).map(({ type }) => String(type));
