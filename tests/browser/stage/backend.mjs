// A vendor's server that remembers all that reached it: requests and messages.
//
// Answers as the vendor would, by what its SDK's file says; does not know privet.

import http from 'node:http';

import { Request } from '../judge/request.mjs';

export class Backend {
  arrived = [];
  #awaited = new Set();
  #sockets = new Set();

  /** `answer` gives what a request is answered with; `serve` may take over sockets. */
  constructor(sdk = {}) {
    this.answer = sdk.answer ?? (() => ({}));
    this.server = http.createServer((request, response) => this.#take(request, response));
    // As long as a vendor's: one that closes as a request comes is another test's.
    this.server.keepAliveTimeout = 120_000;
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    sdk.serve?.(this);
  }

  async listen() {
    await new Promise((ready) => this.server.listen(0, '127.0.0.1', ready));
    this.port = this.server.address().port;
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A message on a socket is as good as a request. */
  heard(target, message) {
    this.arrived.push({ target, message: Buffer.from(message) });
    this.#look();
  }

  /** Waits until what arrived is enough; gives whether it came to that in time. */
  until(enough, milliseconds) {
    if (enough()) return Promise.resolve(true);
    return new Promise((done) => {
      const waiting = { look: () => enough() && end(true) };
      const timer = setTimeout(() => end(false), milliseconds);
      const end = (came) => {
        clearTimeout(timer);
        this.#awaited.delete(waiting);
        done(came);
      };
      this.#awaited.add(waiting);
    });
  }

  /** Waits until nothing has arrived for a while, at most `milliseconds`. */
  async quiet(milliseconds) {
    const until = Date.now() + milliseconds;
    for (let count = -1; count !== this.arrived.length && Date.now() < until; ) {
      count = this.arrived.length;
      await this.until(() => this.arrived.length !== count, 400);
    }
  }

  close() {
    this.server.close();
    this.#sockets.forEach((socket) => socket.destroy());
  }

  #look() {
    this.#awaited.forEach(({ look }) => look());
  }

  async #take(request, response) {
    const chunks = [];
    request.on('error', () => {});
    for await (const chunk of request) chunks.push(chunk);
    const { method, url: target, headers } = request;
    const origin = headers.origin ?? '*';
    response.setHeader('access-control-allow-origin', origin);
    if (origin !== '*') response.setHeader('access-control-allow-credentials', 'true');
    if (method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': headers['access-control-request-method'] ?? 'POST',
        'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
      });
      return response.end();
    }
    const arrived = new Request({ method, target, headers, body: Buffer.concat(chunks) });
    const { status = 200, type = 'application/json', body = '{}', ...rest } = this.answer(arrived) ?? {};
    response.writeHead(status, { 'content-type': type, ...rest.headers });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    this.arrived.push(arrived);
    this.#look();
  }
}
