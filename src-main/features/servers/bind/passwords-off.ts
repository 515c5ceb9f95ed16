import { sha256 } from "#main/crypto/hash.ts";
import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { applySshdFile, PASSWORD_OFF_REQUIREMENTS } from "../remote/apply-sshd-file.ts";
import type { ServerFacts, SshdFacts } from "../remote/probe.ts";
import { readAuthorizedKeys } from "../remote/read-authorized-keys.ts";
import { disarmRevert, newRevertToken, revertNow, revertStatus } from "../remote/revert-timer.ts";
import { chooseSettingsPlace, dropInContent, passwordOffSettings } from "../sshd-drop-in.ts";
import { insertBlock } from "../sshd-main-file.ts";
import { judgePasswordOff } from "../sshd-password-off.ts";
import type { BindBench } from "./bind-bench.ts";
import type { SshdEdit } from "./bind-memory.ts";

/** Until the server undoes the switch by itself if we do not come back with a fresh login (B40). */
const REVERT_SECONDS = 120;
/** With less than this left on a timer found armed, it is fired and the switch made anew. */
const ENOUGH_SECONDS = 30;

interface Planned {
  readonly path: string;
  readonly before: Buffer | undefined;
  readonly content: Buffer;
}

function sshdOf(facts: ServerFacts): SshdFacts {
  if (facts.sshd === undefined)
    throw new KeysteadError("servers/unsupported-system", "This machine runs no OpenSSH server.");
  return facts.sshd;
}

/** Which file, what it holds now, and what it shall hold (B29 to B31, B42). */
async function plan(bench: BindBench, sshd: SshdFacts): Promise<Planned> {
  const place = chooseSettingsPlace({
    mainPath: sshd.mainPath,
    mainFile: sshd.mainFile.toString("utf8"),
    listings: sshd.listings,
  });
  const effective = sshd.classes[0]?.effective;
  const choice = {
    kbdInteractiveKeyword: effective?.kbdInteractiveKeyword ?? ("KbdInteractiveAuthentication" as const),
  };
  if (place.kind === "main-file") {
    return {
      path: place.path,
      before: sshd.mainFile,
      content: insertBlock(sshd.mainFile, passwordOffSettings(choice)),
    };
  }
  const content = dropInContent(choice);
  if (!place.existing) return { path: place.path, before: undefined, content };
  const found = await bench.run(
    readAuthorizedKeys({ path: place.path, runAs: bench.asRoot, limit: LIMITS.requestBytes }),
  );
  return { path: place.path, before: found.file === undefined ? undefined : found.content, content };
}

export async function switchPasswordsOff(bench: BindBench): Promise<StepProof> {
  if (!bench.params.disablePasswordLogin) return { proof: "Password login was to stay as it is.", skipped: true };
  const facts = await bench.facts();
  const sshd = sshdOf(facts);
  const standing = await standingSwitch(bench);
  if (standing !== undefined) return standing;
  if (judgePasswordOff(sshd.classes).off)
    return { proof: "sshd had passwords off already for every class of user; nothing was changed.", skipped: true };
  const planned = await plan(bench, sshd);
  const users = [...new Set(sshd.classes.map((each) => each.user))];
  const edit: SshdEdit = {
    path: planned.path,
    mainPath: sshd.mainPath,
    ...(planned.before === undefined ? {} : { before: planned.before.toString("base64") }),
    digestAfter: sha256(planned.content).toString("hex"),
    token: newRevertToken(),
    connection: facts.connection,
    users,
  };
  await bench.context.remember({ sshdEdit: edit });
  const applied = await bench.run(
    applySshdFile({
      ...edit,
      expected: planned.before === undefined ? "absent" : sha256(planned.before).toString("hex"),
      content: planned.content,
      require: PASSWORD_OFF_REQUIREMENTS,
      revertAfterSeconds: REVERT_SECONDS,
      runAs: bench.asRoot,
    }),
  );
  const how = applied.reload === "" ? "" : `, reloaded by ${applied.reload}`;
  return {
    proof: `${planned.path} written and checked by “sshd -t”; “sshd -T” shows passwords off for ${users.join(", ")}${how}. The server takes it back by itself in ${REVERT_SECONDS} s unless a fresh key login stops that.`,
  };
}

