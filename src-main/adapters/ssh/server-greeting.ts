import { FormatFault } from "#main/crypto/formats/format-fault.ts";
import { WireReader } from "#main/crypto/ssh-wire.ts";

/** The server's side of the negotiation, RFC 4253 section 7.1. */
export interface ServerOffer {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly hmac: readonly string[];
}

/** RFC 4253 section 6.1: a packet that every implementation must take, and none need exceed before encryption. */
const MAX_PACKET = 35_000;
const MAX_GREETING = 64 * 1024;
const KEXINIT = 20;

/**
 * Listens to the first bytes a server sends, in the clear, beside ssh2. From them we know what failed (not SSH at all, no
 * common algorithm, a refusal in words) without reading ssh2's error texts.
 */
export class GreetingTap {
  #bytes: Buffer = Buffer.alloc(0);
  #done = false;
  /** The identification string, e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`; `undefined` until it has come. */
  identification: string | undefined;
  /** `undefined` until the whole KEXINIT packet has come. */
  offer: ServerOffer | undefined;

  push(chunk: Buffer): void {
    if (this.#done) return;
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.identification === undefined) this.#readIdentification();
    if (this.identification !== undefined) this.#readOffer();
    if (this.#bytes.length > MAX_GREETING) this.#done = true;
  }

  /** RFC 4253 section 5.1: 1.99 means 2.0 for us. */
  get speaksSsh2(): boolean {
    return this.identification !== undefined && /^SSH-(2\.0|1\.99)-/.test(this.identification);
  }

  get silent(): boolean {
    return this.identification === undefined && this.#bytes.length === 0;
  }

  /** What came instead of, or before, an identification string. */
  get text(): string {
    return this.identification === undefined ? this.#bytes.toString("latin1") : "";
  }

  #readIdentification(): void {
    let start = 0;
    for (;;) {
      const end = this.#bytes.indexOf(0x0a, start);
      if (end < 0) return;
      // Section 4.2: other lines may come before it; CR is required but sometimes missing.
      const line = this.#bytes.toString("latin1", start, end).replace(/\r$/, "");
      start = end + 1;
      if (!line.startsWith("SSH-")) continue;
      this.identification = line.replace(/[^\x20-\x7e]/g, "?").slice(0, 255);
      this.#bytes = this.#bytes.subarray(start);
      return;
    }
  }

  /** uint32 packet_length, byte padding_length, byte 20, byte[16] cookie, ten name-lists … */
  #readOffer(): void {
    if (this.#bytes.length < 6) return;
    const length = this.#bytes.readUInt32BE(0);
    if (this.#bytes[5] !== KEXINIT || length > MAX_PACKET) {
      this.#done = true;
      return;
    }
    if (this.#bytes.length < 4 + length) return;
    this.#done = true;
    this.offer = readOffer(this.#bytes.subarray(4 + 1 + 1 + 16, 4 + length));
    this.#bytes = Buffer.alloc(0);
  }
}

/** `undefined` when the lists are cut off; ssh2 then refuses the packet itself. */
function readOffer(lists: Buffer): ServerOffer | undefined {
  const reader = new WireReader(lists);
  const next = () => reader.string().toString("latin1").split(",");
  try {
    const [kex, serverHostKey, cipher] = [next(), next(), next()];
    next(); // server to client: the same cipher list in every server we know
    return { kex, serverHostKey, cipher, hmac: next() };
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}
