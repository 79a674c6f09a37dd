// Every reading of some bytes: what a receiver might undo (compression, base64, percent, escapes), undone until nothing new
// appears. Does not know what is looked for. Invariant: a reading is only ever added.

import zlib from 'node:zlib';

const DEEPEST = 7;
const MOST = 4000;
const LARGEST = 16 << 20;

/** All texts that the bytes can be read as. */
export function readings(bytes) {
  const seen = new Set();
  const texts = [];
  const queue = [[Buffer.from(bytes), 0]];
  while (queue.length > 0 && texts.length < MOST) {
    const [inner, depth] = queue.shift();
    const text = inner.toString('utf8');
    if (inner.length === 0 || seen.has(text)) continue;
    seen.add(text);
    texts.push(text);
    if (depth >= DEEPEST) continue;
    for (const next of [...unpacked(inner), ...under(text)]) queue.push([next, depth + 1]);
  }
  return texts;
}

/** What compressed bytes hold, from wherever a mark begins. */
export function* unpacked(bytes) {
  for (const start of marks(bytes)) {
    for (const open of [zlib.gunzipSync, zlib.inflateSync]) {
      const inner = attempt(() => open(bytes.subarray(start), { maxOutputLength: LARGEST, finishFlush: zlib.constants.Z_SYNC_FLUSH }));
      if (inner?.length) yield inner;
    }
  }
}

function* marks(bytes) {
  for (let at = bytes.indexOf(0x1f); at >= 0; at = bytes.indexOf(0x1f, at + 1)) if (bytes[at + 1] === 0x8b) yield at;
  for (let at = bytes.indexOf(0x78); at >= 0; at = bytes.indexOf(0x78, at + 1)) if ([0x01, 0x5e, 0x9c, 0xda].includes(bytes[at + 1])) yield at;
}

/** What stands under the outermost layer of a text. */
function* under(text) {
  if (text.includes('%')) yield Buffer.from(text.replace(/(%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8')));
  if (text.includes('+')) yield Buffer.from(text.replaceAll('+', ' '));
  if (text.includes('\\')) yield Buffer.from(unescaped(text));
  if (text.includes('&')) yield Buffer.from(text.replace(/&(amp|quot|lt|gt|#39|#x27);/g, (entity) => ENTITIES[entity]));
  // A string that carries bytes, a character each.
  if (/\x1f\x8b|^x[\x01\x5e\x9c\xda]/.test(text)) yield Buffer.from(text, 'latin1');
  const tokens = new Set(text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g)?.slice(0, 2000));
  for (const token of tokens) {
    const inner = Buffer.from(token, 'base64');
    if (legible(inner) || [...marks(inner)].includes(0)) yield inner;
  }
}

const ENTITIES = { '&amp;': '&', '&quot;': '"', '&lt;': '<', '&gt;': '>', '&#39;': "'", '&#x27;': "'" };

function unescaped(text) {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\x([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\(["\\/])/g, '$1');
}

/** Whether bytes read as text: of a word that only looks like base64 they do not. */
function legible(bytes) {
  if (bytes.length < 8) return false;
  const text = bytes.toString('utf8');
  return !text.includes('\ufffd') && !/[\x00-\x08\x0e-\x1f]/.test(text);
}

function attempt(open) {
  try {
    return open();
  } catch {
    return undefined;
  }
}