/** A resumed task may find its own switch made: still on its timer, or already kept. */
async function standingSwitch(bench: BindBench): Promise<StepProof | undefined> {
  const edit = bench.memory.sshdEdit;
  if (edit === undefined) return undefined;
  const state = await bench.run(revertStatus(edit.token, bench.asRoot));
  if (state.kind !== "armed" || !state.ours) return undefined;
  if (state.secondsLeft >= ENOUGH_SECONDS)
    return { proof: `The switch made before is in force; the server would take it back in ${state.secondsLeft} s.` };
  await bench.run(revertNow(edit.token, bench.asRoot));
  return undefined;
}

/** From outside, over a new connection: neither password nor keyboard-interactive is offered (B41), and the key still logs in. */
export async function provePasswordsOff(bench: BindBench): Promise<StepProof> {
  if (!bench.params.disablePasswordLogin) return { proof: "Not asked for.", skipped: true };
  const session = await bench.afterReload(() => bench.freshKeyLogin());
  const offered = await bench.offeredMethods();
  const doors = offered.filter((method) => method === "password" || method === "keyboard-interactive");
  if (doors.length > 0) {
    throw new KeysteadError(
      "servers/password-still-offered",
      `The server still offers ${doors.join(" and ")} to ${bench.user} from here, although its configuration says otherwise. The switch is taken back; look for a second sshd or a proxy in front of it.`,
      { offered },
    );
  }
  return {
    proof: `From outside the server offers only ${offered.join(", ") || "nothing"} to ${bench.user}; a new connection logged in with the key alone (${session.method}).`,
  };
}

/** The fresh key login itself stops the timer: what has just been proved may stay. */
export async function keepPasswordsOff(bench: BindBench): Promise<StepProof> {
  const edit = bench.memory.sshdEdit;
  if (!bench.params.disablePasswordLogin || edit === undefined)
    return { proof: "No timed revert was armed.", skipped: true };
  const state = await bench.run(disarmRevert(edit.token, bench.asRoot), await bench.keyLogin());
  if (state.kind === "restored" || state.kind === "failed") {
    throw new KeysteadError(
      "servers/reverted-by-server",
      "The server had already taken the switch back when the proof arrived. Passwords are on as before; try again when the connection is quicker.",
    );
  }
  return {
    proof:
      state.kind === "armed"
        ? `The timed revert was stopped over the key login with ${state.secondsLeft} s left; the switch stays.`
        : "The timed revert had been stopped before; the switch stays.",
  };
}

/** Puts sshd's file back: by the server's own timer script when it is armed, else from our pre-image. */
export async function switchPasswordsBack(bench: BindBench): Promise<StepProof> {
  const edit = bench.memory.sshdEdit;
  if (edit === undefined) return { proof: "sshd's configuration had not been changed.", skipped: true };
  const state = await bench.run(revertNow(edit.token, bench.asRoot));
  if (state.kind === "restored" && state.ours)
    return { proof: `${edit.path} is as it was before, and sshd has read it.` };
  if (state.kind === "failed") {
    throw new KeysteadError(
      "servers/rollback-failed",
      `The server could not put ${edit.path} back by itself. Log in with the key and look.`,
      { serverText: state.serverText },
    );
  }
  return restoreFromVault(bench, edit);
}

async function restoreFromVault(bench: BindBench, edit: SshdEdit): Promise<StepProof> {
  const found = await bench.run(
    readAuthorizedKeys({ path: edit.path, runAs: bench.asRoot, limit: LIMITS.requestBytes }),
  );
  const before = edit.before === undefined ? undefined : Buffer.from(edit.before, "base64");
  const beforeDigest = before === undefined ? "absent" : sha256(before).toString("hex");
  if (found.digest === beforeDigest) return { proof: `${edit.path} is as it was before.` };
  if (found.digest !== edit.digestAfter) {
    throw new KeysteadError(
      "servers/changed-meanwhile",
      `${edit.path} was changed by another program since; Keystead leaves it alone. Look at it on the server.`,
      { path: edit.path },
    );
  }
  await bench.run(
    applySshdFile({
      ...edit,
      token: newRevertToken(),
      expected: edit.digestAfter,
      content: before ?? "absent",
      require: [],
      revertAfterSeconds: 0,
      runAs: bench.asRoot,
    }),
  );
  return { proof: `${edit.path} is as it was before, and sshd has read it.` };
}
