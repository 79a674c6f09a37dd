// ActionCable: Rails' own client, and a server that speaks actioncable-v1-json.

import * as cable from '@rails/actioncable'
import WebSocket from 'ws'

import * as server from './server.mjs'

export const name = 'actioncable'

const PINGS = 1_000

// The client was written for browsers. It looks for a dead connection every few seconds; here more often.
globalThis.addEventListener ??= () => {}
globalThis.removeEventListener ??= () => {}
cable.adapters.WebSocket = WebSocket
cable.ConnectionMonitor.staleThreshold = 2

export const serve = (chat) => server.serve(chat, (send, drop) => speak(chat, send, drop), { subprotocol: 'actioncable-v1-json' })

function speak(chat, send, drop) {
  const tell = (message) => send(JSON.stringify(message))
  const pings = setInterval(() => tell({ type: 'ping', message: Math.floor(Date.now() / 1000) }), PINGS)
  let line
  tell({ type: 'welcome' })
  return {
    hear(text) {
      const { command, identifier, data } = JSON.parse(text)
      if (command === 'subscribe') {
        line = chat.met((message) => tell({ identifier, message }), drop)
        tell({ type: 'confirm_subscription', identifier })
      } else if (command === 'message') {
        const { action, ...message } = JSON.parse(data)
        if (action === 'say') line?.hear(message)
      }
    },
    end() {
      clearInterval(pings)
      line?.end()
    },
  }
}

export function connect(url, chat) {
  const consumer = cable.createConsumer(`${url.replace('http', 'ws')}/cable`)
  const subscription = consumer.subscriptions.create(
    { channel: 'ChatChannel', room: 'prices' },
    {
      connected: () => chat.opened((message) => subscription.perform('say', message)),
      received: (message) => chat.heard(message),
      disconnected: () => chat.closed(),
    },
  )
}
