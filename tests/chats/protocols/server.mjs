// A WebSocket server for the protocols whose own servers are not Node's: hands each message to a speaker of the protocol.
//
// Invariant: the chat sees all that came, before it is understood.

import { createServer } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { WebSocketServer } from 'ws'

/// Serves with `speak(send, drop)`, which gives back what hears a text, and what is told of the end. `answer` answers requests
/// that ask for no socket. With a certificate it is a server of TLS.
export async function serve(chat, speak, { subprotocol, answer, certificate } = {}) {
  const listener = (request, response) => {
    chat.saw(JSON.stringify([request.url, request.headers]))
    answer ? answer(request, response) : response.writeHead(404).end()
  }
  const http = certificate ? createSecure(certificate, listener) : createServer(listener)
  const server = new WebSocketServer({ server: http, handleProtocols: (offered) => offered.has(subprotocol) && subprotocol })
  server.on('connection', (socket, request) => {
    chat.saw(JSON.stringify([request.url, request.headers]))
    // Every other connection goes without a word.
    const drop = () => (chat.drops % 2 ? socket.terminate() : socket.close(1012, 'restart'))
    const { hear, end } = speak((text) => socket.send(text), drop)
    socket.on('message', (bytes) => {
      chat.saw(bytes.toString())
      hear(bytes.toString())
    })
    socket.on('close', end)
    socket.on('error', () => {})
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return http.address().port
}
