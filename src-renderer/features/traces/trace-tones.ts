import type { Trace } from "#shared/models/trace.ts";
import type { Tone } from "../../components/StateTag.tsx";

export const STATUS_TONE: Readonly<Record<Trace["status"], Tone>> = {
  normal: "good",
  warning: "care",
  incident: "bad",
};
export const OUTCOME_TONE: Readonly<Record<Trace["outcome"], Tone>> = {
  allowed: "good",
  denied: "care",
  failed: "bad",
};
