// What is wrong with what arrived at a vendor: words of the visitor in any layer, identifiers as the browser holds them.
//
// Does not know SDKs or privet's rules.

import { readings } from './layers.mjs';
import { forbidden, HINTS } from './person.mjs';

/** Each word of the visitor that stands in a request or message, with where it was found. */
export function leaks(policy, arrived, identifiers = []) {
  const found = new Set();
  for (const { name, part, texts } of arrived.flatMap(parts)) {
    for (const text of texts) {
      for (const [what, pattern] of Object.entries(forbidden[policy])) {
        const hit = text.match(pattern);
        if (hit) found.add(`${what} in the ${part} of ${name}: …${around(text, hit)}…`);
      }
      for (const { token, key } of identifiers) {
        if (text.includes(token)) found.add(`an identifier that the browser keeps as ${key} in the ${part} of ${name}`);
      }
    }
  }
  for (const { headers, method, target } of arrived) {
    for (const header of Object.keys(headers ?? {}).filter((header) => HINTS.test(header))) {
      if (policy === 'strict' || !/^accept-language$/.test(header)) found.add(`the header ${header} of ${method} ${target.split('?')[0]}`);
    }
  }
  return [...found];
}

const around = (text, hit) => text.slice(Math.max(0, hit.index - 60), hit.index + hit[0].length + 20).replace(/\s+/g, ' ');

function parts({ method, target, headers, body, message }) {
  if (message !== undefined) return [{ name: target, part: 'message', texts: readings(message) }];
  const name = `${method} ${target.split('?')[0]}`;
  const head = Object.entries(headers).map(([header, value]) => `${header}: ${value}`).join('\n');
  return [
    { name, part: 'target', texts: readings(Buffer.from(target)) },
    { name, part: 'headers', texts: readings(Buffer.from(head)) },
    { name, part: 'body', texts: readings(body) },
  ];
}

/** What in a browser's stores tells it from every other: long words of letters and digits that no script brings along. */
export function identifiersIn(stored, constants) {
  const known = constants.join('\n');
  const found = new Map();
  for (const [key, value] of stored) {
    for (const text of readings(Buffer.from(value))) {
      for (const [token] of text.matchAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9]{12,}/gi)) {
        if (isIdentifier(token) && !known.includes(token)) found.set(token, { token, key });
      }
    }
  }
  return [...found.values()];
}

/** Digits among letters, or too many digits for a time in milliseconds. */
const isIdentifier = (token) => (/\d.*\d/.test(token) && /[a-z]/i.test(token) && token.length >= 16) || /^\d{15,}$/.test(token);
