// Socket.IO 4: its own server and client, over a WebSocket, over long polling, and from the one to the other.

import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'

const protocol = (name, transports, arrives) => ({
  name,
  arrives,

  async serve(chat) {
    const http = createServer()
    const server = new Server(http, { transports, path: '/socket.io', maxHttpBufferSize: 1e6 })
    server.engine.on('connection', (socket) => {
      chat.saw(JSON.stringify([socket.request.url, socket.request.headers]))
      socket.on('packet', ({ data }) => chat.saw(String(data)))
    })
    server.on('connection', (socket) => {
      const line = chat.met(
        (message) => socket.emit('say', message),
        () => socket.conn.close(),
      )
      socket.on('say', (message) => line.hear(message))
      socket.on('disconnect', () => line.end())
    })
    await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
    return http.address().port
  },

  connect(url, chat) {
    const { origin, pathname } = new URL(url)
    const socket = io(origin, {
      path: `${pathname}/socket.io`,
      transports,
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
      auth: { page: 'prices' },
    })
    socket.on('connect', () => chat.opened((message) => socket.emit('say', message)))
    socket.on('say', (message) => {
      chat.over = socket.io.engine.transport.name
      chat.heard(message)
    })
    socket.on('disconnect', () => chat.closed())
  },
})

export const protocols = [
  protocol('socketio-websocket', ['websocket'], 'websocket'),
  protocol('socketio-polling', ['polling'], 'polling'),
  protocol('socketio-upgrade', ['polling', 'websocket'], 'websocket'),
]
