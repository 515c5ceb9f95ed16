import type { KbdInteractiveKeyword, SshdEffective } from "./sshd-effective.ts";
import { keywordValue } from "./sshd-effective.ts";
import { showChains } from "./sshd-key-login.ts";

/** The two settings through which a password can get in (B33). UsePAM is never one of them: see `judgePasswordLogin`. */
export type PasswordDoor = "PasswordAuthentication" | KbdInteractiveKeyword;

export type PasswordLogin =
  | { readonly kind: "off" }
  | { readonly kind: "on"; readonly by: readonly PasswordDoor[]; readonly says: string }
  /** A second factor needs keyboard-interactive or the password: turning it off would lock people out (B34). */
  | { readonly kind: "second-factor"; readonly chains: readonly string[]; readonly says: string };

const PROMPTING = new Set(["password", "keyboard-interactive"]);

/**
 * Whether passwords log in for the class of caller this configuration is for.
 *
 * UsePAM is not looked at and must never be set to `no` as a remedy: it breaks account and session modules and locks
 * accounts marked `!` (B35).
 */
export function judgePasswordLogin(effective: SshdEffective): PasswordLogin {
  const chains = effective.authenticationMethods;
  const combined = chains.filter(isSecondFactor);
  if (combined.length > 0) {
    const shown = combined.map((chain) => chain.join(","));
    return {
      kind: "second-factor",
      chains: shown,
      says:
        `The server asks for a second factor (AuthenticationMethods ${showChains(combined)}). Turning password login ` +
        "off there would lock people out: keep password login, or change AuthenticationMethods on the server first.",
    };
  }
  const by: PasswordDoor[] = [];
  if (effective.passwordAuthentication && allows(chains, "password")) by.push("PasswordAuthentication");
  if (effective.kbdInteractiveAuthentication && allows(chains, "keyboard-interactive")) {
    by.push(...effective.kbdInteractiveKeywords.filter((keyword) => keywordValue(effective, keyword) !== "no"));
  }
  return by.length === 0
    ? { kind: "off" }
    : { kind: "on", by, says: `The server takes passwords: ${by.map((name) => `${name} yes`).join(", ")}.` };
}

export interface ClassVerdict {
  /** `target`, `root` or `ordinary`. */
  readonly name: string;
  readonly user: string;
  readonly login: PasswordLogin;
}

/** Judges every user class by its own effective configuration, since a Match block may re-enable passwords (B32). */
export function judgePasswordOff(
  classes: readonly { readonly name: string; readonly user: string; readonly effective: SshdEffective }[],
): { readonly off: boolean; readonly secondFactor: boolean; readonly verdicts: readonly ClassVerdict[] } {
  const verdicts = classes.map(({ name, user, effective }) => ({ name, user, login: judgePasswordLogin(effective) }));
  return {
    off: verdicts.every(({ login }) => login.kind === "off"),
    secondFactor: verdicts.some(({ login }) => login.kind === "second-factor"),
    verdicts,
  };
}

/** Several methods in a row, one of which asks for a password or a code (B34). */
export function isSecondFactor(chain: readonly string[]): boolean {
  return chain.length > 1 && chain.some(isPrompting);
}

/** `keyboard-interactive:pam` names a device of the same method. */
function isPrompting(method: string): boolean {
  return PROMPTING.has(method.replace(/:.*/, ""));
}

function allows(chains: readonly (readonly string[])[], method: string): boolean {
  return chains.length === 0 || chains.some((chain) => chain.some((one) => one.replace(/:.*/, "") === method));
}
