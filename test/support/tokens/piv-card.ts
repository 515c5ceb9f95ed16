import { constants, createECDH, type KeyObject, privateDecrypt, randomBytes } from "node:crypto";
import { der } from "#main/crypto/formats/der.ts";

/** A key in one of the card's places: 9a authentication, 9c signature, 9d key management (NIST SP 800-73-4 part 1, table 4b). */
export interface PivKey {
  readonly place: "9a" | "9c" | "9d";
  readonly key: KeyObject;
  readonly certificate: Buffer;
}

export interface PivCardOptions {
  readonly keys: readonly PivKey[];
  readonly pin: string;
  readonly puk: string;
  /** Wrong PINs in a row until it locks. */
  readonly tries: number;
}

const OK = 0x9000;
const SECURITY_NOT_SATISFIED = 0x6982;
const BLOCKED = 0x6983;
const WRONG_DATA = 0x6a80;
const NOT_FOUND = 0x6a82;
const PIN_PLACE = 0x80;
const APPLICATION = Buffer.from("a000000308", "hex");
const CERTIFICATES = { "9a": "5fc105", "9c": "5fc10a", "9d": "5fc10b" } as const;

interface Answer {
  readonly status: number;
  readonly data?: Buffer;
}

/**
 * A PIV card as far as a reader sees it: commands in, answers out (SP 800-73-4 part 2). It answers what OpenSC asks of a
 * finished card; issuing commands are not there, as a key's holder may not use them.
 */
export class PivCard {
  readonly #options: PivCardOptions;
  readonly #objects = new Map<string, Buffer>();
  #pin: string;
  #pinTries: number;
  #pukTries: number;
  #verified = false;
  /** Nothing has been done since the PIN was: what the signature key wants (SP 800-73-4 part 1, table 4b, “PIN Always”). */
  #justVerified = false;
  #chain: Buffer = Buffer.alloc(0);
  #rest: Buffer = Buffer.alloc(0);

