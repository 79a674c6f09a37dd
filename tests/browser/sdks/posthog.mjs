// posthog-js (https://posthog.com/docs/libraries/js), with recording; its further scripts come from the vendor's assets host.

import { script } from '../page/script.mjs';

export const vendor = 'posthog';
export const constants = ['phc_testtesttest'];
export const says = ['$pageview', '$identify', 'bought', '$autocapture', '$exception', '$pageleave', '$snapshot'];
export const leaving = ['$pageleave'];
export const restless = /^\$(snapshot|web_vitals|set|dead_click)$/;

export async function start({ url, person }) {
  const { default: posthog } = await import('posthog-js');
  await new Promise((loaded) => {
    posthog.init('phc_testtesttest', { api_host: url, person_profiles: 'always', loaded, defaults: '2025-05-24', disable_surveys: true });
  });
  posthog.identify(person.user, { email: person.email, name: person.name });
  posthog.capture('bought', { plan: 'gold', contact: person.email });
  posthog.captureException(new Error(`no stock for ${person.email}`));
}

export const events = (request) =>
  request.documents.flatMap((document) => document.batch ?? [document].flat()).map(({ event }) => event).filter(Boolean);

const SETTINGS = {
  supportedCompression: ['gzip', 'gzip-js'], autocapture_opt_out: false, hasFeatureFlags: false, capturePerformance: false, surveys: false,
  sessionRecording: { endpoint: '/s/', consoleLogRecordingEnabled: false, recorderVersion: 'v2' }, isAuthenticated: false, siteApps: [],
  errorsWhileComputingFlags: false, featureFlags: {}, featureFlagPayloads: {}, flags: {},
};

export function answer({ path }) {
  const [, file] = path.match(/^\/static\/(?:[\d.]+\/)?([a-z-]+\.js)/) ?? [];
  if (file) return script(`posthog-js/dist/${file}`);
  if (path.endsWith('config.js')) return { type: 'text/javascript', body: '' };
  if (/^\/(flags|decide|array)\//.test(path)) return { body: SETTINGS };
  return { body: { status: 1 } };
}

export const told = (request) => {
  const { properties } = request.documents.flatMap((document) => document.batch ?? [document].flat()).find(({ event }) => event === '$pageview') ?? {};
  return properties && { agent: properties.$raw_user_agent, country: properties.$geoip_country_code, visitor: properties.$device_id };
};
