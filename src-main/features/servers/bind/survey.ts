import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { ServerFacts } from "../remote/probe.ts";
import { authorizedKeysPaths, type SshdEffective } from "../sshd-effective.ts";
import { judgeKeyLogin } from "../sshd-key-login.ts";
import { judgePasswordOff } from "../sshd-password-off.ts";
import { refuseLinkedPlace } from "../steps/linked-setting.ts";
import { secondFactorOf } from "../steps/matched-accounts.ts";
import { usableSshd } from "../steps/sshd-switch.ts";
import type { BindBench } from "./bind-bench.ts";
import { planSwitch } from "./passwords-off.ts";

/** Looks before anything is touched: can this key log in here, in which file does it belong, can passwords go. */
export async function survey(bench: BindBench): Promise<StepProof> {
  const facts = await bench.facts();
  refuseUnusable(facts, bench);
  const effective = targetClass(facts);
  const path = keysPath(facts, effective);
  if (effective !== undefined) refuseObstacles(bench, facts, effective);
  if (bench.params.disablePasswordLogin) {
    refuseToSwitchOff(facts);
    refuseSecondFactor(secondFactorOf(facts.sshd, await bench.matched()));
    // What stands in the way of the file is told here, before the key goes in.
    const sshd = usableSshd(facts);
    if (!judgePasswordOff(sshd.classes).off) {
      refuseLinkedPlace(sshd);
      await planSwitch(bench, sshd);
    }
  }
  const version = facts.sshd?.version || "sshd";
  return {
    proof: `${facts.system}, ${version}. Keys of ${bench.user} belong in ${path}${bench.params.disablePasswordLogin ? "; password login can be switched off" : ""}.`,
  };
}

export function targetClass(facts: ServerFacts): SshdEffective | undefined {
  return facts.sshd?.classes.find((each) => each.user === facts.account.user)?.effective;
}

/** The first file sshd reads for the account. Error: `servers/authorized-keys-elsewhere`. */
export function keysPath(facts: ServerFacts, effective: SshdEffective | undefined): string {
  const [first] = keysPaths(facts, effective);
  if (first === undefined) {
    throw new KeysteadError(
      "servers/authorized-keys-elsewhere",
      "This server's sshd reads no keys files (AuthorizedKeysFile none), so a key put into one has no effect. Add the key where the server takes its keys from.",
    );
  }
  return first;
}

/** Every file sshd reads for the account, in its order; OpenSSH's default where sshd could not be asked (B14). */
export function keysPaths(facts: ServerFacts, effective: SshdEffective | undefined): readonly string[] {
  if (effective === undefined) return [`${facts.account.home}/.ssh/authorized_keys`];
  const found = authorizedKeysPaths(effective, facts.account);
  return found.kind === "paths" ? found.paths : [];
}

function refuseUnusable(facts: ServerFacts, bench: BindBench): void {
  usableSshd(facts);
  if (facts.password?.expired === true) {
    throw new KeysteadError(
      "servers/password-expired",
      `The password of ${bench.user} has expired. Log in once and change it, then bind again.`,
    );
  }
  if (facts.password?.accountExpired === true) {
    throw new KeysteadError(
      "servers/account-locked",
      `The account ${bench.user} is past its end date on the server. Extend it (chage -E), then bind again.`,
    );
  }
}

function refuseObstacles(bench: BindBench, facts: ServerFacts, effective: SshdEffective): void {
  const caller = { user: bench.user, host: facts.connection.ourAddress, address: facts.connection.ourAddress };
  const obstacles = judgeKeyLogin(effective, {
    account: facts.account,
    caller,
    keyType: bench.signer.keyType,
    bits: bench.keyBits,
  });
  const blocking = obstacles.filter((obstacle) => obstacle.blocks);
  if (blocking.length === 0) return;
  throw new KeysteadError(
    "servers/key-not-accepted",
    `A login with this key would not work: ${blocking.map((obstacle) => obstacle.says).join(" ")} Nothing was changed.`,
    {
      settings: blocking.map((obstacle) => obstacle.keyword),
    },
  );
}

function refuseToSwitchOff(facts: ServerFacts): void {
  const classes = facts.sshd?.classes ?? [];
  if (classes.length === 0) {
    throw new KeysteadError(
      "servers/not-permitted",
      "Switching password login off needs root, to see and change sshd's configuration. Give the sudo password, log in as root, or bind without switching it off.",
    );
  }
  const fixed =
    facts.sshd?.fixedOptions.filter((option) =>
      /^(password|kbdinteractive|challengeresponse)authentication=yes$/i.test(option),
    ) ?? [];
  if (fixed.length > 0) {
    throw new KeysteadError(
      "servers/sshd-config-overridden",
      `The running sshd was started with ${fixed.join(", ")}, which no file can overrule. Change its service definition, or bind without switching passwords off.`,
    );
  }
}

/** For whomever it is: the switch would leave them no way in at all (B34). */
function refuseSecondFactor(whom: readonly string[]): void {
  if (whom.length === 0) return;
  throw new KeysteadError(
    "servers/second-factor-in-use",
    `This server asks for a second factor by password or keyboard-interactive (${whom.join(", ")}); switching passwords off would switch that off too. Bind with “switch password login off” unticked.`,
    { whom },
  );
}
