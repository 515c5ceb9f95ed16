import type { Handler } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { DoctorReport } from "#shared/models/token.ts";
import type { Probe } from "./doctor-probe.ts";
import { DOCTOR_PROBES } from "./doctor-probes.ts";
import { quirksOf } from "./doctor-quirks.ts";
import { measureAll } from "./measure-token.ts";
import { abilitiesOf, lists, probeWrapping } from "./token-abilities.ts";
import type { PresentToken, TokenInUse } from "./token-in-use.ts";
import type { TokenService } from "./token-service.ts";
import { moduleResource, type TokensParts } from "./tokens-parts.ts";

type ProbeResult = DoctorReport["probes"][number];

const SPEED_MS = 200;

/** H01: what a library lists, and what of it is true on a token (C41). Everything it makes is of the session alone. */
export const diagnoseModule =
  (parts: TokensParts): Handler<"tokens", "diagnoseModule"> =>
  async (params, call) => {
    const { service } = parts;
    const watch = await service.watchOf(params.id);
    const began = call.clock.monotonic();
    await watch.freshLook();
    const chosen = chooseToken(service, params.id, params.tokenId);
    const resource = moduleResource(watch.row);
    if (chosen === undefined) {
      // Without a token there is nothing to try, but the first slot's list may already tell something.
      const module = await watch.module();
      const [slot] = watch.slots;
      const mechanisms = slot === undefined ? [] : await module.mechanisms(slot.slotId).catch(emptyIfRefused);
      const probes = DOCTOR_PROBES.map((probe) => untried(probe, "No token of this library is in."));
      return {
        result: { moduleId: params.id, mechanisms: copies(mechanisms), probes, quirks: [], milliseconds: since() },
        resource,
      };
    }
    const report = await service.exclusive(chosen.id, (token) => examine(token));
    return {
      result: { moduleId: params.id, tokenId: chosen.id, ...report, milliseconds: since() },
      resource,
    };

    function since(): number {
      return Math.round(call.clock.monotonic() - began);
    }
  };

/** The one asked for, else one that somebody is logged in to, else the first that is initialised. Error: as `find`. */
function chooseToken(
  service: TokenService,
  moduleId: string,
  wanted: string | undefined,
): { readonly id: string } | undefined {
  const present = service.present().filter((token: PresentToken) => token.watch.row.id === moduleId);
  if (wanted !== undefined && !present.some((token) => token.id === wanted))
    throw new KeysteadError("tokens/not-present", "No token of this library that is in is the one to be tried.", {
      id: wanted,
    });
  if (wanted !== undefined) return { id: wanted };
  return (
    present.find((token) => service.logins.of(token) === "user") ??
    present.find((token) => token.info.flags.includes("TOKEN_INITIALIZED")) ??
    present[0]
  );
}

function emptyIfRefused(error: unknown): [] {
  if (isKeysteadError(error)) return [];
  throw error;
}

const copies = (
  mechanisms: readonly { name: string; flags: readonly string[]; minKeySize: number; maxKeySize: number }[],
) => mechanisms.map(({ name, flags, minKeySize, maxKeySize }) => ({ name, flags: [...flags], minKeySize, maxKeySize }));

const untried = (probe: Probe, detail: string): ProbeResult => ({ name: probe.name, outcome: "not-tried", detail });

async function examine(token: TokenInUse): Promise<Pick<DoctorReport, "mechanisms" | "probes" | "quirks">> {
  const abilities = await abilitiesOf(token);
  const mayTry =
    !token.info.flags.includes("LOGIN_REQUIRED") || (await token.module.loggedIn(token.slot.slotId)) === "user";
  const probes: ProbeResult[] = [];
  if (mayTry) await probeWrapping(token);
  for (const probe of DOCTOR_PROBES) probes.push(await tryOne(probe, token, mayTry));
  if (mayTry) probes.push(...(await speed(token)));
  return { mechanisms: copies(abilities.mechanisms), probes, quirks: quirksOf(token, abilities, probes) };
}

async function tryOne(probe: Probe, token: TokenInUse, mayTry: boolean): Promise<ProbeResult> {
  const abilities = await abilitiesOf(token);
  const missing = probe.needs.filter((name) => !lists(abilities, name));
  if (missing.length > 0)
    return { name: probe.name, outcome: "not-listed", detail: `The library does not list ${missing.join(", ")}.` };
  if (!mayTry) return untried(probe, "Log in to the token to have this tried.");
  try {
    const detail = await probe.run(token);
    probe.learn?.(abilities, true);
    return { name: probe.name, outcome: "works", detail };
  } catch (error) {
    // What the process's end or the token's leaving interrupts is no finding about the mechanism.
    if (!isKeysteadError(error) || ENDS.includes(error.code)) throw error;
    probe.learn?.(abilities, false);
    const ckr = typeof error.details.ckr === "string" ? ` (${String(error.details.call)}: ${error.details.ckr})` : "";
    return { name: probe.name, outcome: "fails", detail: `${error.message}${ckr}` };
  }
}

const ENDS: readonly string[] = [
  "tokens/module-crashed",
  "tokens/module-hung",
  "tokens/removed",
  "tokens/not-present",
  "tokens/not-logged-in",
];

async function speed(token: TokenInUse): Promise<ProbeResult[]> {
  const figures = await measureAll(token, [1], SPEED_MS);
  return figures.map(({ name, perSecond, note }) => ({
    name: `Speed: ${name}`,
    outcome: note === undefined ? ("works" as const) : ("not-tried" as const),
    detail: note ?? `${Math.round(perSecond)} a second, one caller`,
  }));
}
