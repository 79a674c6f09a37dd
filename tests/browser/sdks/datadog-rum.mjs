// @datadog/browser-rum through a proxy (https://docs.datadoghq.com/real_user_monitoring/guide/proxy-rum-data/).

export const vendor = 'datadog-rum';
export const constants = ['pub0123456789abcdef', '01234567-89ab-cdef-0123-456789abcdef'];
export const says = ['view', 'action custom', 'error'];
export const leaving = says;
export const restless = /^(view|resource|long_task|vital|telemetry|action (?!custom)|recording)/;

export async function start({ url, person }) {
  const { datadogRum } = await import('@datadog/browser-rum');
  datadogRum.init({
    applicationId: '01234567-89ab-cdef-0123-456789abcdef', clientToken: 'pub0123456789abcdef', site: 'datadoghq.eu', service: 'shop', version: '1.0.0',
    proxy: ({ path, parameters }) => `${url}${path}?${parameters}`, sessionSampleRate: 100, sessionReplaySampleRate: 100, trackUserInteractions: true,
    defaultPrivacyLevel: 'allow', telemetrySampleRate: 0,
  });
  datadogRum.setUser({ id: person.user, email: person.email, name: person.name });
  datadogRum.addAction('bought', { plan: 'gold', contact: person.email });
  datadogRum.addError(new Error(`no stock for ${person.email}`));
}

export const events = (request) => {
  if (request.path.endsWith('/replay')) return ['recording'];
  return request.documents.map(({ type, action }) => (type === 'action' ? `action ${action?.type}` : type)).filter(Boolean);
};

export const answer = () => ({ status: 202, body: { request_id: 'x' } });
