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

interface Planned {
  readonly path: string;
  readonly current: Buffer | undefined;
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
      current: sshd.mainFile,
      content: insertBlock(sshd.mainFile, passwordOffSettings(choice)),
    };
  }
  const content = dropInContent(choice);
  if (!place.existing) return { path: place.path, current: undefined, content };
  const found = await bench.run(
    readAuthorizedKeys({ path: place.path, runAs: bench.asRoot, limit: LIMITS.requestBytes }),
  );
  return { path: place.path, current: found.file === undefined ? undefined : found.content, content };
}

export async function switchPasswordsOff(bench: BindBench): Promise<StepProof> {
  if (!bench.params.disablePasswordLogin) return { proof: "Password login was to stay as it is.", skipped: true };
  const facts = (await tookBackStanding(bench)) ? await bench.lookAgain() : await bench.facts();
  const sshd = sshdOf(facts);
  if (judgePasswordOff(sshd.classes).off) {
    const earlier = bench.memory.sshdEdit !== undefined;
    return {
      proof: earlier
        ? "The switch made before stands: sshd has passwords off for every class of user."
        : "sshd had passwords off already for every class of user; nothing was changed.",
      skipped: !earlier,
    };
  }
  const planned = await plan(bench, sshd);
  // Without Match blocks sshd has one answer for all accounts (B32).
  const users = sshd.uniform ? [bench.user] : [...new Set(sshd.classes.map((each) => each.user))];
  const before = beforeUs(bench, planned);
  const edit: SshdEdit = {
    path: planned.path,
    mainPath: sshd.mainPath,
    ...(before === undefined ? {} : { before }),
    digestAfter: sha256(planned.content).toString("hex"),
    token: newRevertToken(),
    connection: facts.connection,
    users,
  };
  await bench.context.remember({ sshdEdit: edit });
  const applied = await bench.run(
    applySshdFile({
      ...edit,
      expected: digestOf(planned.current),
      content: planned.content,
      require: PASSWORD_OFF_REQUIREMENTS,
      revertAfterSeconds: bench.times.revertSeconds,
      runAs: bench.asRoot,
    }),
  );
  const how = applied.reload === "" ? "" : `, reloaded by ${applied.reload}`;
  return {
    proof: `${planned.path} written and checked by “sshd -t”; “sshd -T” shows passwords off for ${sshd.uniform ? "every account" : users.join(", ")}${how}. The server takes it back by itself in ${bench.times.revertSeconds} s unless a fresh key login stops that.`,
  };
}

/**
 * A resumed task may find its own switch on its timer. How far that got nobody knows, perhaps not to the reload: it is taken
 * back and made anew.
 */
async function tookBackStanding(bench: BindBench): Promise<boolean> {
  const edit = bench.memory.sshdEdit;
  if (edit === undefined) return false;
  const state = await bench.run(revertStatus(edit.token, bench.asRoot));
  if (state.kind !== "armed" || !state.ours) return false;
  await bench.run(revertNow(edit.token, bench.asRoot));
  return true;
}

/** What an undo puts back, base64: never what an earlier attempt of this very task has written. */
function beforeUs(bench: BindBench, { path, current }: Planned): string | undefined {
  const earlier = bench.memory.sshdEdit;
  if (earlier?.path === path && earlier.digestAfter === digestOf(current)) return earlier.before;
  return current?.toString("base64");
}

function digestOf(content: Buffer | undefined): string {
  return content === undefined ? "absent" : sha256(content).toString("hex");
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
  if ((state.kind === "restored" || state.kind === "failed") && state.ours) {
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
  const found = await bench.run(revertStatus(edit.token, bench.asRoot));
  if (found.kind === "armed" && !found.ours)
    return { proof: "The switch on its timer there is somebody else's; ours had not been made." };
  const state = await bench.run(revertNow(edit.token, bench.asRoot));
  if (state.kind === "restored" && state.ours)
    return { proof: `${edit.path} is as it was before, and sshd has read it.` };
  if (state.kind === "failed" && state.ours) {
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
  if (found.digest === digestOf(before)) return { proof: `${edit.path} is as it was before.` };
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
