// What every vendor has: it remembers all it is told, gives out its scripts, and answers whoever writes.
//
// Does not know protocols. Invariant: all that came is seen before it is understood.

import { readFileSync } from 'node:fs'

import { marksIn } from './person.mjs'

/// The text of a file of a package, exported or not.
export const packaged = (path) => readFileSync(new URL(`../node_modules/${path}`, import.meta.url), 'utf8')

export class Vendor {
  /// By what the vendor knows each visitor: his messages and the answers to them.
  visitors = new Map()
  /// How often it was told that somebody is typing.
  drafts = 0
  faults = new Set()

  /// `scripts` by path: what a page embeds.
  constructor(scripts) {
    this.scripts = scripts
  }

  saw(text) {
    for (const mark of marksIn(text)) this.faults.add(`a server was told of ${mark}`)
  }

  /// Whether it was a script that was asked for.
  gave(request, response) {
    const script = this.scripts[request.url.split('?')[0]]
    if (script === undefined) return false
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    return true
  }

  history(visitor) {
    if (!this.visitors.has(visitor)) this.visitors.set(visitor, [])
    return this.visitors.get(visitor)
  }

  /// Hears a message; gives the answer.
  hear(visitor, text) {
    const answer = `You asked: ${text}`
    this.history(visitor).push({ from: 'visitor', text }, { from: 'agent', text: answer })
    return answer
  }
}

/// The whole body of a request, seen.
export async function bodyOf(request, vendor) {
  let body = ''
  for await (const chunk of request) body += chunk
  vendor.saw(body)
  return body
}

export const json = (response, value, headers = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
