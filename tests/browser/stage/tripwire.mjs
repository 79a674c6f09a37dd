// Where every vendor's name leads when the browser asks for it: counts whoever comes, over TCP and UDP.
//
// Invariant: nobody who came goes uncounted; what they said is read only to tell who it was.

import dgram from 'node:dgram';
import net from 'node:net';

export async function tripwire() {
  const contacts = [];
  const open = new Set();
  const server = net.createServer((socket) => {
    const contact = { over: 'TCP', said: '' };
    contacts.push(contact);
    open.add(socket);
    socket.once('data', (bytes) => {
      contact.said = spoken(bytes);
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  const datagrams = dgram.createSocket('udp4', (bytes) => contacts.push({ over: 'UDP', said: spoken(bytes) }));
  await new Promise((ready) => datagrams.bind(port, '127.0.0.1', ready));
  return {
    port,
    contacts,
    close() {
      server.close();
      datagrams.close();
      open.forEach((socket) => socket.destroy());
    },
  };
}

/** The name in a handshake of TLS (RFC 6066 §3), the first line of a request, or how many bytes it was. */
function spoken(bytes) {
  const text = bytes.toString('latin1');
  // Extension 0, its length, the list's length, a host name, its length.
  const found = bytes[0] === 0x16 && /\x00\x00\x00.\x00.\x00\x00.[a-z0-9-]+\./s.exec(text);
  if (!found) return text.match(/^[A-Z]+ \S+/)?.[0] ?? `${bytes.length} bytes`;
  const length = bytes[found.index + 8];
  return text.slice(found.index + 9, found.index + 9 + length);
}
