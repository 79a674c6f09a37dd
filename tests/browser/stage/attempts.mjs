// Every way in which a vendor's script can ask a browser to talk to a host, each to a host of its own name.
//
// `REALM-KIND.clarity.ms` is of a vendor that privet knows, `REALM-KIND.elsewhere.example` of nobody. The texts are a vendor's: whole
// names in quotes, as in real scripts.

const DOMAINS = ['clarity.ms', 'elsewhere.example'];

const KINDS = {
  fetch: (host) => `fetch("https://${host}/x", { mode: "no-cors" }).catch(() => {});`,
  xhr: (host) => `{ const request = new XMLHttpRequest(); request.open("GET", "https://${host}/x"); request.send(); }`,
  socket: (host) => `new WebSocket("wss://${host}/x");`,
  source: (host) => `new EventSource("https://${host}/x");`,
  image: (host) => `new Image().src = "https://${host}/x.gif";`,
  script: (host) => `document.head.append(Object.assign(document.createElement("script"), { src: "https://${host}/x.js" }));`,
  style: (host) => `document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "https://${host}/x.css" }));`,
  frame: (host) => `document.body.append(Object.assign(document.createElement("iframe"), { src: "https://${host}/x.html" }));`,
  preload: (host) => `document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "script", href: "https://${host}/x.js" }));`,
  preconnect: (host) => `document.head.append(Object.assign(document.createElement("link"), { rel: "preconnect", href: "https://${host}" }));`,
  worker: (host) => `new Worker(URL.createObjectURL(new Blob(['fetch("https://${host}/x", { mode: "no-cors" }).catch(() => {})'])));`,
  beacon: (host) => `addEventListener("pagehide", () => navigator.sendBeacon("https://${host}/x"));`,
};

/** What a service worker has of it. */
const BEHIND = ['fetch', 'socket'];

const script = (realm, kinds, domains) =>
  kinds.flatMap((kind) => domains.map((domain) => `try { ${KINDS[kind](`${realm}-${kind}.${domain}`)} } catch {}`)).join('\n');

export const kinds = Object.keys(KINDS);

/** A script that makes every attempt in a page. */
export const attempts = (realm, domains = DOMAINS) => script(realm, kinds, domains);

/** A page of the vendor's for a frame, with markup that contacts by itself, and a service worker. */
export const widget = (domains = DOMAINS) => `<!doctype html><html><head>
${domains.map((domain) => `<link rel="preconnect" href="https://markup-preconnect.${domain}"><img src="https://markup-image.${domain}/x.gif">`).join('\n')}
</head><body><script>
${attempts('widget', domains)}
navigator.serviceWorker.register("/worker.js");
</script></body></html>`;

export const worker = (domains = DOMAINS) => `self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
${script('behind', BEHIND, domains)}`;

/** A script that looks for a way past every proxy, by the servers that its configuration names. */
export const call = (port, host) => `{
  const configuration = { iceServers: [{ urls: "stun:${host}:${port}" }, { urls: "turn:${host}:${port}?transport=udp", username: "u", credential: "c" }] };
  const line = new RTCPeerConnection(configuration);
  line.createDataChannel("x");
  line.createOffer().then((offer) => line.setLocalDescription(offer));
}`;
