// socket.io-client: a chat of no vendor in particular (https://socket.io/docs/v4/client-api/).

export const vendor = 'generic-chat';
export const constants = [];
export const says = ['hello', 'message'];
export const rules = `
[[route.rule]]
select = "json:/*/text"
category = "message"
`;

export async function start({ url, person }) {
  const { io } = await import('socket.io-client');
  const socket = io(url, { query: { visitor: person.email } });
  await new Promise((connected, failed) => socket.on('connect', connected).on('connect_error', failed));
  await socket.emitWithAck('hello', { page: location.href, agent: navigator.userAgent, language: navigator.language, email: person.email });
  const { text } = await socket.emitWithAck('message', { text: person.message });
  if (text !== `heard: ${person.message}`) throw new Error(`the chat answers ${text}`);
  return () => socket.disconnect();
}

export const events = ({ message }) => [JSON.parse(message)[0]];

export function serve(backend) {
  const { Server } = globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url)('socket.io');
  new Server(backend.server, { cors: { origin: true, credentials: true } }).on('connection', (socket) => {
    backend.heard('the handshake', JSON.stringify(['handshake', socket.handshake]));
    socket.onAny((name, ...given) => {
      const [said, answered] = given;
      backend.heard('a packet', JSON.stringify([name, said]));
      answered({ text: `heard: ${said?.text}` });
    });
  });
}
