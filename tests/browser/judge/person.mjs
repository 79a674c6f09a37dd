// A visitor who says too much: what each surface of the browser tells of her, and what of it may arrive under a policy.
//
// Does not know SDKs. Invariant: a word stands here once, and both the page and the judge take it from here.

export const person = {
  addresses: { control: '203.0.113.77', strict: '203.0.113.77', balanced: '2001:db8:77aa:4d:9abc:def0:1111:2222' },
  agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7731.42 Safari/537.36 Rienvogel/13.37',
  language: 'gsw-CH',
  zone: 'Pacific/Chatham',
  screen: { width: 3917, height: 2833 },
  viewport: { width: 1913, height: 1249 },
  referrer: 'https://suche.rienvogel.example/ergebnisse/CANARYREFPATH?q=CANARYREFQUERY',
  search: 'gclid=CANARYGCLID&fbclid=CANARYFBCLID&email=canary.visitor%40mail.example&utm_source=spring',
  title: 'CANARYTITLE at the hedge shop',
  email: 'canary.visitor@mail.example',
  name: 'Kana Rienvogel',
  phone: '+49 170 5550123',
  user: 'customer-CANARYUSER-20931',
  typed: { search: 'CANARYTYPED boots', email: 'canary.unsent@mail.example', password: 'CANARYPASS-5x!', note: 'leave it at CANARYNOTE' },
  message: 'Hello, CANARYMESSAGE-4417: my order is missing',
};

/** What no vendor may read: a name for the complaint, and how it is found in a text. Digits among hex are a random identifier's. */
const ALWAYS = {
  'the address': /203\.0\.113\.77(?!\d)|(?<!\d)3405803853(?!\d)|cb00714d|2001:db8:77aa:4d\b|20010db877aa004d/i,
  'the agent': /Rienvogel\/13|156\.0\.7731/i,
  'the language': /gsw[-_]ch/i,
  'the screen': /(?<![\da-f.])(3917|2833)(?![\da-f.])/i,
  'the referrer': /CANARYREF/i,
  'a click id': /CANARYGCLID|CANARYFBCLID/i,
  'the email': /canary\.visitor/i,
  'the name': /Kana[ +]Rienvogel/i,
  'the phone': /5550123/,
  'the user id': /CANARYUSER/i,
  'typed text': /CANARYTYPED|canary\.unsent|CANARYNOTE/i,
  'the password': /CANARYPASS/i,
};

/** What strict keeps from a vendor beyond that. */
const STRICT = {
  'the platform': /Linux x86_64|Chrome\/1\d\d/i,
  'the primary language': /(?<![a-z])gsw(?![a-z])/i,
  'the time zone': /Chatham|[+-]13:?45(?!\d)|(?<![\d.])-825(?![\da-f.])|(tz|zone|offset)\W{0,5}-?825(?!\d)/i,
  'the window': /(?<![\d.])(1913x1249|1249x1913)(?![\d.])/,
  'where the visitor came from': /suche\.rienvogel/i,
  'the title': /CANARYTITLE/i,
  'the campaign': /utm_source/i,
};

export const forbidden = { strict: { ...ALWAYS, ...STRICT }, balanced: ALWAYS };

/** Headers that are the browser's own voice; `user-agent` itself is judged by its words. */
export const HINTS = /^(sec-ch-|sec-fetch-|dnt$|x-forwarded|forwarded$|via$|accept-language$|device-memory$|downlink$|rtt$|ect$|viewport-width$)/;
