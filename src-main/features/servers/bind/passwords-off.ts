import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Server } from "#shared/models/server.ts";
import { PASSWORD_OFF_REQUIREMENTS } from "../remote/apply-sshd-file.ts";
import type { ServerFacts, SshdFacts } from "../remote/probe.ts";
import { chooseSettingsPlace, dropInContent, holdsOnlyOurs, passwordOffSettings } from "../sshd-drop-in.ts";
import type { KbdInteractiveKeyword } from "../sshd-effective.ts";
import { insertBlock } from "../sshd-main-file.ts";
import { judgePasswordOff } from "../sshd-password-off.ts";
import { passwordLoginOf, showLeftOpen } from "../steps/matched-accounts.ts";
import { othersSwitchStands, refuseOthersSwitch } from "../steps/others-switch.ts";
import {
  keepSwitch,
  type PlannedFile,
  readSshdFile,
  switchSshdFile,
  tookBackStanding,
  usableSshd,
} from "../steps/sshd-switch.ts";
import type { BindBench } from "./bind-bench.ts";

/**
 * Which file, what it holds now, and what it shall hold (B29 to B31, B42). Error: `servers/own-setting-edited` when a file of
 * our name holds more than Keystead ever wrote: what an administrator has put there is not written over.
 */
export async function planSwitch(bench: BindBench, sshd: SshdFacts): Promise<PlannedFile> {
  const place = chooseSettingsPlace({
    mainPath: sshd.mainPath,
    mainFile: sshd.mainFile.toString("utf8"),
    listings: sshd.listings,
  });
  const choice = { kbdInteractiveKeywords: keywordsOf(sshd) };
  if (place.kind === "main-file") {
    return {
      path: place.path,
      current: sshd.mainFile,
      content: insertBlock(sshd.mainFile, passwordOffSettings(choice)),
    };
  }
  const content = dropInContent(choice);
  if (!place.existing) return { path: place.path, current: undefined, content };
  const found = await readSshdFile(bench, place.path);
  if (found.digest === "absent") return { path: place.path, current: undefined, content };
  if (found.file?.type !== "file" || !holdsOnlyOurs(found.content)) {
    throw new KeysteadError(
      "servers/own-setting-edited",
      `${place.path} has settings that Keystead did not write, and they would be lost if it wrote its own there. Move them to another file of that folder, then bind again; nothing was changed.`,
      { path: place.path },
    );
  }
  return { path: place.path, current: found.content, mode: found.file.mode, content };
}

export async function switchPasswordsOff(bench: BindBench): Promise<StepProof> {
  if (!bench.params.disablePasswordLogin) return { proof: "Password login was to stay as it is.", skipped: true };
  let facts = (await tookBackStanding(bench)) ? await bench.lookAgain() : await bench.facts();
  if (isOff(facts)) {
    // Not by a switch of somebody else's that is still to be proved, or has been taken back since the survey.
    await refuseOthersSwitch(bench);
    facts = await bench.lookAgain();
    await refuseOthersSwitch(bench);
  }
  const sshd = usableSshd(facts);
  if (isOff(facts)) {
    const earlier = bench.memory.sshdEdit !== undefined;
    return {
      proof: earlier
        ? "The switch made before stands: sshd has passwords off for every class of user."
        : "sshd had passwords off already for every class of user; nothing was changed.",
      skipped: !earlier,
    };
  }
  const planned = await planSwitch(bench, sshd);
  // Without Match blocks sshd has one answer for all accounts (B32).
  const users = sshd.uniform ? [bench.user] : [...new Set(sshd.classes.map((each) => each.user))];
  // Each name the server prints must say no, where one of two would do for the requirement itself.
  const require = [...PASSWORD_OFF_REQUIREMENTS, ...keywordsOf(sshd).map((keyword) => `${keyword.toLowerCase()}=no`)];
  const applied = await switchSshdFile(bench, facts, planned, { users, require });
  const how = applied.reload === "" ? "" : `, reloaded by ${applied.reload}`;
  return {
    proof: `${planned.path} written and checked by “sshd -t”; “sshd -T” shows passwords off for ${sshd.uniform ? "every account" : users.join(", ")}${how}. The server takes it back by itself in ${bench.times.revertSeconds} s unless a fresh key login stops that.`,
  };
}

/** From outside, over a new connection: neither password nor keyboard-interactive is offered (B41), and the key still logs in. */
export async function provePasswordsOff(bench: BindBench): Promise<StepProof> {
  if (!bench.params.disablePasswordLogin) return { proof: "Not asked for.", skipped: true };
  const session = await bench.afterReload(() => bench.freshKeyLogin(true));
  const offered = session.offeredMethods ?? [];
  const doors = offered.filter((method) => ["none", "password", "keyboard-interactive"].includes(method));
  if (doors.length > 0) {
    throw new KeysteadError(
      "servers/password-still-offered",
      `The server still offers ${doors.join(" and ")} to ${bench.user} from here, although its configuration says otherwise. What was changed is taken back. Reload sshd there, or look for a second sshd or a proxy in front of it.`,
      { offered },
    );
  }
  // Asked again where Match blocks decide, since the switch has changed the answers; else the switch has proved them for all.
  if (matchDecides(usableSshd(await bench.facts()))) await bench.lookAgain();
  const left = showLeftOpen(await bench.matched());
  return {
    proof: `From outside the server offers only ${offered.join(", ") || "nothing"} to ${bench.user}; a new connection logged in with the key alone (${session.method}).${left === "" ? "" : ` ${left}`}`,
  };
}

/** What is recorded of password login: sshd's word for the three classes and for everybody a Match block singles out (B32). */
export async function recordedPasswords(
  bench: BindBench,
): Promise<{ readonly passwordLogin: Server["passwordLogin"]; readonly note: string }> {
  const { sshd } = await bench.facts();
  const matched = await bench.matched();
  const note = showLeftOpen(matched);
  // The survey may be from before the switch, which has been proved since.
  if (bench.params.disablePasswordLogin && sshd !== undefined && !matchDecides(sshd))
    return { passwordLogin: note === "" ? "off" : "unknown", note };
  const passwordLogin = passwordLoginOf(sshd, matched);
  if (passwordLogin === "off" && (await othersSwitchStands(bench)))
    return { passwordLogin: "unknown", note: "Password login is just being switched off by somebody else." };
  return { passwordLogin, note: passwordLogin === "unknown" ? note : "" };
}

function keywordsOf({ classes }: SshdFacts): readonly KbdInteractiveKeyword[] {
  return classes[0]?.effective.kbdInteractiveKeywords ?? ["KbdInteractiveAuthentication"];
}

function isOff(facts: ServerFacts): boolean {
  return judgePasswordOff(usableSshd(facts).classes).off;
}

function matchDecides(sshd: SshdFacts): boolean {
  return sshd.matching.blocks.length > 0;
}

export async function keepPasswordsOff(bench: BindBench): Promise<StepProof> {
  if (!bench.params.disablePasswordLogin) return { proof: "No timed revert was armed.", skipped: true };
  return keepSwitch(bench, "Passwords are on as before.");
}