  constructor(options: PivCardOptions) {
    this.#options = options;
    this.#pin = options.pin;
    this.#pinTries = options.tries;
    this.#pukTries = options.tries;
    this.#objects.set("5fc102", tlv("53", cardHolderId()));
    // Card Capability Container and Discovery Object: constant but for their place in the answer.
    this.#objects.set(
      "5fc107",
      tlv("53", hex(`f015a000000116ff02${"00".repeat(12)}f10121f20121f300f40100f50110f600f700fa00fb00fc00fd00fe00`)),
    );
    this.#objects.set("7e", tlv("7e", hex("4f0ba0000003080000100001005f2f024010")));
    for (const { place, certificate } of options.keys) {
      const value = Buffer.concat([tlv("70", certificate), hex("710100fe00")]);
      this.#objects.set(CERTIFICATES[place], tlv("53", value));
    }
  }

  get pinTriesLeft(): number {
    return this.#pinTries;
  }

  /** Power on: who was verified is forgotten, the counters are not. */
  reset(): void {
    this.#verified = false;
    this.#chain = Buffer.alloc(0);
    this.#rest = Buffer.alloc(0);
  }

  /** One command APDU (ISO 7816-4), answered with data and status; long answers come by GET RESPONSE. */
  answer(command: Buffer): Buffer {
    const [cla = 0, ins = 0, p1 = 0, p2 = 0] = command;
    if (ins === 0xc0) return this.#next();
    const data = Buffer.concat([this.#chain, dataField(command)]);
    this.#chain = Buffer.alloc(0);
    if ((cla & 0x10) !== 0) {
      this.#chain = data;
      return status(OK);
    }
    const { status: word, data: reply } = this.#command(ins, p1, p2, data);
    if (reply === undefined) return status(word);
    this.#rest = reply;
    return this.#next();
  }

  #next(): Buffer {
    const part = this.#rest.subarray(0, 256);
    this.#rest = this.#rest.subarray(part.length);
    const left = this.#rest.length;
    return Buffer.concat([part, status(left === 0 ? OK : 0x6100 | (left > 255 ? 0 : left))]);
  }

  #command(ins: number, p1: number, p2: number, data: Buffer): Answer {
    const justVerified = this.#justVerified;
    this.#justVerified = false;
    if (ins === 0xa4) return select(data);
    if (ins === 0xcb) {
      const object = this.#objects.get(parse(data).get(0x5c)?.toString("hex") ?? "");
      return object === undefined ? { status: NOT_FOUND } : { status: OK, data: object };
    }
    if (ins === 0x20) return this.#verify(p1, p2, data);
    if (ins === 0x24) return this.#changePin(p2, data);
    if (ins === 0x2c) return this.#unblock(p2, data);
    if (ins === 0x87) return this.#authenticate(p2.toString(16), data, justVerified);
    return { status: 0x6d00 };
  }

  #verify(p1: number, p2: number, data: Buffer): Answer {
    if (p2 !== PIN_PLACE) return { status: 0x6a88 };
    if (p1 === 0xff) this.#verified = false;
    if (p1 === 0xff || (data.length === 0 && this.#verified)) return { status: OK };
    if (data.length === 0) return this.#triesLeft();
    this.#verified = false;
    if (!this.#isPin(data)) return this.#triesLeft();
    this.#verified = true;
    this.#justVerified = true;
    return { status: OK };
  }

  /** Counts; a locked PIN is refused even when it is right. */
  #isPin(padded: Buffer): boolean {
    if (this.#pinTries === 0) return false;
    const right = unpad(padded) === this.#pin;
    this.#pinTries = right ? this.#options.tries : this.#pinTries - 1;
    return right;
  }

  #triesLeft(): Answer {
    return { status: this.#pinTries === 0 ? BLOCKED : 0x63c0 | this.#pinTries };
  }

  #changePin(p2: number, data: Buffer): Answer {
    if (p2 !== PIN_PLACE || data.length !== 16) return { status: WRONG_DATA };
    if (!this.#isPin(data.subarray(0, 8))) return this.#triesLeft();
    this.#pin = unpad(data.subarray(8));
    return { status: OK };
  }

  /** RESET RETRY COUNTER by the PUK. */
  #unblock(p2: number, data: Buffer): Answer {
    if (p2 !== PIN_PLACE || data.length !== 16) return { status: WRONG_DATA };
    if (this.#pukTries === 0) return { status: BLOCKED };
    if (unpad(data.subarray(0, 8)) !== this.#options.puk) {
      this.#pukTries--;
      return { status: this.#pukTries === 0 ? BLOCKED : 0x63c0 | this.#pukTries };
    }
    this.#pukTries = this.#options.tries;
    this.#pinTries = this.#options.tries;
    this.#pin = unpad(data.subarray(8));
    return { status: OK };
  }

  /** GENERAL AUTHENTICATE: the key's bare operation over what the host has hashed and padded. */
  #authenticate(place: string, data: Buffer, justVerified: boolean): Answer {
    const key = this.#options.keys.find((candidate) => candidate.place === place)?.key;
    if (key === undefined) return { status: NOT_FOUND };
    if (!this.#verified || (place === "9c" && !justVerified)) return { status: SECURITY_NOT_SATISFIED };
    const fields = parse(parse(data).get(0x7c) ?? Buffer.alloc(0));
    const challenge = fields.get(0x81);
    const peer = fields.get(0x85);
    if (peer !== undefined && key.asymmetricKeyType === "ec") return { status: OK, data: result(agree(key, peer)) };
    if (challenge === undefined) return { status: WRONG_DATA };
    const raw = { key, padding: constants.RSA_NO_PADDING };
    const value = key.asymmetricKeyType === "rsa" ? privateDecrypt(raw, challenge) : signDigest(key, challenge);
    return { status: OK, data: result(value) };
  }
}

function select(data: Buffer): Answer {
  if (!data.subarray(0, APPLICATION.length).equals(APPLICATION)) return { status: NOT_FOUND };
  const authority = tlv("79", tlv("4f", APPLICATION));
  return { status: OK, data: tlv("61", Buffer.concat([tlv("4f", hex("000010000100")), authority])) };
}

/** Card Holder Unique Identifier: the FASC-N of no agency, so that the random GUID is the card's serial. */
function cardHolderId(): Buffer {
  const agency = hex("d4e739da739ced39ce739d836858210842108421c84210c3eb");
  return Buffer.concat([
    tlv("30", agency),
    tlv("34", randomBytes(16)),
    tlv("35", Buffer.from("20991231")),
    hex("3e00fe00"),
  ]);
}

/**
 * ECDSA over a finished digest on P-256 (FIPS 186-5 section 6.4.1), which node does not offer: it always hashes itself.
 * Big integers are not constant in time; the key lives for one test.
 */
function signDigest(key: KeyObject, digest: Buffer): Buffer {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const d = BigInt(`0x${Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url").toString("hex")}`);
  const z = BigInt(`0x${digest.subarray(0, 32).toString("hex")}`);
  const once = createECDH("prime256v1");
  const point = once.generateKeys();
  const k = BigInt(`0x${once.getPrivateKey("hex")}`);
  const r = BigInt(`0x${point.subarray(1, 33).toString("hex")}`) % n;
  const s = (power(k, n - 2n, n) * (z + r * d)) % n;
  return der(0x30, integer(r), integer(s));
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let left = exponent, square = base % modulus; left > 0n; left >>= 1n, square = (square * square) % modulus) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
  }
  return result;
}

function integer(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = hex(digits.length % 2 === 0 ? digits : `0${digits}`);
  return (bytes[0] ?? 0) >= 0x80 ? der(2, Buffer.of(0), bytes) : der(2, bytes);
}

function agree(key: KeyObject, peer: Buffer): Buffer {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url"));
  return ecdh.computeSecret(peer);
}

/** The data of a short or extended APDU: CLA INS P1 P2, then Lc of one byte, or a zero and Lc of two. */
function dataField(command: Buffer): Buffer {
  if (command.length <= 5) return Buffer.alloc(0);
  if (command[4] !== 0) return command.subarray(5, 5 + (command[4] ?? 0));
  return command.length <= 7 ? Buffer.alloc(0) : command.subarray(7, 7 + command.readUInt16BE(5));
}

/** BER-TLV fields by their one-byte tag. */
function parse(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 1 < bytes.length; ) {
    const tag = bytes.readUInt8(at++);
    let length = bytes.readUInt8(at++);
    if (length > 0x80) {
      const size = length & 0x7f;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    fields.set(tag, bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");
const status = (word: number): Buffer => Buffer.of(word >> 8, word & 0xff);
const tlv = (tag: string, value: Buffer): Buffer => der(Number.parseInt(tag, 16), value);
const result = (value: Buffer): Buffer => tlv("7c", tlv("82", value));
const unpad = (padded: Buffer): string => padded.toString("latin1").replace(/\u00ff+$/, "");
