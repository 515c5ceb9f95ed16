import type { Clock } from "#main/clock.ts";
import { LIMITS } from "#shared/limits.ts";
import type { Session } from "./handlers.ts";

type Confirmed = Pick<Session, "confirmedUntil" | "confirmedUntilSteady">;

/** That it is this user has just been proved, by password or token. */
export function freshConfirmation(clock: Clock): Confirmed {
  const milliseconds = LIMITS.confirmationSeconds * 1000;
  return { confirmedUntil: clock.now() + milliseconds, confirmedUntilSteady: clock.monotonic() + milliseconds };
}

export const NO_CONFIRMATION: Confirmed = { confirmedUntil: 0, confirmedUntilSteady: 0 };

/** By both clocks: one can be set back, the other stands still while the machine sleeps. */
export function isConfirmed(session: Confirmed, clock: Clock): boolean {
  return session.confirmedUntil > clock.now() && session.confirmedUntilSteady > clock.monotonic();
}
