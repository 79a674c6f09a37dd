// Runs every chat at once through one privet: `node run.mjs --seconds 20 [--privet PATH] [--only NAME]`.
//
// Both ends talk all the time. The servers drop their connections now and then, and privet is told to reload. Ends with 1 where
// a message was lost, doubled, out of order, changed, or held the visitor's address, or where privet itself cut a connection.

import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Chat, HOME } from './chat.mjs'
import { Privet } from './privet.mjs'
import * as actioncable from './protocols/actioncable.mjs'
import * as phoenix from './protocols/phoenix.mjs'
import * as signalr from './protocols/signalr.mjs'
import * as socketio from './protocols/socketio.mjs'
import * as sockjs from './protocols/sockjs.mjs'
import * as stomp from './protocols/stomp.mjs'

/// Between two messages of an end, two drops of a server, two reloads.
const PAUSE = 25
const DROPS = 7_000
const RELOADS = 5_000
/// How long the last messages may take.
const SETTLING = 30_000

const protocols = [...socketio.protocols, actioncable, phoenix, ...sockjs.protocols, stomp, signalr]
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    privet: { type: 'string', default: fileURLToPath(new URL('../../target/release/privet', import.meta.url)) },
    only: { type: 'string', default: '' },
  },
})

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const every = (milliseconds, act) => setInterval(act, milliseconds)

/// Whoever connects to privet comes from the visitor's home, whichever library it uses.
function liveAtHome(port) {
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...given) {
    const options = given.flat(2).find((each) => each && typeof each === 'object' && 'port' in each)
    if (Number(options?.port) === port) options.localAddress = HOME
    return connect.apply(this, given)
  }
}

/// A strict route a chat, with what an operator adds: what visitors write is a message, and the identifiers that a protocol
/// cannot do without are its own. Each time the file is written, a rule is another.
const routes = (chats) => (generation) =>
  chats
    .map(
      ({ name, upstream, protocol }) => `
[[route]]
name = "${name}"
path = "/${name}/"
upstream = "http://127.0.0.1:${upstream}"
policy = "strict"

[[route.rule]]
select = "json:/**/text"
category = "message"

[[route.rule]]
select = "json:/generation-${generation}"
category = "service"
${protocol.rules ?? ''}`,
    )
    .join('')

async function main() {
  const chats = protocols.filter(({ name }) => name.includes(values.only)).map((protocol) => new Chat(protocol))
  for (const chat of chats) chat.upstream = await chat.protocol.serve(chat)
  const privet = new Privet(values.privet, routes(chats))
  const port = await privet.port()
  liveAtHome(port)
  for (const chat of chats) chat.protocol.connect(`http://127.0.0.1:${port}/${chat.name}`, chat)

  const timers = [every(PAUSE, () => chats.forEach((chat) => chat.say())), every(RELOADS, () => privet.reload())]
  chats.forEach((chat, at) => timers.push(every(DROPS + 300 * at, () => chat.drop())))
  await sleep(Number(values.seconds) * 1000)
  timers.forEach(clearInterval)
  for (let waited = 0; waited < SETTLING && !chats.every((chat) => chat.isWhole); waited += 100) await sleep(100)

  const code = await privet.stop()
  const failed = chats.filter((chat) => !tell(chat)).length + (code === 0 ? 0 : 1)
  console.log(`${privet.reloads} reloads, privet ended with ${code}; its exchanges and sockets:`, privet.outcomes())
  if (failed) console.log(privet.lastWords)
  console.log(`${chats.length - failed} passed, ${failed} failed`)
  process.exit(failed || privet.reloads === 0 ? 1 : 0)
}

/// Tells of a chat, and whether all was well.
function tell(chat) {
  const { visitor, server, name, openings, drops } = chat
  const faults = chat.verdict()
  const counts = `up ${server.heard} of ${visitor.said}, down ${visitor.heard} of ${server.said}`
  console.log(`${faults.length ? 'FAILED' : 'ok    '} ${name.padEnd(20)} ${counts}, ${drops} drops, ${openings} connections`)
  faults.slice(0, 5).forEach((fault) => console.log(`         ${fault}`))
  return faults.length === 0
}

await main()
