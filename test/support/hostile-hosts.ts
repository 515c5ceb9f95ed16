import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A TCP server on loopback that is no good SSH server; ends with the test: `await using host = await silentHost()`. */
export interface HostileHost extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** All that clients have sent so far: shows what left our side before a failure. */
  readonly received: () => Buffer;
}

export async function hostileHost(behave: (socket: Socket) => void): Promise<HostileHost> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => sockets.delete(socket)); // the other side hangs up: that is what is tested
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    behave(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    received: () => Buffer.concat(chunks),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Accepts and says nothing. */
export const silentHost = () => hostileHost(() => undefined);

/** Hangs up at once, without a byte: a deny list, or a port forwarder with nobody behind it. */
export const closingHost = () => hostileHost((socket) => socket.destroy());

/** Sends one text, then hangs up: how OpenSSH turns an address away. */
export const sayingHost = (text: string | Buffer) => hostileHost((socket) => socket.end(text));

/** Answers as a web server does to a line that is no request. */
export const httpHost = () =>
  hostileHost((socket) => {
    socket.once("data", () =>
      socket.end(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Bad Request</h1>\r\n",
      ),
    );
  });

/** Never ends its first line. */
export const babblingHost = () =>
  hostileHost((socket) => {
    const more = () => socket.writable && socket.write(Buffer.alloc(4096, 0x41), () => setImmediate(more));
    more();
  });

/** Introduces itself as SSH, then sends `afterwards` instead of a key exchange, and stays. */
export const pretendingHost = (afterwards: Buffer = Buffer.alloc(0)) =>
  hostileHost((socket) => {
    socket.write(Buffer.concat([Buffer.from("SSH-2.0-OpenSSH_9.9\r\n"), afterwards]));
  });

/** Introduces itself and hangs up during the key exchange. */
export const quittingHost = () => hostileHost((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"));

/** A KEXINIT packet (RFC 4253 section 7.1) with the given lists: `pretendingHost(kexInit({ kex: […] }))`. */
export function kexInit(lists: {
  readonly kex: readonly string[];
  readonly hostKey?: readonly string[];
  readonly cipher?: readonly string[];
  readonly mac?: readonly string[];
}): Buffer {
  const { kex, hostKey = ["ssh-ed25519"], cipher = ["aes128-ctr"], mac = ["hmac-sha2-256"] } = lists;
  const names = [kex, hostKey, cipher, cipher, mac, mac, ["none"], ["none"], [], []].map((list) => {
    const text = Buffer.from(list.join(","));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, text]);
  });
  const payload = Buffer.concat([Buffer.of(20), Buffer.alloc(16, 7), ...names, Buffer.alloc(5)]);
  const padding = 8 - ((5 + payload.length) % 8) + 8;
  const header = Buffer.alloc(5);
  header.writeUInt32BE(1 + payload.length + padding);
  header[4] = padding;
  return Buffer.concat([header, payload, Buffer.alloc(padding)]);
}
