import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { PivCard } from "./piv-card.ts";

/** Where the reader's driver listens, inside the daemon's network namespace. */
export const READER_PORT = 35_963;

/** The daemon looks every 400 ms; a card put back between two looks was never away, and is not powered again. */
const NOTICE_MS = 1000;

/** The look of a known card: OpenSC offers ECDSA only to those (here a YubiKey 4's). */
const ATR = Buffer.from("3bf81300008131fe15597562696b657934d4", "hex");

/** vpcd's protocol: two bytes of length, then a control byte (0 off, 1 on, 2 reset, 4 "your ATR?") or a command APDU. */
export class CardSocket {
  readonly #card: PivCard;
  readonly #daemon: ChildProcess;
  #relay: ChildProcess | undefined;
  #pullOutAt: number | undefined;
  #removedAt = Number.NEGATIVE_INFINITY;
  #powered: (() => void) | undefined;

  constructor(card: PivCard, daemon: ChildProcess) {
    this.#card = card;
    this.#daemon = daemon;
  }

  get inserted(): boolean {
    return this.#relay !== undefined;
  }

  async insert(): Promise<void> {
    for (let attempt = 0; this.#relay === undefined; attempt++) {
      if (attempt === 3) throw new Error("the reader has not read the virtual card");
      await sleep(Math.max(0, this.#removedAt + NOTICE_MS - performance.now()));
      const powered = await Promise.race([this.#connect().then(() => true), sleep(5000, false, { ref: false })]);
      if (!powered) await this.remove();
    }
  }

  /** Resolves when the reader has powered the card. */
  #connect(): Promise<void> {
    // The driver's port is inside the daemon's network namespace; bash goes in and carries the bytes out.
    // The daemon answers its clients before its driver listens, so the first knocks may find nobody.
    const knock = `until { exec 3<>/dev/tcp/127.0.0.1/${READER_PORT}; } 2>/dev/null; do sleep 0.05; done`;
    const relay = `${knock}; { cat <&3 & exec cat >&3; }`;
    const inside = ["--target", `${namespacePid(this.#daemon)}`, "--net", "bash", "-c", relay];
    this.#relay = spawn("nsenter", inside, { stdio: ["pipe", "pipe", "ignore"], detached: true });
    this.#serve(this.#relay);
    return new Promise((resolve) => {
      this.#powered = resolve;
    });
  }

  async remove(): Promise<void> {
    const relay = this.#relay;
    if (relay === undefined) return;
    this.#relay = undefined;
    this.#removedAt = performance.now();
    this.#card.reset();
    if (relay.pid === undefined || relay.exitCode !== null || relay.signalCode !== null) return;
    const ended = new Promise((resolve) => relay.once("exit", resolve));
    // The whole group: the half that reads would keep the connection open.
    process.kill(-relay.pid, "SIGKILL");
    await ended;
  }

  pullOutAt(instruction: number): void {
    this.#pullOutAt = instruction;
  }

  #serve(relay: ChildProcess): void {
    let pending = Buffer.alloc(0);
    // A reader that goes away in mid-answer is how tests end; what they expect next shows a connection lost too early.
    relay.stdin?.on("error", () => relay.stdin?.destroy());
    relay.stdout?.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const answer = this.#answer(pending.subarray(2, end));
        pending = pending.subarray(end);
        if (answer !== undefined && this.#relay === relay) relay.stdin?.write(framed(answer));
      }
    });
  }

  #answer(message: Buffer): Buffer | undefined {
    if (message.length > 1) {
      if (message[1] !== this.#pullOutAt) return this.#card.answer(message);
      this.#pullOutAt = undefined;
      void this.remove();
      return undefined;
    }
    if (message[0] === 4) return ATR;
    this.#card.reset();
    if (message[0] === 1) this.#powered?.();
    return undefined;
  }
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** `unshare --fork` stays outside with its network namespace already the new one, so its own pid serves to go in. */
function namespacePid(daemon: ChildProcess): number {
  if (daemon.pid === undefined || daemon.exitCode !== null) throw new Error("the PC/SC daemon has ended");
  return daemon.pid;
}
