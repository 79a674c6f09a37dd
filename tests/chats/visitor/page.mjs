// The shop's page, with a bubble, a list of what was said and a line to write in; and the road that browsers take to privet.

import { createServer as createSecure } from 'node:https'
import { connect, createServer } from 'node:net'

import { ADDRESS, PERSON } from './person.mjs'

/// The page of a chat, whose script comes from its place.
const page = (place) => `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>${PERSON.title}</title>
<button id="bubble">Chat</button>
<ol id="said"></ol>
<input id="line" disabled>
<script src="${place}chat.js"></script>
<script>
  const [bubble, said, line] = ['bubble', 'said', 'line'].map((id) => document.getElementById(id))
  const show = ({ from, text }) => said.append(Object.assign(document.createElement('li'), { className: from, textContent: text }))
  bubble.onclick = () => {
    const chat = widget('${place}', { show })
    line.disabled = false
    line.oninput = () => chat.draft(line.value)
    line.onchange = () => {
      if (line.value) chat.say(line.value)
      line.value = ''
    }
  }
</script>
</html>`

/// Serves the page of each chat at its name. Whatever else is asked for is none of the test's.
export async function shop(certificate, placeOf) {
  const server = createSecure(certificate, (request, response) => {
    const name = new URL(request.url, 'http://shop').pathname.slice(1)
    const place = placeOf(name)
    if (!place) return response.writeHead(204).end()
    response.writeHead(200, { 'content-type': 'text/html', 'referrer-policy': 'unsafe-url' }).end(page(place))
  })
  return [server, await listening(server)]
}

/// A balancer that says who comes, by a line of its own before each connection (PROXY protocol, version 1).
export async function balancer(port) {
  const server = createServer((visitor) => {
    const upstream = connect(port, '127.0.0.1')
    upstream.write(`PROXY TCP4 ${ADDRESS} 127.0.0.1 50007 443\r\n`)
    visitor.pipe(upstream).pipe(visitor)
    for (const socket of [visitor, upstream]) socket.on('error', () => (visitor.destroy(), upstream.destroy()))
  })
  return [server, await listening(server)]
}

const listening = (server) => new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server.address().port)))
