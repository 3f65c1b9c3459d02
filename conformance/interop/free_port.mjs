import { randomInt } from 'node:crypto';
import net from 'node:net';

/** Below the ports that the system gives to connections, one of which could else have it before its server has. */
export async function freePort() {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(15_000, 32_000);
    const isFree = await new Promise((resolve) => {
      const server = net.createServer().on('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Error('no port is free');
}
