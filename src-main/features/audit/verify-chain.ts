import { ed25519PublicKey } from "#main/crypto/ed25519.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { VaultDatabase } from "#main/database/open.ts";
import type { Verification } from "#shared/models/trace.ts";
import { type CheckpointRecord, checkpointHash, isSignedBy } from "./checkpoint.ts";
import { type ChainHead, ChainLinker, chainStart } from "./ledger.ts";
import { CHAINED_COLUMNS } from "./trace-record.ts";

export type Finding = NonNullable<Verification["finding"]>;

export interface ChainUnderTest {
  readonly vaultId: string;
  readonly db: VaultDatabase;
  readonly auditKey: SecretBytes;
  readonly signingSeed: SecretBytes;
  /** Where the header says the chain was at its last checkpoint. */
  readonly anchor: {
    readonly sequence: number;
    readonly mac: string;
    readonly checkpoint: number;
    /** Known since the vault was opened: the database did not reach the anchor then. Later traces fill the numbers up again. */
    readonly missingFrom: number | undefined;
  };
}

/** What of an open vault is examined. */
export function chainUnderTest(
  vault: Omit<ChainUnderTest, "anchor">,
  anchor: ChainUnderTest["anchor"],
): ChainUnderTest {
  const { vaultId, db, auditKey, signingSeed } = vault;
  return { vaultId, db, auditKey, signingSeed, anchor };
}

// The canonical form of trace-record.ts, built by the database itself: one string a row instead of seventeen values.
const netstring = (column: string) => `octet_length(${column}), ':', ${column}, ','`;
const canonical = `concat(${CHAINED_COLUMNS.map(netstring).join(", ")})`;
const WALK = `SELECT sequence, mac, ${canonical} FROM traces WHERE sequence > ? ORDER BY sequence LIMIT ?`;

/** Rows between two looks at the event loop: verifying a million traces must not freeze the console. */
const SLICE = 2000;
/** How far around a broken record a displaced one is looked for. */
const NEIGHBOURHOOD = 40;

interface WalkRow {
  readonly sequence: number;
  readonly mac: Buffer;
  readonly canonical: string;
}

function* slice(db: VaultDatabase, after: number, limit: number): Generator<WalkRow> {
  for (const [sequence, mac, text] of db.rows(WALK, [after, limit])) {
    yield { sequence: sequence as number, mac: mac as Buffer, canonical: text as string };
  }
}

