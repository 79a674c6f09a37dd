// Who visits, and every mark by which a server would know it is he.
//
// Invariant: a mark is found bare and under percent-encoding, whatever its case.

export const ADDRESS = '203.0.113.77'

export const PERSON = {
  agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7731.42 Quokka/77.4',
  locale: 'gsw-CH',
  zone: 'Pacific/Chatham',
  window: { width: 1337, height: 733 },
  referrer: 'https://search.example/?q=marsupial',
  query: '?email=jane.doe%40example.org&step=2',
  title: 'The basket of Jane-Mira',
}

/// What he begins to write and does not send.
export const DRAFT = 'what if I told them of the quetzal'

/// What nobody on the way out may say. The canaries of a page are in it as they stand there and as scripts escape them.
export const MARKS = [
  ADDRESS, '203-0-113-77', '3405803853', '0xcb00714d', 'quokka', 'gsw', 'chatham', '1337', 'marsupial', 'jane.doe', 'jane-mira', 'quetzal',
]

/// The marks that a text holds.
export function marksIn(text, more = []) {
  const readings = [text, unescaped(text), unescaped(unescaped(text))].map((reading) => reading.toLowerCase())
  return [...MARKS, ...more].filter((mark) => readings.some((reading) => reading.includes(mark.toLowerCase())))
}

const unescaped = (text) => text.replace(/(%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())
