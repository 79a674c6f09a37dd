// @newrelic/browser-agent (https://github.com/newrelic/newrelic-browser-agent).

export const vendor = 'newrelic';
export const constants = ['NRJS-0123456789abcdef'];
export const says = ['rum', 'PageAction bought', 'err'];
export const restless = /^(?!rum|PageAction|err)/;

export async function start({ host, person }) {
  const { BrowserAgent } = await import('@newrelic/browser-agent/loaders/browser-agent');
  const agent = new BrowserAgent({
    // What the agent says in a form of its own (`bel.7`) is refused: see docs/vendors.md.
    init: { ajax: { enabled: false }, page_view_timing: { enabled: false }, soft_navigations: { enabled: false }, session_replay: { enabled: false }, session_trace: { enabled: false }, harvest: { interval: 1 } },
    info: { beacon: host, errorBeacon: host, licenseKey: 'NRJS-0123456789abcdef', applicationID: '4711', sa: 1 },
    loader_config: { accountID: '1', trustKey: '1', agentID: '4711', licenseKey: 'NRJS-0123456789abcdef', applicationID: '4711' },
  });
  agent.setUserId(person.user);
  agent.addPageAction('bought', { plan: 'gold', contact: person.email });
  agent.noticeError(new Error(`no stock for ${person.email}`));
  agent.log(`bought by ${person.email}`, { level: 'info' });
}

export const events = (request) => {
  if (request.path.startsWith('/1/')) return ['rum'];
  return request.documents.flatMap(({ ins, ...others }) => [...Object.keys(others), ...(ins ?? []).map(({ eventType, actionName }) => [eventType, actionName].filter(Boolean).join(' '))]);
};

export const answer = ({ path }) => ({ body: path.startsWith('/1/') ? { stn: 0, err: 1, ins: 1, spa: 0, sr: 0, srs: 0, st: 0, sts: 0, log: 3, app: { nrServerTime: Date.now(), agents: [{ entityGuid: 'x' }] } } : {} });
