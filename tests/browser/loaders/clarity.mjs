// Clarity's snippet: a script of the project, which is made up here as the vendor's is not published, loads clarity-js and tells it
// a shard.

import { script as file } from '../page/script.mjs';

export const vendor = 'clarity';
export const constants = ['hedgeproject'];
export const settings = '';
export const hosts = ['www.clarity.ms', 'scripts.clarity.ms', 'k.clarity.ms'];
export const script = ['scripts.clarity.ms', '/0.8.70/clarity.js'];
export const keys = { YOUR_PROJECT_ID: constants[0] };
export const says = ['upload'];

const PROJECT = `!function () {
  clarity("start", { projectId: "hedgeproject", upload: "https://k.clarity.ms/collect", expire: 365, track: true, content: true, delay: 200 });
  document.head.append(Object.assign(document.createElement("script"), { async: true, src: "https://scripts.clarity.ms/0.8.70/clarity.js" }));
}();`;

export function start({ person }) {
  clarity('identify', person.user);
  clarity('set', 'contact', person.email);
}

export const events = (request) => (request.path === '/collect' ? ['upload'] : []);

export function answer({ path }) {
  if (path.startsWith('/tag/')) return { type: 'text/javascript', body: PROJECT };
  return path === script[1] ? file('clarity-js/build/clarity.min.js') : { status: 204, type: 'text/plain', body: '' };
}
