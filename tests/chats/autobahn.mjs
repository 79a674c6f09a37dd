// Autobahn's test cases through privet, both ways: `node autobahn.mjs --kosoku PATH [--privet PATH] [--exclude CASES]`.
//
// `kosoku` (PyPI) runs the case files of Autobahn's test suite, whose own runner needs a Python that is no more. First it is
// the visitor before an echo, then the vendor behind one. Compression (12, 13) is left out: privet declines it. The route keeps
// what it cannot read, since the cases are of frames and not of what is in them.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import WebSocket, { WebSocketServer } from 'ws'

import { Privet } from './privet.mjs'

const LARGEST = 64 << 20
const PLAIN = { perMessageDeflate: false, maxPayload: LARGEST }

const { values } = parseArgs({
  options: {
    kosoku: { type: 'string', default: 'kosoku' },
    privet: { type: 'string', default: fileURLToPath(new URL('../../target/release/privet', import.meta.url)) },
    exclude: { type: 'string', multiple: true, default: [] },
  },
})
const reports = mkdtempSync(join(tmpdir(), 'privet-autobahn-'))
const left = ['12.*', '13.*', ...values.exclude].flatMap((cases) => ['-x', cases])

/// privet before a server on this port.
const before = (port) =>
  new Privet(
    values.privet,
    () => `
[[route]]
name = "echo"
path = "/"
upstream = "http://127.0.0.1:${port}"
policy = "address-only"
undecodable = "keep"
`,
  )

/// Runs the cases to their end, `meanwhile` beside them; how each of them went.
async function cases(name, given, meanwhile = async () => {}) {
  const run = spawn(values.kosoku, [...left, '-o', join(reports, name), ...given], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const begun = new Promise((begin) => {
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (text) => (said += text).includes('listening') && begin())
  })
  process.on('exit', () => run.kill('SIGKILL'))
  const ended = new Promise((end) => run.on('exit', end))
  const [code] = await Promise.all([ended, meanwhile(begun)])
  const [results] = Object.values(JSON.parse(readFileSync(join(reports, name, 'index.json'))))
  const counts = {}
  for (const { behavior } of Object.values(results)) counts[behavior] = (counts[behavior] ?? 0) + 1
  console.log(name, counts)
  if (code !== 0) console.log(said)
  return { passed: code === 0, count: Object.keys(results).length }
}

async function visitor() {
  const echo = new WebSocketServer({ port: 0, host: '127.0.0.1', ...PLAIN })
  echo.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (bytes, binary) => socket.send(bytes, { binary }))
  })
  await new Promise((listening) => echo.on('listening', listening))
  const privet = before(echo.address().port)
  const result = await cases('visitor', ['-p', '4', `127.0.0.1:${await privet.port()}`])
  await privet.stop()
  echo.close()
  return result
}

async function vendor() {
  const port = await free()
  const privet = before(port)
  const url = `ws://127.0.0.1:${await privet.port()}`
  const result = await cases('vendor', ['-m', 'fuzzingserver', `127.0.0.1:${port}`], async (begun) => {
    await begun
    const count = Number(await echo(`${url}/getCaseCount`))
    for (let number = 1; number <= count; number += 1) await echo(`${url}/runCase?case=${number}&agent=privet`)
    await echo(`${url}/updateReports?agent=privet`)
  })
  await privet.stop()
  return result
}

/// Says back all that is heard; the last of it, when the socket is closed.
const echo = (url) =>
  new Promise((closed) => {
    const socket = new WebSocket(url, PLAIN)
    let last
    socket.on('error', () => {})
    socket.on('close', () => closed(last))
    socket.on('message', (bytes, binary) => {
      last = bytes.toString()
      if (url.includes('runCase')) socket.send(bytes, { binary })
    })
  })

/// A port that nobody has.
async function free() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((listening) => server.on('listening', listening))
  const { port } = server.address()
  await new Promise((closed) => server.close(closed))
  return port
}

const results = [await visitor(), await vendor()]
rmSync(reports, { recursive: true, force: true })
const passed = results.filter((result) => result.passed && result.count > 0).length
console.log(`${passed} passed, ${results.length - passed} failed`)
process.exit(passed === results.length ? 0 : 1)
