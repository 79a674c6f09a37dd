// Chatwoot's widget as its API has it: messages are posted, and heard over ActionCable with Rails' own client.

import { createHmac, randomUUID } from 'node:crypto'

import { serve as serveSockets } from '../protocols/server.mjs'
import { Vendor, bodyOf, json, packaged } from './vendor.mjs'

export const name = 'actioncable'
export const upstream = (port) => `vendor = "chatwoot"
upstream = "http://127.0.0.1:${port}"`

/// The widget's side. Whose conversation it is, a signed token says, which the server gave.
function widget(place, ui) {
  const call = (method, path, body) =>
    fetch(`${place}api/v1/widget/${path}?website_token=yZ7USzae&locale=${navigator.language}`, {
      method,
      headers: { 'content-type': 'application/json', ...(localStorage.token && { 'x-auth-token': localStorage.token }) },
      body: JSON.stringify(body),
    }).then((answer) => answer.json())
  const begun = (async () => {
    const config = await call('POST', 'config', {})
    localStorage.token = config.website_channel_config.auth_token
    await call('PATCH', 'contact', { email: 'jane.doe@example.org', name: 'Jane-Mira' })
    const consumer = globalThis.ActionCable.createConsumer(`${place.replace('http', 'ws')}cable`)
    const subscribed = new Promise((connected) =>
      consumer.subscriptions.create(
        { channel: 'RoomChannel', pubsub_token: config.contact.pubsub_token },
        { connected, received: ({ event, data }) => event === 'message.created' && ui.show(data) },
      ),
    )
    await subscribed
    const { payload } = await call('GET', 'messages')
    payload.forEach(ui.show)
  })()
  return {
    draft: () => begun.then(() => call('POST', 'conversations/toggle_typing', { typing_status: 'on' })),
    say: (content) =>
      begun.then(() => call('POST', 'messages', { message: { content, timestamp: String(new Date()), referer_url: location.href } })),
  }
}

/// A token as Rails signs it: who was given it can be told, and nobody else can write one.
const signed = (claims) => {
  const parts = [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${parts}.${createHmac('sha256', 'the server alone').update(parts).digest('base64url')}`
}
const claims = (token) => {
  const found = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))
  if (signed(found) !== token) throw new Error('a token is not the one that was given')
  return found
}

export async function serve() {
  const script = packaged('@rails/actioncable/app/assets/javascripts/actioncable.js')
  const vendor = new Vendor({ '/chat.js': `${script}\nglobalThis.widget = ${widget}` })
  const rooms = new Map()
  const answer = async (request, response) => {
    if (vendor.gave(request, response)) return
    const body = await bodyOf(request, vendor)
    const path = request.url.split('?')[0].replace('/api/v1/widget/', '')
    const token = request.headers['x-auth-token'] ?? signed({ source_id: randomUUID(), inbox_id: 1 })
    const visitor = claims(token).source_id
    if (path === 'config') {
      json(response, { website_channel_config: { auth_token: token }, contact: { pubsub_token: `room-${visitor}` } })
    } else if (path === 'messages' && request.method === 'GET') {
      json(response, { payload: vendor.history(visitor) })
    } else if (path === 'messages') {
      const text = JSON.parse(body).message.content
      const answered = vendor.hear(visitor, text)
      const tell = (data) => rooms.get(`room-${visitor}`)?.({ event: 'message.created', data })
      tell({ from: 'visitor', text })
      tell({ from: 'agent', text: answered })
      json(response, {})
    } else {
      if (path.endsWith('toggle_typing')) vendor.drafts += 1
      json(response, {})
    }
  }
  const speak = (send) => {
    const tell = (message) => send(JSON.stringify(message))
    tell({ type: 'welcome' })
    return {
      hear(text) {
        const { command, identifier } = JSON.parse(text)
        if (command !== 'subscribe') return
        rooms.set(JSON.parse(identifier).pubsub_token, (message) => tell({ identifier, message }))
        tell({ type: 'confirm_subscription', identifier })
      },
      end() {},
    }
  }
  vendor.port = await serveSockets(vendor, speak, { subprotocol: 'actioncable-v1-json', answer })
  return vendor
}
