import { MessageAuthenticator, sha256 } from "#main/crypto/hash.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { WritableDb } from "#main/database/brands.ts";
import { insertTraces } from "#main/database/trace-rows.ts";
import { type ChainedTrace, canonicalTrace, type TraceDraft } from "./trace-record.ts";

/** The end of the chain: the last record's number and link. */
export interface ChainHead {
  readonly sequence: number;
  readonly mac: Buffer;
}

/** Before the first record: bound to the vault, so that a chain cannot be moved to another. */
export function chainStart(vaultId: string): ChainHead {
  return { sequence: 0, mac: sha256(`keystead/traces/v1\0${vaultId}`) };
}

/** mac(n) = HMAC-SHA-256(audit key, hex(mac(n-1)) || canonical record n). */
export class ChainLinker implements Disposable {
  readonly #authenticator: MessageAuthenticator;

  constructor(auditKey: SecretBytes) {
    this.#authenticator = new MessageAuthenticator(auditKey);
  }

  link(previousMac: Uint8Array, canonical: string): Buffer {
    return this.#authenticator.tag(
      Buffer.from(previousMac.buffer, previousMac.byteOffset, previousMac.length).toString("hex") + canonical,
    );
  }

  [Symbol.dispose](): void {
    this.#authenticator.dispose();
  }
}

/**
 * Appends to the chain. The head is kept in memory and moved only when the transaction is durable, so a failed commit leaves
 * the chain where the disk has it (D24: an append never reads the log).
 */
export class Ledger implements Disposable {
  readonly #linker: ChainLinker;
  #head: ChainHead;

  constructor(linker: ChainLinker, head: ChainHead) {
    this.#linker = linker;
    this.#head = head;
  }

  get head(): ChainHead {
    return this.#head;
  }

  /** Writes `drafts` in this transaction and returns the new head, to be given to `advance` once it is durable. */
  async append(tx: WritableDb, drafts: readonly TraceDraft[]): Promise<ChainHead> {
    let { sequence, mac } = this.#head;
    const rows: ChainedTrace[] = [];
    for (const draft of drafts) {
      sequence += 1;
      mac = this.#linker.link(mac, canonicalTrace(sequence, draft));
      rows.push({ ...draft, sequence, mac });
    }
    await insertTraces(tx, rows);
    return { sequence, mac };
  }

  advance(head: ChainHead): void {
    this.#head = head;
  }

  /** Nothing can be appended any more; the audit key is wiped from here too. */
  [Symbol.dispose](): void {
    this.#linker[Symbol.dispose]();
  }
}
