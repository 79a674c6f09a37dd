// @opentelemetry/sdk-trace-web with the exporter for JSON (https://opentelemetry.io/docs/languages/js/getting-started/browser/).

export const vendor = 'otel';
export const constants = [];
export const says = ['span page', 'span bought'];

export async function start({ url, person }) {
  const { WebTracerProvider } = await import('@opentelemetry/sdk-trace-web');
  const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const provider = new WebTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'user_agent.original': navigator.userAgent, 'browser.language': navigator.language }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }))],
  });
  const tracer = provider.getTracer('shop');
  tracer.startSpan('page', { attributes: { 'url.full': location.href, 'http.request.header.referer': document.referrer } }).end();
  const span = tracer.startSpan('bought', { attributes: { 'enduser.id': person.user, 'user.email': person.email, plan: 'gold' } });
  span.recordException(new Error(`no stock for ${person.email}`));
  span.end();
  await provider.forceFlush();
}

export const events = (request) =>
  request.documents.flatMap(({ resourceSpans = [] }) => resourceSpans).flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans).map(({ name }) => `span ${name}`);

export const answer = () => ({ body: { partialSuccess: {} } });
