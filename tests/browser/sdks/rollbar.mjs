// rollbar (https://docs.rollbar.com/docs/browser-js).

export const vendor = 'rollbar';
export const constants = ['0123456789abcdef0123456789abcdef'];
/** It asks for headers that no answer shows it. */
export const usual = /unsafe header "Rollbar-Replay/;
export const says = ['item error', 'item info'];

export async function start({ url, person }) {
  const { default: Rollbar } = await import('rollbar');
  const rollbar = Rollbar.init({
    accessToken: '0123456789abcdef0123456789abcdef', endpoint: `${url}/api/1/item/`, captureIp: true, captureUncaught: true,
    payload: { person: { id: person.user, email: person.email, username: person.name }, environment: 'test' },
  });
  rollbar.info(`bought by ${person.email}`, { plan: 'gold' });
  rollbar.error(new Error(`no stock for ${person.email}`));
}

export const events = (request) => request.documents.filter(({ data }) => data).map(({ data }) => `item ${data.level}`);

export const answer = () => ({ body: { err: 0, result: { id: null, uuid: '0123456789abcdef0123456789abcdef' } } });
