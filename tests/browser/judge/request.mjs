// One request as a vendor's parser takes it: its target, its form, its documents.
//
// Knows the wrappings that SDKs use around JSON (gzip whatever the label says, forms, base64, lines), not what documents mean.
// Invariant: a body that cannot be read is an error, never no document.

import zlib from 'node:zlib';

export class Request {
  constructor({ method, target, headers, body }) {
    const url = new URL(target, 'http://vendor.example');
    Object.assign(this, { method, target, headers, body, path: url.pathname, query: url.searchParams });
  }

  /** The body without its compression. */
  get plain() {
    if (this.body[0] === 0x1f && this.body[1] === 0x8b) return zlib.gunzipSync(this.body);
    if (this.headers['content-encoding'] === 'deflate') return zlib.inflateSync(this.body);
    return this.body;
  }

  /** The names and values of a form. */
  get form() {
    return new URLSearchParams(this.plain.toString('utf8'));
  }

  /** Every document of the body: the one that it is, its lines, or those in the fields of a form. */
  get documents() {
    const text = this.plain.toString('utf8').trim();
    if (text === '') return [];
    if (/^[[{"]/.test(text)) return parsed(text) ?? text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const documents = [...this.form.values()].flatMap((value) => parsed(value) ?? parsed(Buffer.from(value, 'base64').toString('utf8')) ?? []);
    if (documents.length === 0) throw new Error(`${this.method} ${this.path}: a body of ${text.length} characters holds no document`);
    return documents;
  }
}

/** The document in a list, or nothing. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? [value] : undefined;
  } catch {
    return undefined;
  }
}
