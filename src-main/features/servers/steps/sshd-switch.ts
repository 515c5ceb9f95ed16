import { sha256 } from "#main/crypto/hash.ts";
import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { type AppliedSshdFile, applySshdFile } from "../remote/apply-sshd-file.ts";
import type { ServerFacts, SshdFacts } from "../remote/probe.ts";
import { type RemoteKeysFile, readAuthorizedKeys } from "../remote/read-authorized-keys.ts";
import { disarmRevert, newRevertToken, revertNow, revertStatus } from "../remote/revert-timer.ts";
import { refuseLinked } from "./linked-setting.ts";
import type { ServerBench } from "./server-bench.ts";
import type { SshdEdit } from "./switch-memory.ts";

/** One file of sshd's configuration: what it holds now, and what it shall hold. */
export interface PlannedFile {
  readonly path: string;
  /** `undefined`: there is none. */
  readonly current: Buffer | undefined;
  readonly mode?: number | undefined;
  readonly content: Buffer | "absent";
}

/** sshd there, in working order. Errors: `servers/unsupported-system`, `servers/sshd-config-invalid`. */
export function usableSshd(facts: ServerFacts): SshdFacts {
  if (facts.sshd === undefined) {
    const what = facts.hasDropbear ? "Dropbear, which keeps its keys elsewhere" : "no OpenSSH server";
    throw new KeysteadError(
      "servers/unsupported-system",
      `This machine runs ${what}. Keystead binds keys on OpenSSH servers only.`,
    );
  }
  if (facts.sshd.effectiveError !== undefined) {
    throw new KeysteadError(
      "servers/sshd-config-invalid",
      "The server's sshd does not accept its own configuration. Repair it first: run “sshd -t” there. Nothing was changed.",
      { serverText: facts.sshd.effectiveError.slice(0, 1000) },
    );
  }
  return facts.sshd;
}

export function readSshdFile(bench: ServerBench, path: string, follow?: string): Promise<RemoteKeysFile> {
  return bench.run(readAuthorizedKeys({ path, runAs: bench.asRoot, limit: LIMITS.requestBytes, follow }));
}

/** Remembers what an undo needs, then changes the file, with the server's own timed way back armed (B40). */
export async function switchSshdFile(
  bench: ServerBench,
  facts: ServerFacts,
  planned: PlannedFile,
  wish: { readonly users: readonly string[]; readonly require: readonly string[] },
): Promise<AppliedSshdFile> {
  const { path, content, current, mode } = planned;
  refuseLinked(usableSshd(facts), path);
  const before = beforeUs(bench, planned);
  const edit: SshdEdit = {
    path,
    mainPath: usableSshd(facts).mainPath,
    ...(before === undefined ? {} : { before }),
    ...(mode === undefined ? {} : { beforeMode: mode }),
    digestAfter: digestOf(content === "absent" ? undefined : content),
    token: newRevertToken(),
    connection: facts.connection,
    users: [...wish.users],
  };
  await bench.context.remember({ sshdEdit: edit });
  return bench.run(
    applySshdFile({
      ...edit,
      expected: digestOf(current),
      content,
      require: wish.require,
      revertAfterSeconds: bench.times.revertSeconds,
      runAs: bench.asRoot,
    }),
  );
}

/**
 * A resumed task may find its own switch on its timer. How far that got nobody knows, perhaps not to the reload: it is taken
 * back and made anew.
 */
export async function tookBackStanding(bench: ServerBench): Promise<boolean> {
  const edit = bench.switchMemory.sshdEdit;
  if (edit === undefined) return false;
  const state = await bench.run(revertStatus(edit.token, bench.asRoot));
  if (state.kind !== "armed" || !state.ours) return false;
  await bench.run(revertNow(edit.token, bench.asRoot));
  return true;
}

/** What an undo puts back, base64: never what an earlier attempt of this very task has written. */
function beforeUs(bench: ServerBench, { path, current }: PlannedFile): string | undefined {
  const earlier = bench.switchMemory.sshdEdit;
  if (earlier?.path === path && earlier.digestAfter === digestOf(current)) return earlier.before;
  return current?.toString("base64");
}

function digestOf(content: Buffer | undefined): string {
  return content === undefined ? "absent" : sha256(content).toString("hex");
}

/** The fresh key login itself stops the timer: what has just been proved may stay. `tooLate`: what holds if it has fired. */
export async function keepSwitch(bench: ServerBench, tooLate: string): Promise<StepProof> {
  const edit = bench.switchMemory.sshdEdit;
  if (edit === undefined) return { proof: "No timed revert was armed.", skipped: true };
  const state = await bench.run(disarmRevert(edit.token, bench.asRoot), await bench.keyLogin());
  if ((state.kind === "restored" || state.kind === "failed") && state.ours) {
    throw new KeysteadError(
      "servers/reverted-by-server",
      `The server had already taken the switch back when the proof arrived. ${tooLate} Try again when the connection is quicker.`,
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
export async function switchBack(bench: ServerBench): Promise<StepProof> {
  const edit = bench.switchMemory.sshdEdit;
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

async function restoreFromVault(bench: ServerBench, edit: SshdEdit): Promise<StepProof> {
  const seen = await readSshdFile(bench, edit.path);
  // What we wrote is never a link, and its folder is root's: read through it, to see whether all is as it was.
  const found = seen.fileLink === undefined ? seen : await readSshdFile(bench, edit.path, seen.realPath);
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
      mode: edit.beforeMode,
      runAs: bench.asRoot,
    }),
  );
  return { proof: `${edit.path} is as it was before, and sshd has read it.` };
}
