import { createServer, type Server } from "node:net";

/**
 * Hands out loopback addresses of 127.77.0.0/16, each to one machine on this computer at a time.
 *
 * A claim is a listening socket on the address: the kernel makes it exclusive between test workers and programs, and takes
 * it back when its process ends in any way. A lock file would outlive a kill.
 */
export interface AddressClaim {
  readonly address: string;
  release(): Promise<void>;
}

/** Below the ephemeral range, and not a service anybody runs. */
const CLAIM_PORT = 21_977;
const ATTEMPTS = 500;

export async function claimAddress(): Promise<AddressClaim> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const address = `127.77.${1 + Math.floor(Math.random() * 254)}.${1 + Math.floor(Math.random() * 254)}`;
    const server = await tryListen(address, CLAIM_PORT);
    if (server !== undefined) {
      server.unref();
      return { address, release: () => closed(server) };
    }
  }
  throw new Error(`no free address in 127.77.0.0/16 after ${ATTEMPTS} tries`);
}

/** True when nothing listens on the port there, not even a program bound to every address. */
export async function isPortFree(address: string, port: number): Promise<boolean> {
  const server = await tryListen(address, port);
  if (server === undefined) return false;
  await closed(server);
  return true;
}

function tryListen(host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
