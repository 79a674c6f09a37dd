// SignalR: Microsoft's own client, and a hub that speaks its JSON protocol.

import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr'
import { randomUUID } from 'node:crypto'

import * as server from './server.mjs'

export const name = 'signalr'

/// The hub knows a connection by the token it made up for it.
export const rules = `
[[route.rule]]
select = "query:id"
category = "service"
`

const END = '\x1e'

export const serve = (chat) => server.serve(chat, (send, drop) => speak(chat, send, drop), { answer: negotiate })

function negotiate(_, response) {
  const connectionId = randomUUID()
  const availableTransports = [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }]
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ negotiateVersion: 1, connectionId, connectionToken: connectionId, availableTransports }))
}

function speak(chat, send, drop) {
  const tell = (record) => send(JSON.stringify(record) + END)
  const pings = setInterval(() => tell({ type: 6 }), 5_000)
  let line
  return {
    hear(text) {
      for (const record of text.split(END).filter(Boolean).map((each) => JSON.parse(each))) {
        if (record.protocol) {
          tell({})
          line = chat.met((message) => tell({ type: 1, target: 'say', arguments: [message] }), drop)
        } else if (record.type === 1) line?.hear(record.arguments[0])
      }
    },
    end() {
      clearInterval(pings)
      line?.end()
    },
  }
}

export function connect(url, chat) {
  const connection = new HubConnectionBuilder()
    .withUrl(`${url}/hub`)
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 200 })
    .configureLogging(LogLevel.None)
    .build()
  const opened = () => chat.opened((message) => connection.send('say', message).catch(() => {}))
  connection.on('say', (message) => chat.heard(message))
  connection.onreconnecting(() => chat.closed())
  connection.onreconnected(opened)
  connection.start().then(opened)
}
