// privet as an operator runs it: a settings file, a process, SIGHUP.
//
// Invariant: the process ends with the run.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/// One plain listener, where a run does not say more.
const LISTENER = `[[listener]]
address = "127.0.0.1:0"
tls = "off"
`

/// What every run has in common, and an end that does not wait for whoever listens for ever.
const COMMON = `
[server]
workers = 2

[limits]
drain = "2s"
body = "32MiB"
`

export class Privet {
  reloads = 0
  #generation = 0
  #log = ''
  #ended

  /// `routes` gives the routes as they are the n-th time that the file is written; `files` stand beside it, by name.
  constructor(binary, routes, { listener = LISTENER, files = {} } = {}) {
    this.routes = routes
    this.listener = listener
    this.directory = mkdtempSync(join(tmpdir(), 'privet-chats-'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.directory, name), text)
    this.#write()
    this.process = spawn(resolve(binary), { cwd: this.directory, stdio: ['ignore', 'ignore', 'pipe'] })
    process.on('exit', () => this.process.kill('SIGKILL'))
    this.process.stderr.setEncoding('utf8')
    this.process.stderr.on('data', (text) => (this.#log += text))
    this.#ended = new Promise((ended) => this.process.on('exit', ended))
  }

  /// The port it listens on.
  async port() {
    const [, port] = await this.#told(() => this.#log.match(/listening listener=127\.0\.0\.1:(\d+)/))
    return Number(port)
  }

  /// Writes other settings and tells the process to read them.
  async reload() {
    this.#write()
    this.process.kill('SIGHUP')
    this.reloads += 1
    const reloads = this.reloads
    await this.#told(() => this.#log.split('settings reloaded').length > reloads)
  }

  /// The certificate that it made for itself, for whoever stands in its place.
  get certificate() {
    const names = readdirSync(join(this.directory, 'certs'))
    const read = (kind) => readFileSync(join(this.directory, 'certs', names.find((name) => kind(name.includes('key')))), 'utf8')
    return { cert: read((isKey) => !isKey), key: read((isKey) => isKey) }
  }

  /// The exit code after a drain.
  async stop() {
    this.process.kill('SIGTERM')
    const code = await this.#ended
    rmSync(this.directory, { recursive: true, force: true })
    return code
  }

  /// How each exchange and socket ended, and how often.
  outcomes() {
    const found = {}
    for (const [, route, rest] of this.#log.matchAll(/(?:exchange|socket) route=(\S+) (.*)/g)) {
      const outcome = rest.match(/outcome=(\S+) reason=(\S+)/)
      const told = `${route} ${outcome?.[1]} ${outcome?.[2]}`
      found[told] = (found[told] ?? 0) + 1
    }
    return found
  }

  /// The end of what it said.
  get lastWords() {
    return this.#log.split('\n').slice(-20).join('\n')
  }

  #write() {
    this.#generation += 1
    writeFileSync(join(this.directory, 'proxy.toml'), this.listener + COMMON + this.routes(this.#generation))
  }

  /// Waits for what is found in the log.
  async #told(find) {
    for (let tries = 0; tries < 400; tries += 1) {
      const found = find()
      if (found) return found
      await new Promise((awake) => setTimeout(awake, 50))
    }
    throw new Error(`privet never said what was waited for:\n${this.lastWords}`)
  }
}