/** Recomputes everything and believes no stored link (D21). `until` is the durable head when the walk began. */
export async function verifyChain(
  chain: ChainUnderTest,
  until: ChainHead,
): Promise<Omit<Verification, "milliseconds" | "seams">> {
  using linker = new ChainLinker(chain.auditKey);
  const publicKey = ed25519PublicKey(chain.signingSeed);
  const checkpoints = await chain.db.read.selectFrom("checkpoints").selectAll().orderBy("number").execute();
  const { sound, broken } = checkCheckpoints(chain.vaultId, checkpoints, publicKey, chain.anchor);
  const marks = marksOf(sound, chain.anchor);
  let head = chainStart(chain.vaultId);
  const report = (finding: Finding | undefined) => ({
    intact: finding === undefined,
    records: head.sequence,
    checkpoints: checkpoints.length,
    lastSequence: head.sequence,
    head: head.mac.toString("hex"),
    publicKey: publicKey.toString("hex"),
    ...(finding === undefined ? {} : { finding }),
  });
  while (head.sequence < until.sequence) {
    const before = head.sequence;
    for (const row of slice(chain.db, before, Math.min(SLICE, until.sequence - before))) {
      const expected = head.sequence + 1;
      if (row.sequence !== expected) return report(removed(expected, row.sequence - 1));
      const mac = linker.link(head.mac, row.canonical);
      if (!mac.equals(row.mac)) return report(explain(chain, linker, expected, head));
      const signed = marks.get(row.sequence);
      if (signed?.some((mark) => mark !== mac.toString("hex"))) return report(writtenOver(row.sequence, chain.anchor));
      head = { sequence: row.sequence, mac };
    }
    if (head.sequence === before) return report(truncated(before + 1, until.sequence));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return report(checkEnd(head, sound, chain.anchor) ?? broken);
}

/** Links that were signed or anchored, by trace. Two for one trace contradict each other, and both must be held against it. */
function marksOf(
  sound: readonly CheckpointRecord[],
  anchor: ChainUnderTest["anchor"],
): ReadonlyMap<number, readonly string[]> {
  const all = [
    ...sound.map(({ lastSequence, head }) => [lastSequence, head.toString("hex")] as const),
    ...(anchor.sequence > 0 ? [[anchor.sequence, anchor.mac] as const] : []),
  ];
  const marks = new Map<number, string[]>();
  for (const [sequence, mark] of all) marks.set(sequence, [...(marks.get(sequence) ?? []), mark]);
  return marks;
}

const changed = (sequence: number, how: string): Finding => ({
  kind: "changed",
  sequence,
  message: `Trace ${sequence} was changed: ${how}.`,
});

function removed(first: number, last: number): Finding {
  const which = first === last ? `Trace ${first} was` : `Traces ${first} to ${last} were`;
  return { kind: "removed", sequence: first, message: `${which} removed.` };
}

function truncated(first: number, known: number): Finding {
  return {
    kind: "truncated",
    sequence: first,
    message: `The traces end at ${first - 1}, but ${known} were written: the newest were cut off, or the database is an older copy.`,
  };
}

/** The chain holds, but it is not the one that was signed here: its end was cut off and other traces took the numbers. */
function writtenOver(at: number, anchor: ChainUnderTest["anchor"]): Finding {
  const sequence = anchor.missingFrom ?? at;
  return {
    kind: "truncated",
    sequence,
    message: `The traces up to ${at} are not those that were signed: the newest were cut off from ${sequence} on, or the database is an older copy, and new ones were written since.`,
  };
}

/** A record that does not link: displaced, or changed. Tries each neighbour as the record's true predecessor and place. */
function explain(chain: ChainUnderTest, linker: ChainLinker, sequence: number, head: ChainHead): Finding {
  const rows = [...slice(chain.db, Math.max(0, sequence - 1 - NEIGHBOURHOOD), 2 * NEIGHBOURHOOD)];
  const row = rows.find((candidate) => candidate.sequence === sequence);
  if (row === undefined) return removed(sequence, sequence);
  const own = String(sequence);
  const rest = row.canonical.slice(`${own.length}:${own},`.length);
  for (const place of rows) {
    const number = String(place.sequence);
    if (place.sequence === sequence) continue;
    const moved = `${number.length}:${number},${rest}`;
    const fits = [head.mac, ...rows.map((other) => other.mac)].some((previous) =>
      linker.link(previous, moved).equals(row.mac),
    );
    if (fits)
      return {
        kind: "reordered",
        sequence,
        message: `Trace ${sequence} is out of order: this record was written as number ${place.sequence}.`,
      };
  }
  return changed(sequence, "its content or its link is not what was written");
}

/** The checkpoints that can be believed, oldest first, and what is wrong with the first that cannot. */
function checkCheckpoints(
  vaultId: string,
  checkpoints: readonly CheckpointRecord[],
  publicKey: Buffer,
  anchor: ChainUnderTest["anchor"],
): { readonly sound: readonly CheckpointRecord[]; readonly broken: Finding | undefined } {
  const sound: CheckpointRecord[] = [];
  for (const checkpoint of checkpoints) {
    const previous = sound.at(-1);
    const expected = (previous?.number ?? 0) + 1;
    const sequence = checkpoint.lastSequence;
    if (checkpoint.number !== expected)
      return {
        sound,
        broken: { kind: "checkpoint-removed", sequence, message: `Checkpoint ${expected} was removed.` },
      };
    const follows =
      previous === undefined
        ? checkpoint.previous.length === 0
        : checkpoint.previous.equals(checkpointHash(vaultId, previous));
    if (!follows || !checkpoint.publicKey.equals(publicKey) || !isSignedBy(vaultId, checkpoint, publicKey)) {
      const message = `Checkpoint ${checkpoint.number} was changed: its signature or its link does not hold.`;
      return { sound, broken: { kind: "checkpoint-changed", sequence, message } };
    }
    sound.push(checkpoint);
  }
  if (sound.length >= anchor.checkpoint) return { sound, broken: undefined };
  const message = `Checkpoint ${anchor.checkpoint}, which the vault's header names, is missing.`;
  return { sound, broken: { kind: "checkpoint-removed", sequence: anchor.sequence, message } };
}

/** Checkpoints and header say how far the chain reached at least. Not the newest alone: after a cut it may reach less far. */
function checkEnd(
  head: ChainHead,
  checkpoints: readonly CheckpointRecord[],
  anchor: ChainUnderTest["anchor"],
): Finding | undefined {
  const known = checkpoints.reduce((most, { lastSequence }) => Math.max(most, lastSequence), anchor.sequence);
  return head.sequence < known ? truncated(anchor.missingFrom ?? head.sequence + 1, known) : undefined;
}
