// A widget that tells too much, over Socket.IO's own client and server.

import { createServer } from 'node:http'
import { Server } from 'socket.io'

import { Vendor, packaged } from './vendor.mjs'

export const name = 'socketio'
export const upstream = (port) => `vendor = "generic-chat"
upstream = "http://127.0.0.1:${port}"`

/// The widget's side. It knows its visitor by an id that it makes up and keeps.
function widget(place, ui) {
  const { origin, pathname } = new URL(place)
  const id = (localStorage.visitor ??= `visitor-${crypto.randomUUID()}`)
  const socket = globalThis.io(origin, { path: `${pathname}socket.io` })
  socket.on('connect', () =>
    socket.emit('hello', {
      visitor_id: id,
      page: { url: location.href, title: document.title, referrer: document.referrer },
      browser: { user_agent: navigator.userAgent, language: navigator.language, screen: `${innerWidth}x${innerHeight}` },
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  )
  socket.on('history', (messages) => messages.forEach(ui.show))
  socket.on('said', ui.show)
  return {
    draft: (draft) => socket.emit('typing', { visitor_id: id, draft }),
    say: (text) => socket.emit('message', { visitor_id: id, text }),
  }
}

export async function serve() {
  const vendor = new Vendor({ '/chat.js': `${packaged('socket.io-client/dist/socket.io.min.js')}\nglobalThis.widget = ${widget}` })
  const http = createServer((request, response) => {
    vendor.saw(JSON.stringify([request.url, request.headers]))
    vendor.gave(request, response) || response.writeHead(404).end()
  })
  const server = new Server(http)
  server.engine.on('connection', (socket) => {
    vendor.saw(JSON.stringify([socket.request.url, socket.request.headers]))
    socket.on('packet', ({ data }) => vendor.saw(String(data)))
  })
  server.on('connection', (socket) => {
    socket.on('hello', ({ visitor_id }) => socket.emit('history', vendor.history(visitor_id)))
    socket.on('typing', () => (vendor.drafts += 1))
    socket.on('message', ({ visitor_id, text }) => {
      const answer = vendor.hear(visitor_id, text)
      socket.emit('said', { from: 'visitor', text })
      socket.emit('said', { from: 'agent', text: answer })
    })
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return Object.assign(vendor, { port: http.address().port })
}
