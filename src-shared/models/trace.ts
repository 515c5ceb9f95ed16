import { z } from "zod";
import { id, time } from "./text.ts";

export const traceStatus = z.enum(["normal", "warning", "incident"]);
export type TraceStatus = z.infer<typeof traceStatus>;

export const traceOutcome = z.enum(["allowed", "denied", "failed"]);

export const trace = z.object({
  /** Position in the chain, from 1, without gaps. */
  sequence: z.int().positive(),
  id,
  time,
  name: z.string(),
  /** `feature.operation` of the contract, or `feature.operation#step` for a step of a task. */
  operation: z.string(),
  effect: z.enum(["read", "change"]),
  operatorId: z.string(),
  operatorName: z.string(),
  /** The door: window, browser, cli, task … */
  source: z.string(),
  resourceType: z.string(),
  resourceId: z.string(),
  resourceName: z.string(),
  status: traceStatus,
  outcome: traceOutcome,
  /** Error code when not allowed; empty otherwise. */
  code: z.string(),
  /** Redacted request and answer, JSON text. */
  request: z.string(),
  answer: z.string(),
  /** Hex of the record's link in the keyed chain. */
  mac: z.string(),
});
export type Trace = z.infer<typeof trace>;

export const checkpoint = z.object({
  number: z.int().positive(),
  time,
  firstSequence: z.int(),
  lastSequence: z.int(),
  /** Chain value after `lastSequence`, hex. */
  head: z.string(),
  /** SHA-256 of the checkpoint before this one, hex; empty for the first. */
  previous: z.string(),
  signature: z.string(),
  publicKey: z.string(),
});

/** An older copy of the database that somebody stood by, and what was lost with it. */
export const rollback = z.object({
  /** First trace known to be missing; after work in the older copy, the lost ones may begin before it. */
  missingFrom: z.int().positive(),
  /** The last trace that had been signed, its link in the chain (hex), and when. */
  lastSigned: z.int().positive(),
  lostHead: z.string(),
  signedAt: time,
  reason: z.string(),
});

/** The same as a verification names it: with the trace that records it. */
export const seam = rollback.extend({ sequence: z.int().positive(), time, operatorName: z.string() });
export type Seam = z.infer<typeof seam>;

/** Outcome of a verification: whole, or the first thing that is wrong. */
export const verification = z.object({
  intact: z.boolean(),
  records: z.int(),
  checkpoints: z.int(),
  lastSequence: z.int(),
  head: z.string(),
  publicKey: z.string(),
  milliseconds: z.number(),
  /** Older copies that were put back on purpose: whole as far as it goes, but not all that was ever written. */
  seams: z.array(seam),
  finding: z
    .object({
      kind: z.enum([
        "changed",
        "removed",
        "reordered",
        "truncated",
        "inserted",
        "checkpoint-changed",
        "checkpoint-removed",
      ]),
      sequence: z.int(),
      message: z.string(),
    })
    .optional(),
});
export type Verification = z.infer<typeof verification>;
