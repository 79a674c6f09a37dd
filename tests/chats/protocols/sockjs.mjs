// SockJS: its own server and client, over a WebSocket and over streams of XMLHttpRequest.

import { createServer } from 'node:http'
import sockjs from 'sockjs'
import SockJS from 'sockjs-client'

const protocol = (name, transport) => ({
  name,

  async serve(chat) {
    const http = createServer()
    http.on('request', (request) => chat.saw(JSON.stringify([request.url, request.headers])))
    http.on('upgrade', (request) => chat.saw(JSON.stringify([request.url, request.headers])))
    const server = sockjs.createServer({ log: () => {}, heartbeat_delay: 5_000 })
    server.on('connection', (connection) => {
      const line = chat.met(
        (message) => connection.write(JSON.stringify(message)),
        () => connection.close(3000, 'restart'),
      )
      connection.on('data', (text) => {
        chat.saw(text)
        line.hear(JSON.parse(text))
      })
      connection.on('close', () => line.end())
    })
    server.installHandlers(http, { prefix: '/chat' })
    await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
    return http.address().port
  },

  /// The library leaves coming back to the page.
  connect(url, chat) {
    const socket = new SockJS(`${url}/chat`, null, { transports: transport })
    socket.onopen = () => chat.opened((message) => socket.send(JSON.stringify(message)))
    socket.onmessage = ({ data }) => chat.heard(JSON.parse(data))
    socket.onclose = () => {
      chat.closed()
      setTimeout(() => this.connect(url, chat), 200)
    }
  },
})

export const protocols = [protocol('sockjs-websocket', 'websocket'), protocol('sockjs-streaming', 'xhr-streaming')]
