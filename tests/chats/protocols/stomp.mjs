// STOMP 1.2: the client that most sites use, and a broker of one queue.

import { Client } from '@stomp/stompjs'
import WebSocket from 'ws'

import * as server from './server.mjs'

export const name = 'stomp'

export const serve = (chat) => server.serve(chat, (send, drop) => speak(chat, send, drop), { subprotocol: 'v12.stomp' })

const frame = (command, headers, body = '') =>
  `${command}\n${Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('')}\n${body}\0`

function speak(chat, send, drop) {
  let line
  let number = 0
  return {
    hear(text) {
      if (!text.trim()) return send('\n')
      const [head, body] = text.split(/\n\n([^]*)\0/)
      const [command, ...lines] = head.trim().split('\n')
      const headers = Object.fromEntries(lines.map((each) => each.split(/:(.*)/)))
      if (command === 'CONNECT') send(frame('CONNECTED', { version: '1.2', 'heart-beat': '0,5000' }))
      if (command === 'SUBSCRIBE') {
        const say = (message) => {
          const { id: subscription, destination } = headers
          send(frame('MESSAGE', { subscription, destination, 'message-id': ++number }, JSON.stringify(message)))
        }
        line = chat.met(say, drop)
      }
      if (command === 'SEND') line?.hear(JSON.parse(body))
    },
    end: () => line?.end(),
  }
}

export function connect(url, chat) {
  const client = new Client({
    webSocketFactory: () => new WebSocket(`${url.replace('http', 'ws')}/stomp`, ['v12.stomp']),
    connectHeaders: { login: 'guest', passcode: 'guest' },
    reconnectDelay: 200,
    heartbeatOutgoing: 5_000,
    heartbeatIncoming: 0,
    onConnect() {
      client.subscribe('/queue/prices', ({ body }) => chat.heard(JSON.parse(body)))
      chat.opened((message) => client.publish({ destination: '/queue/prices', body: JSON.stringify(message) }))
    },
    onWebSocketClose: () => chat.closed(),
  })
  client.activate()
}
