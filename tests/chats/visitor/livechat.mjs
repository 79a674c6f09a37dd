// LiveChat's own SDK (@livechat/customer-sdk), and a backend that speaks its Customer Chat API.

import { randomUUID } from 'node:crypto'

import { serve as serveSockets } from '../protocols/server.mjs'
import { Vendor, bodyOf, json, packaged } from './vendor.mjs'

export const name = 'livechat'

/// The whole vendor stands behind one route: each of its hosts at its own place, and all of them here.
export const hosts = ['api.livechatinc.com', 'accounts.livechatinc.com', 'queue.livechatinc.com']
export const upstream = (port) => `vendor = "livechat"
connect_to = "127.0.0.1:${port}"
upstream_ca = "authority.pem"`

/// The page's storage goes before the reload: the account server knows the visitor by its cookies alone.
export const forgets = true

const ORGANIZATION = '390e44e6-f1e6-4ddb-9c2e-74a14508c2ef'

/// The page's side: the SDK's documented calls, nothing else.
function widget(place, ui) {
  const sdk = globalThis.CustomerSDK.init({
    organizationId: '390e44e6-f1e6-4ddb-9c2e-74a14508c2ef',
    clientId: 'c5e4f61e1a6c3b1521b541bc5c5a2ac5',
    page: { url: location.href, title: document.title },
    referrer: document.referrer,
    customerDataProvider: () => ({ name: 'Jane-Mira', email: 'jane.doe@example.org', sessionFields: { agent: navigator.userAgent } }),
  })
  const show = ({ authorId, text }) => ui.show({ from: authorId === 'agent@shop.example' ? 'agent' : 'visitor', text })
  let chatId
  const connected = new Promise((resolve) =>
    sdk.on('connected', async () => {
      chatId = (await sdk.listChats()).chatsSummary[0]?.id
      if (chatId) (await sdk.getChat({ chatId })).thread.events.forEach(show)
      resolve()
    }),
  )
  sdk.on('incoming_event', ({ event }) => show(event))
  sdk.on('incoming_chat', ({ chat }) => chat.thread.events.forEach(show))
  const message = (text) => ({ type: 'message', text })
  return {
    draft: (sneakPeekText) => sdk.setSneakPeek({ chatId, sneakPeekText }),
    async say(text) {
      await connected
      if (chatId) return sdk.sendEvent({ chatId, event: message(text) })
      chatId = (await sdk.startChat({ chat: { thread: { events: [message(text)] } } })).chat.id
    },
  }
}

/// The SDK is given out as it is on npm: that it finds the route is privet's doing.
export async function serve(certificate) {
  const sdk = packaged('@livechat/customer-sdk/dist/customer-sdk.min.js')
  const vendor = new Vendor({ '/chat.js': `${sdk}\nglobalThis.widget = ${widget}` })
  const customers = new Map()

  const answer = async (request, response) => {
    if (vendor.gave(request, response)) return
    const body = await bodyOf(request, vendor)
    if (request.headers.host !== 'accounts.livechatinc.com') return json(response, {})
    const { organization_id, grant_type } = JSON.parse(body)
    if (organization_id !== ORGANIZATION || grant_type !== 'cookie') return response.writeHead(400).end()
    const known = request.headers.cookie?.match(/__lc_cid=([^;]+)/)?.[1]
    const customer = known ?? randomUUID()
    const token = `dal:${randomUUID()}`
    customers.set(`Bearer ${token}`, customer)
    const cookie = (name, value) => `${name}=${value}; Path=/v2; Max-Age=63072000; Secure; HttpOnly; SameSite=None`
    json(
      response,
      { access_token: token, entity_id: customer, expires_in: 28_800, token_type: 'Bearer' },
      { 'set-cookie': [cookie('__lc_cid', customer), cookie('__lc_cst', randomUUID())] },
    )
  }

  const speak = (send) => {
    let customer
    const event = ({ from, text }, at) => ({
      id: `E${at}`,
      type: 'message',
      text,
      author_id: from === 'agent' ? 'agent@shop.example' : customer,
      created_at: new Date(1_795_000_000_000 + at).toISOString(),
      recipients: 'all',
    })
    const thread = (length) => {
      const events = vendor.history(customer).slice(0, length).map(event)
      return { id: `T-${customer}`, active: true, created_at: new Date(1_795_000_000_000).toISOString(), user_ids: [customer], events }
    }
    const users = () => [{ type: 'customer', id: customer, present: true }]
    const chat = (length) => ({ id: `C-${customer}`, users: users(), thread: thread(length) })
    const summary = () => ({ id: `C-${customer}`, active: true, users: users(), last_event_per_type: {} })
    const dynamic = () => ({
      organization_id: ORGANIZATION,
      customer_data: {},
      customer_groups: { monitoring: { id: 0 } },
      online_groups_ids: [0],
    })
    const statistics = {
      chats_count: 0, threads_count: 0, visits_count: 1, page_views_count: 1, greetings_shown_count: 0, greetings_accepted_count: 0,
    }
    const ids = () => ({ chat_id: `C-${customer}`, thread_id: `T-${customer}` })

    const incoming = (event) => ({ action: 'incoming_event', payload: { ...ids(), event } })
    const heard = (text) => {
      const at = vendor.history(customer).length
      vendor.hear(customer, text)
      return vendor.history(customer).slice(at).map((message, index) => event(message, at + index))
    }

    /// What each request is answered with, what is pushed before that, and then.
    const actions = {
      login({ token }) {
        customer = customers.get(token)
        if (!customer) return { error: { type: 'authentication', message: 'no such token' } }
        const chats = vendor.history(customer).length ? [{ chat_id: `C-${customer}`, has_unread_events: false, has_active_thread: true }] : []
        const self = { id: customer, type: 'customer', statistics }
        return { payload: { customer_id: customer, customer: self, has_active_thread: chats.length > 0, chats, __priv_dynamic_config: dynamic() } }
      },
      list_chats() {
        const summaries = vendor.history(customer).length ? [summary()] : []
        return { payload: { chats_summary: summaries, total_chats: summaries.length } }
      },
      get_chat: () => ({ payload: chat() }),
      start_chat({ chat: { thread: { events } } }) {
        const [, agents] = heard(events[0].text)
        return { payload: ids(), push: { action: 'incoming_chat', payload: { chat: chat(1) } }, then: incoming(agents) }
      },
      send_event({ event: { text } }) {
        const [own, agents] = heard(text)
        return { payload: { event_id: own.id }, push: incoming(own), then: incoming(agents) }
      },
      send_sneak_peek() {
        vendor.drafts += 1
        return { payload: {} }
      },
    }
    const tell = (frame) => send(JSON.stringify({ version: '3.5', ...frame }))
    return {
      hear(text) {
        const { request_id, action, payload } = JSON.parse(text)
        const { payload: told = {}, error, push, then } = actions[action]?.(payload) ?? {}
        if (push) tell({ type: 'push', request_id, ...push })
        tell({ type: 'response', request_id, action, success: !error, payload: error ? { error } : told })
        if (then) tell({ type: 'push', ...then })
      },
      end() {},
    }
  }
  vendor.port = await serveSockets(vendor, speak, { answer, certificate })
  return vendor
}
