import type { Input } from "#shared/contract/index.ts";
import { LIMITS } from "#shared/limits.ts";
import type { Trace } from "#shared/models/trace.ts";

export const TRACE_FILTER_KEYS = [
  "q",
  "name",
  "operator",
  "type",
  "resource",
  "status",
  "outcome",
  "time",
  "from",
  "to",
  "reads",
] as const;
export type TraceFilter = Readonly<Record<(typeof TRACE_FILTER_KEYS)[number], string>>;

const HOUR = 3_600_000;
export const TIME_PRESETS = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const;
export type TimePreset = keyof typeof TIME_PRESETS;

export function isTimePreset(text: string): text is TimePreset {
  return Object.hasOwn(TIME_PRESETS, text);
}

const STATUSES: Readonly<Record<Trace["status"], true>> = { normal: true, warning: true, incident: true };
const OUTCOMES: Readonly<Record<Trace["outcome"], true>> = { allowed: true, denied: true, failed: true };
export const TRACE_STATUSES = Object.keys(STATUSES) as readonly Trace["status"][];
export const TRACE_OUTCOMES = Object.keys(OUTCOMES) as readonly Trace["outcome"][];

/** Whether a text can be the id of anything. One that cannot matches no trace; left out, it would match all. */
export function isResourceId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text.trim());
}

function oneOf<T extends string>(choices: readonly T[], text: string): T | undefined {
  return choices.find((choice) => choice === text);
}

function moment(text: string): number | undefined {
  const time = Number(text);
  return text !== "" && Number.isSafeInteger(time) && time >= 0 ? time : undefined;
}

/** The page's filters as parameters of `audit.list`; what an edited address gets wrong is left out. */
export function traceParams(filter: TraceFilter, now: number): Input<"audit", "list"> {
  const resource = filter.resource.trim();
  const status = oneOf(TRACE_STATUSES, filter.status);
  const outcome = oneOf(TRACE_OUTCOMES, filter.outcome);
  const from = isTimePreset(filter.time) ? Math.max(0, now - TIME_PRESETS[filter.time]) : moment(filter.from);
  const to = isTimePreset(filter.time) ? undefined : moment(filter.to);
  return {
    ...(filter.q ? { keyword: filter.q.slice(0, LIMITS.nameMax) } : {}),
    ...(filter.name ? { name: filter.name.slice(0, 100) } : {}),
    ...(filter.operator ? { operator: filter.operator.slice(0, LIMITS.nameMax) } : {}),
    ...(filter.type ? { resourceType: filter.type.slice(0, 100) } : {}),
    ...(resource !== "" && isResourceId(resource) ? { resourceId: resource } : {}),
    ...(status ? { status } : {}),
    ...(outcome ? { outcome } : {}),
    // Reads are many and change nothing: hidden until asked for.
    ...(filter.reads === "shown" ? {} : { effect: "change" as const }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
