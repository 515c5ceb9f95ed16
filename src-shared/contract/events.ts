import { z } from "zod";
import { task } from "../models/task.ts";
import { id } from "../models/text.ts";
import { features } from "./index.ts";

/**
 * What main tells every open console of its own accord, after the fact is durable. Events name what changed; the console
 * asks for the new state by operations, so an event carries no more than its caller may read (`task` steps excepted).
 */
export const keysteadEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("changed"),
    feature: z.enum(features),
  }),
  z.object({ type: z.literal("task"), task }),
  z.object({ type: z.literal("locked"), reason: z.enum(["asked", "idle", "suspended", "closing"]) }),
  z.object({ type: z.literal("unlocked") }),
  z.object({ type: z.literal("warning"), id, message: z.string() }),
]);
export type KeysteadEvent = z.infer<typeof keysteadEvent>;

export type EventListener = (event: KeysteadEvent) => void;
/** Ends a subscription; calling it twice is harmless. */
export type Unsubscribe = () => void;
