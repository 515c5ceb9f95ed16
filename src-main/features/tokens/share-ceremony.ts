import { randomId } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call, Resource } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/**
 * Shares on their way to their custodians. They are in this memory only, one after another is forgotten as soon as its custodian
 * has proved to have it, and locking the vault forgets the rest. The backup's file is written after the last one: until then
 * nothing exists that the shares could open, so a ceremony that stops half-way has handed out nothing of worth.
 */
export interface ShareCeremony {
  readonly userId: string;
  readonly label: string;
  readonly setId: string;
  readonly threshold: number;
  readonly total: number;
  /** In the order of their indices. Those handed out are wiped. */
  readonly shares: readonly SecretBytes[];
  readonly path: string;
  readonly file: Buffer;
  /** Who has which, in the order of the indices. */
  readonly custodians: string[];
  /** Who is looking at the next one now. */
  shownTo: string | undefined;
  /**
   * The step that is on its way to its trace. What it changes here it changes only when that is durable, so no other step may
   * begin meanwhile: confirmed twice at once, one share would count for two custodians and the next would be nobody's.
   */
  step: "reveal" | "confirm" | "finish" | undefined;
}

/** Before a step, or one of these. Error: `tokens/ceremony-busy`. */
export function assertNoStep({ step }: ShareCeremony, steps: readonly ShareCeremony["step"][] = STEPS): void {
  if (!steps.includes(step)) return;
  throw new KeysteadError(
    "tokens/ceremony-busy",
    "The step before this one is not on record yet: nothing was done. Wait a moment and look which share is next.",
    { step: step ?? "" },
  );
}

const STEPS = ["reveal", "confirm", "finish"] as const;

export class ShareCeremonies {
  readonly #open = new Map<string, ShareCeremony>();

  /** One at a time for each user: a second one ends the first. */
  add(ceremony: ShareCeremony): string {
    for (const [id, other] of this.#open) if (other.userId === ceremony.userId) this.end(id);
    const id = randomId();
    this.#open.set(id, ceremony);
    return id;
  }

  /** Error: `tokens/ceremony-unknown`, also for somebody else's. */
  of(call: Call, id: string): ShareCeremony {
    const ceremony = this.#open.get(id);
    if (ceremony?.userId === call.session.userId) return ceremony;
    throw new KeysteadError(
      "tokens/ceremony-unknown",
      "This handing-out of shares is over: it was finished, cancelled, or ended by a lock. If no backup file was written, the shares handed out so far open nothing; destroy them and begin anew.",
      { ceremonyId: id },
    );
  }

  end(id: string): void {
    for (const share of this.#open.get(id)?.shares ?? []) share.dispose();
    this.#open.delete(id);
  }

  endAll(): void {
    for (const id of [...this.#open.keys()]) this.end(id);
  }
}

export function shareResource(id: string, ceremony: ShareCeremony, custodian = ""): Resource {
  const index = Math.min(ceremony.custodians.length + 1, ceremony.total);
  const whose = custodian === "" ? "" : `, ${custodian}`;
  return {
    type: "token-share",
    id,
    name: `${ceremony.label}: share ${index} of ${ceremony.total}${whose}`.slice(0, 255),
  };
}
