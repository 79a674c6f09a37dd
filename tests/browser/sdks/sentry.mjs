// @sentry/browser with traces, replay and a message (https://docs.sentry.io/platforms/javascript/).

export const vendor = 'sentry';
export const constants = ['0123456789abcdef0123456789abcdef'];
export const says = ['event', 'event', 'session', 'span', 'replay_event', 'replay_recording'];
export const restless = /^(replay_|client_report|session|transaction|span)/;

export async function start({ host, person }) {
  const Sentry = await import('@sentry/browser');
  Sentry.init({
    dsn: `https://0123456789abcdef0123456789abcdef@${host}/4711`, release: 'shop@1.0.0', sendDefaultPii: true, tracesSampleRate: 1, replaysSessionSampleRate: 1,
    integrations: [Sentry.browserTracingIntegration({ finalTimeout: 1000, idleTimeout: 200 }), Sentry.replayIntegration({ maskAllText: false, maskAllInputs: false, minReplayDuration: 0 })],
  });
  Sentry.setUser({ id: person.user, email: person.email, username: person.name });
  Sentry.captureMessage(`bought by ${person.email}`);
  Sentry.captureException(new Error(`no stock for ${person.email}`));
  return () => Sentry.getReplay().flush();
}

/** An envelope is lines: its head, then a head and a payload for each item; a recording's payload holds bytes. */
export const events = (request) => {
  if (!request.path.includes('/envelope/')) return [];
  const kinds = [];
  const bytes = request.plain;
  const line = (from) => (bytes.indexOf('\n', from) < 0 ? bytes.length : bytes.indexOf('\n', from));
  for (let at = line(0) + 1; at < bytes.length; ) {
    const end = line(at);
    const head = JSON.parse(bytes.subarray(at, end));
    const length = head.length ?? line(end + 1) - end - 1;
    kinds.push(head.type);
    if (head.type !== 'replay_recording') JSON.parse(bytes.subarray(end + 1, end + 1 + length));
    at = end + 1 + length + 1;
  }
  return kinds;
};

export const answer = () => ({ body: { id: '0123456789abcdef0123456789abcdef' } });
