// Phoenix channels: the framework's own client, and a server that speaks its serializer's version 2.

import { Socket } from 'phoenix'
import WebSocket from 'ws'

import * as server from './server.mjs'

export const name = 'phoenix'

export const serve = (chat) => server.serve(chat, (send, drop) => speak(chat, send, drop))

function speak(chat, send, drop) {
  let line
  return {
    hear(text) {
      const [joinRef, ref, topic, event, payload] = JSON.parse(text)
      const reply = (response) => send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response }]))
      if (event === 'phx_join') {
        line = chat.met((message) => send(JSON.stringify([joinRef, null, topic, 'say', message])), drop)
        reply({})
      } else if (event === 'heartbeat') reply({})
      else if (event === 'say') line?.hear(payload)
    },
    end: () => line?.end(),
  }
}

export function connect(url, chat) {
  const socket = new Socket(`${url.replace('http', 'ws')}/socket`, {
    transport: WebSocket,
    heartbeatIntervalMs: 5_000,
    reconnectAfterMs: () => 200,
    rejoinAfterMs: () => 200,
    params: { page: 'prices' },
  })
  const channel = socket.channel('room:prices', { page: 'prices' })
  channel.on('say', (message) => chat.heard(message))
  socket.onClose(() => chat.closed())
  socket.connect()
  // What is pushed while the socket closes, the client keeps and says at the next join, before the chat has found its place.
  const say = (message) => socket.isConnected() && channel.push('say', message)
  channel.join().receive('ok', () => chat.opened(say))
}
