// A chat of numbered messages both ways, over any protocol that keeps their order while a connection lasts.
//
// Each end counts what it heard. On every new connection the visitor says how far it came, the server answers the same, and
// both go on from there. So a message that died with a connection is said again, and one that comes too early, twice or not
// at all is privet's fault. Does not know protocols: those are in protocols/, one a file.

/// Where the visitor comes from; nothing that the server receives may hold it.
export const HOME = '127.77.77.77'

const SPELLINGS = [HOME, '127%2E77%2E77%2E77', '2135772493', '0x7f4d4d4d', '127.077.077.077', '::ffff:127.77.77.77']
const EMAIL = 'jane.doe@example.org'

/// What the n-th message of an end says.
const said = (n) =>
  [
    `message ${n}`,
    `I am at ${HOME}, and this is message ${n}`,
    `grüße 🌿 "quoted" \\ and a new line\n${n}`,
    `write to ${EMAIL} about ${n}`,
    `a long one: ${'x y '.repeat(1 + (n % 500))}${n}`,
    `{"n":${n},"from":"${HOME}"}`,
    `https://shop.example/?to=${HOME}&n=${n}`,
  ][n % 7]

/// What is left of it when the server said it: the visitor's own address does not come home.
const told = (n) => said(n).replaceAll(HOME, '[address]')

/// What is left of it when it was the visitor who said it. What the visitor chose to say passes, its address does not; a
/// document within a message is read as one.
const left = (n) => (n % 7 === 5 ? `{"n":${n}}` : told(n))

/// One end: says its own messages in order, and checks the other's.
class End {
  said = 0
  heard = 0
  faults = []
  #send = null
  #next = 1

  constructor(expected) {
    this.expected = expected
  }

  /// A connection is there, and the other end has heard so many.
  resume(send, heard) {
    if (heard > this.said) this.faults.push(`the other end heard ${heard} of ${this.said}`)
    this.#next = heard + 1
    this.#send = send
    this.#flush()
  }

  pause() {
    this.#send = null
  }

  say() {
    this.said += 1
    this.#flush()
  }

  hear({ n, text }) {
    if (n !== this.heard + 1) this.faults.push(`message ${n} came after ${this.heard}`)
    else if (text !== this.expected(n)) this.faults.push(`message ${n} says ${JSON.stringify(text).slice(0, 100)}`)
    this.heard = Math.max(this.heard, n)
  }

  #flush() {
    while (this.#send && this.#next <= this.said) {
      const n = this.#next++
      this.#send({ n, text: said(n) })
    }
  }
}

/// The visitor and the server of one chat. A protocol calls the visitor's `opened`, `heard` and `closed`, and the server's
/// `met` and `saw`; it is asked to `connect` and `serve`.
export class Chat {
  visitor = new End(told)
  server = new End(left)
  openings = 0
  drops = 0
  /// What carried the last message, where a protocol has several ways.
  over = null
  #line = null

  constructor(protocol) {
    this.protocol = protocol
    this.name = protocol.name
  }

  /// The visitor's connection is there; `send` says a message on it.
  opened(send) {
    this.openings += 1
    this.visitor.pause()
    this.sayer = send
    send({ heard: this.visitor.heard })
  }

  heard(message) {
    if ('heard' in message) this.visitor.resume(this.sayer, message.heard)
    else this.visitor.hear(message)
  }

  closed() {
    this.visitor.pause()
  }

  /// The server's end of a new connection: what hears, and what is told of its end.
  met(send, drop) {
    this.#line?.end()
    const line = {
      hear: (message) => {
        if (line !== this.#line) return
        if ('heard' in message) {
          send({ heard: this.server.heard })
          this.server.resume(send, message.heard)
        } else this.server.hear(message)
      },
      end: () => {
        if (line === this.#line) {
          this.server.pause()
          this.#line = null
        }
      },
      drop,
    }
    this.#line = line
    return line
  }

  /// Whatever the server received, as text: heads, bodies, messages.
  saw(text) {
    for (const spelling of SPELLINGS) {
      if (text.includes(spelling)) this.server.faults.push(`the visitor's address came: ${spelling}`)
    }
  }

  /// The server ends the connection, as servers that are deployed anew do.
  drop() {
    const line = this.#line
    if (!line) return
    this.drops += 1
    line.end()
    line.drop()
  }

  say() {
    this.visitor.say()
    this.server.say()
  }

  get isWhole() {
    return this.visitor.heard === this.server.said && this.server.heard === this.visitor.said
  }

  /// All that is wrong.
  verdict() {
    const faults = Object.entries({ visitor: this.visitor, server: this.server }).flatMap(([end, { faults }]) =>
      faults.map((fault) => `at the ${end}: ${fault}`),
    )
    if (!this.isWhole) {
      faults.push(`${this.visitor.said} said and ${this.server.heard} heard, ${this.server.said} said back and ${this.visitor.heard} heard`)
    }
    if (this.server.heard === 0 || this.visitor.heard === 0) faults.push('nothing was heard')
    const { arrives } = this.protocol
    if (arrives && this.over !== arrives) faults.push(`it goes over ${this.over} and not ${arrives}`)
    if (this.openings !== this.drops + 1) faults.push(`${this.openings} connections for ${this.drops} drops of the server`)
    return faults
  }
}
