import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { id, nothing, time } from "../models/text.ts";
import { checkpoint, trace, traceOutcome, traceStatus, verification } from "../models/trace.ts";
import { operation } from "./operation.ts";

export const audit = {
  list: operation({
    summary: "Lists traces, newest first, filtered and paged",
    params: z.strictObject({
      /** Continue below this sequence number (exclusive). */
      before: z.int().positive().optional(),
      limit: z.int().min(1).max(LIMITS.pageRows).default(100),
      keyword: z.string().max(LIMITS.nameMax).optional(),
      name: z.string().max(100).optional(),
      operator: z.string().max(LIMITS.nameMax).optional(),
      resourceType: z.string().max(100).optional(),
      resourceId: id.optional(),
      status: traceStatus.optional(),
      outcome: traceOutcome.optional(),
      effect: z.enum(["read", "change"]).optional(),
      from: time.optional(),
      to: time.optional(),
    }),
    result: z.object({ traces: z.array(trace), total: z.int() }),
    action: "cts:trace:list",
    trace: "listTraces",
    effect: "read",
  }),
  get: operation({
    summary: "Shows one trace",
    params: z.strictObject({ sequence: z.int().positive() }),
    result: trace,
    action: "cts:trace:get",
    trace: "getTrace",
    effect: "read",
  }),
  verify: operation({
    summary: "Recomputes the whole chain and its checkpoints and names the first record that is not as written",
    params: nothing,
    result: verification,
    action: "cts:trace:verify",
    trace: "verifyTraces",
    effect: "read",
  }),
  checkpoints: operation({
    summary: "Lists the signed checkpoints, newest first",
    params: nothing,
    result: z.object({ checkpoints: z.array(checkpoint) }),
    action: "cts:trace:list",
    trace: "listCheckpoints",
    effect: "read",
  }),
} as const;
