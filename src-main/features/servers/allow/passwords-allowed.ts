import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { judgePasswordLogin } from "../sshd-password-off.ts";
import { showPasswordLogin } from "../sshd-password-shown.ts";
import { keepSwitch, switchSshdFile, tookBackStanding, usableSshd } from "../steps/sshd-switch.ts";
import type { AllowBench } from "./allow-bench.ts";
import { withoutOwnSetting } from "./own-setting.ts";

const DOORS = ["none", "password", "keyboard-interactive"];

/** Looks before anything is touched: what is in force, and whether there is anything of ours to take away. */
export async function surveySwitch(bench: AllowBench): Promise<StepProof> {
  const facts = await bench.facts();
  const sshd = usableSshd(facts);
  if (sshd.classes.length === 0) {
    throw new KeysteadError(
      "servers/not-permitted",
      "Switching password login on again needs root, to see and change sshd's configuration. Give the sudo password, or log in as root.",
    );
  }
  const own = await withoutOwnSetting(bench, sshd);
  const ours =
    own === undefined ? "There is no setting of Keystead's here" : `Keystead's own setting is in ${own.path}`;
  return { proof: `${facts.system}, ${sshd.version || "sshd"}. ${ours}. In force: ${showPasswordLogin(sshd.classes)}` };
}

/** Takes away exactly what Keystead wrote, and says what sshd itself makes of the rest: nothing is promised (B43). */
export async function removeOwnSetting(bench: AllowBench): Promise<StepProof> {
  const facts = (await tookBackStanding(bench)) ? await bench.lookAgain() : await bench.facts();
  const sshd = usableSshd(facts);
  const planned = await withoutOwnSetting(bench, sshd);
  if (planned === undefined) {
    const earlier = bench.switchMemory.sshdEdit !== undefined;
    return {
      proof: earlier
        ? "The removal made before stands."
        : "There is no setting of Keystead's on this server; nothing was changed. Other settings decide.",
      skipped: !earlier,
    };
  }
  // All of them, uniform or not: each is shown with its own values.
  const users = [...new Set(sshd.classes.map((each) => each.user))];
  const applied = await switchSshdFile(bench, facts, planned, { users, require: [] });
  const what = planned.content === "absent" ? "was removed" : "has no block of Keystead's any more";
  return {
    proof: `${planned.path} ${what}, and “sshd -t” accepts the rest; sshd was told by ${applied.reload}. “sshd -T” says: ${showPasswordLogin(applied.classes)} The server takes it back by itself in ${bench.times.revertSeconds} s unless a fresh key login stops that.`,
  };
}

/** From outside, over a new connection by the key: what is offered now, beside what sshd says holds (B41, B43). */
export async function provePasswordsOffered(bench: AllowBench): Promise<StepProof> {
  const session = await bench.afterReload(() => bench.freshKeyLogin(true));
  const offered = session.offeredMethods ?? [];
  const { sshd } = await bench.lookAgain();
  const classes = sshd?.classes ?? [];
  const own = classes.find((each) => each.user === bench.user)?.effective;
  const isOffered = offered.some((method) => DOORS.includes(method));
  if (own !== undefined && judgePasswordLogin(own).kind === "on" && !isOffered) {
    throw new KeysteadError(
      "servers/password-not-offered",
      `sshd's configuration allows passwords now, but from here the server offers only ${offered.join(", ") || "nothing"} to ${bench.user}. What was changed is put back. Reload sshd there, or look for a second sshd or a proxy in front of it.`,
      { offered },
    );
  }
  const others = isOffered ? "" : " Other settings of the server keep passwords off; Keystead leaves those alone.";
  return {
    proof: `From outside the server offers ${offered.join(", ") || "nothing"} to ${bench.user}. In force: ${showPasswordLogin(classes)}${others}`,
  };
}

export function keepPasswordsAllowed(bench: AllowBench): Promise<StepProof> {
  return keepSwitch(bench, "Password login is as it was before.");
}
