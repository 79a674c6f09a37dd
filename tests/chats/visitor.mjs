// A visitor opens the widget, writes, is answered, reloads and continues: `node visitor.mjs [--privet PATH] [--only NAME]`.
//
// In a browser, over each chat's own client, through privet under `strict`. Ends with 1 where a chat does not go on as the same
// visitor's, where a message does not arrive as it was written, or where a server is told anything of the person.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

import { Privet } from './privet.mjs'
import * as actioncable from './visitor/actioncable.mjs'
import * as livechat from './visitor/livechat.mjs'
import { balancer, shop } from './visitor/page.mjs'
import { DRAFT, PERSON, marksIn } from './visitor/person.mjs'
import * as socketio from './visitor/socketio.mjs'

const FIRST = 'Where is my order 991?'
const SECOND = 'Thank you, to the door please'
const PATIENCE = 15_000

const { values } = parseArgs({
  options: {
    privet: { type: 'string', default: fileURLToPath(new URL('../../target/release/privet', import.meta.url)) },
    browser: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
    policy: { type: 'string', default: 'strict' },
    only: { type: 'string', default: '' },
  },
})

const listener = (names) => `[[listener]]
address = "127.0.0.1:0"
tls = { self_signed = ${JSON.stringify(names)} }
`
const BEHIND = `trusted_proxies = ["127.0.0.1/32"]
proxy_protocol = "required"
`

const route = ({ name, upstream }, port, page) => `
[[route]]
name = "${name}"
path = "/${name}/"
policy = "${values.policy}"
site_origins = ["https://localhost:${page}"]
${upstream(port)}
`

/// privet makes a certificate for the names of the shop and of the vendors, so that nobody else has to.
async function certificateFor(names) {
  const nowhere = '[[route]]\nname = "none"\npath = "/"\nupstream = "http://127.0.0.1:9"\n'
  const maker = new Privet(values.privet, () => nowhere, { listener: listener(names) })
  await maker.port()
  const { certificate } = maker
  await maker.stop()
  return certificate
}

async function main() {
  const chats = [socketio, actioncable, livechat].filter(({ name }) => name.includes(values.only))
  const certificate = await certificateFor(['localhost', ...chats.flatMap(({ hosts = [] }) => hosts)])
  let front
  const placeOf = (name) => chats.some((chat) => chat.name === name) && `https://localhost:${front}/${name}/`
  const [shopping, page] = await shop(certificate, placeOf)
  const vendors = await Promise.all(chats.map(({ serve }) => serve(certificate)))
  const privet = new Privet(values.privet, () => chats.map((chat, at) => route(chat, vendors[at].port, page)).join(''), {
    listener: listener(['localhost']) + BEHIND,
    files: { 'authority.pem': certificate.cert },
  })
  const [road, port] = await balancer(await privet.port())
  front = port

  const browser = await chromium.launch({ executablePath: values.browser, args: ['--no-sandbox', '--disable-gpu'] })
  let failed = 0
  for (const [at, { name, forgets }] of chats.entries()) {
    const faults = await visit(browser, `https://localhost:${page}/${name}`, vendors[at], forgets)
    console.log(`${faults.length ? 'FAILED' : 'ok    '} ${name.padEnd(12)} ${told(vendors[at])}`)
    faults.slice(0, 8).forEach((fault) => console.log(`         ${fault}`))
    failed += faults.length ? 1 : 0
  }
  await browser.close()
  shopping.close()
  road.close()
  const code = await privet.stop()
  console.log(`privet ended with ${code}; its exchanges and sockets:`, privet.outcomes())
  if (failed || code) console.log(privet.lastWords)
  console.log(`${chats.length - failed} passed, ${failed} failed`)
  process.exit(failed || code ? 1 : 0)
}

/// The whole story in one profile of the browser; all that went wrong in it.
async function visit(browser, url, vendor, forgets) {
  const { agent: userAgent, locale, zone: timezoneId, window: viewport, referrer: referer, query } = PERSON
  const context = await browser.newContext({ userAgent, locale, timezoneId, viewport, ignoreHTTPSErrors: true })
  const faults = []
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  page.on('pageerror', (error) => faults.push(`the page says: ${error.message}`))
  try {
    await page.goto(url + query, { referer })
    await page.click('#bubble')
    await say(page, FIRST)
    await page.fill('#line', DRAFT)
    await until(() => vendor.drafts > 0, 'the server was never told that somebody is typing')
    await page.fill('#line', '')
    if (forgets) await page.evaluate(() => localStorage.clear())
    await page.reload()
    await page.click('#bubble')
    await seen(page, 'agent', `You asked: ${FIRST}`)
    await seen(page, 'visitor', FIRST)
    await say(page, SECOND)
    const kept = JSON.stringify(await page.evaluate(() => ({ ...localStorage })))
    // An id that the page made up by itself is nobody's but the visitor's.
    const own = kept.match(/visitor-[0-9a-f-]{36}/)?.[0]
    if (own && [...vendor.visitors.keys()].some((visitor) => marksIn(visitor, [own]).includes(own))) faults.push('the raw id arrived')
  } catch (error) {
    faults.push(error.message.split('\n')[0])
  }
  await context.close()
  const heard = [...vendor.visitors.values()].map((messages) => messages.filter(({ from }) => from === 'visitor').map(({ text }) => text))
  if (JSON.stringify(heard) !== JSON.stringify([[FIRST, SECOND]])) faults.push(`the server heard ${JSON.stringify(heard)}`)
  return [...faults, ...vendor.faults]
}

async function say(page, text) {
  await page.fill('#line', text)
  await page.press('#line', 'Enter')
  await seen(page, 'agent', `You asked: ${text}`)
}

const seen = (page, from, text) => page.locator(`#said .${from}`, { hasText: text }).first().waitFor()

/// Waits for what comes true on this side of the browser.
async function until(is, fault) {
  for (let waited = 0; waited < PATIENCE; waited += 50) {
    if (is()) return
    await new Promise((awake) => setTimeout(awake, 50))
  }
  throw new Error(fault)
}

const told = ({ visitors, drafts }) => `${visitors.size} visitor, ${[...visitors.values()].flat().length} messages, ${drafts} drafts told`

if (existsSync(values.browser)) await main()
else console.log(`skipped: there is no browser at ${values.browser}`)
