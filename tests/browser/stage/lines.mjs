// Connections passed on: a balancer that tells privet whom it speaks for, and the far end of TLS where privet is not there.
//
// Neither reads what it passes.

import net from 'node:net';
import tls from 'node:tls';

/** Before privet: says whose connection it is by the PROXY protocol, version 1, and passes on. `visitor.address` may change. */
export function balancer(visitor, port) {
  return listening(net.createServer((socket) => {
    const [family, here] = net.isIPv6(visitor.address) ? ['TCP6', '::1'] : ['TCP4', '127.0.0.1'];
    join(socket, port, `PROXY ${family} ${visitor.address} ${here} ${socket.remotePort} 443\r\n`);
  }));
}

/** Ends TLS and passes on to the port of the name that was asked for. */
export function front({ cert, key }, portOf) {
  return listening(tls.createServer({ cert, key }, (visitor) => {
    const port = portOf(visitor.servername);
    if (port) join(visitor, port);
    else visitor.destroy();
  }));
}

function join(visitor, port, first = '') {
  const server = net.connect(port, '127.0.0.1');
  server.write(first);
  visitor.pipe(server).pipe(visitor);
  visitor.on('error', () => server.destroy());
  server.on('error', () => visitor.destroy());
  visitor.on('close', () => server.destroy());
  server.on('close', () => visitor.destroy());
}

async function listening(server) {
  const open = new Set();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    port: server.address().port,
    close() {
      server.close();
      open.forEach((socket) => socket.destroy());
    },
  };
}
