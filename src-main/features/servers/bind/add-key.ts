import { sha256 } from "#main/crypto/hash.ts";
import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { parseAuthorizedKeys } from "../authorized-keys.ts";
import { planAdd, planRemove } from "../authorized-keys-edit.ts";
import { judgeKeysPlace } from "../authorized-keys-place.ts";
import { clearTemporary } from "../remote/clear-temporary.ts";
import type { ServerFacts } from "../remote/probe.ts";
import { type RemoteKeysFile, readAuthorizedKeys } from "../remote/read-authorized-keys.ts";
import type { RunAs } from "../remote/remote-program.ts";
import { temporaryBeside, writeAuthorizedKeys } from "../remote/write-authorized-keys.ts";
import { restrictedKey } from "../restricted-key.ts";
import type { BindBench } from "./bind-bench.ts";
import { keysPath, keysPaths, targetClass } from "./survey.ts";

/** As the account itself (B10); as root where sshd keeps the keys outside its home, in a folder of root's (B14). */
function accountFor(bench: BindBench, facts: ServerFacts, path: string): RunAs {
  return isInHome(path, facts) || facts.runsAsUid !== 0 ? bench.asUser : bench.asRoot;
}

function isInHome(path: string, { account }: ServerFacts): boolean {
  return path.startsWith(account.home === "/" ? "/" : `${account.home}/`);
}

function read(bench: BindBench, path: string, runAs: RunAs, others: readonly string[] = []): Promise<RemoteKeysFile> {
  const follow = bench.params.acceptLinkTo;
  return bench.run(readAuthorizedKeys({ path, runAs, limit: LIMITS.requestBytes, follow, others }));
}

/** An earlier attempt that we gave up may still be at it on the server: without its temporary file it cannot come to its end. */
async function stopEarlierWrite(bench: BindBench, facts: ServerFacts): Promise<void> {
  const edit = bench.memory.keysEdit;
  if (edit?.temporary === undefined) return;
  await bench.run(clearTemporary(edit.temporary, accountFor(bench, facts, edit.path)));
}

/** Puts our line at the end of the keys file, as the account itself (B10), and leaves everything else byte for byte. */
export async function addKey(bench: BindBench): Promise<StepProof> {
  const facts = await bench.facts();
  const effective = targetClass(facts);
  const path = keysPath(facts, effective);
  const runAs = accountFor(bench, facts, path);
  const others = keysPaths(facts, effective).filter((other) => other !== path);
  await stopEarlierWrite(bench, facts);
  const found = await read(bench, path, runAs, others);
  refuseUnknownFolder(found, facts);
  bench.placeDoubts = refuseUnusablePlace(found, facts, bench.params.acceptLinkTo);
  for (const other of found.others) {
    const there = planAdd(parseAuthorizedKeys(other.content), bench.keyLine);
    if (there.kind === "restricted-twin") throw restrictedKey(other.path, there);
    if (there.kind !== "unchanged") continue;
    bench.keyFoundIn = other.path;
    return { proof: `The key was in ${other.path} already, which sshd reads too; no file was touched.`, skipped: true };
  }
  const plan = planAdd(parseAuthorizedKeys(found.content), bench.keyLine);
  if (plan.kind === "restricted-twin") throw restrictedKey(found.path, plan);
  if (plan.kind === "unchanged")
    return {
      proof: `The key was in ${found.path} already; the file was not touched.`,
      skipped: bench.memory.keysEdit === undefined,
    };
  const temporary = temporaryBeside(found);
  await bench.context.remember({
    keysEdit: {
      path: found.path,
      ...(found.file === undefined ? {} : { before: found.content.toString("base64") }),
      type: bench.keyLine.type,
      blob: Buffer.from(bench.keyLine.blob).toString("base64"),
      digestAfter: sha256(plan.bytes).toString("hex"),
      // An attempt that was cut off may have made it already.
      madeFolder: found.folder === undefined || bench.memory.keysEdit?.madeFolder === true,
      temporary,
    },
  });
  const written = await bench.run(
    writeAuthorizedKeys({
      read: found,
      content: plan.bytes,
      owner: facts.account,
      runAs,
      follow: bench.params.acceptLinkTo,
      temporary,
    }),
  );
  return {
    proof: `One line was added to ${found.path}; read back, the file has the SHA-256 ${written.digest.slice(0, 16)}… that was meant. Every other line is unchanged.`,
  };
}

/**
 * Before the intent is written down: what cannot be replaced safely, or would be ignored by any sshd, is not touched (B8,
 * B10–B12). Answers what only some sshd mind: the login with the key decides.
 */
function refuseUnusablePlace(found: RemoteKeysFile, facts: ServerFacts, follow: string | undefined): readonly string[] {
  const strictModes = targetClass(facts)?.strictModes ?? true;
  const obstacles = judgeKeysPlace(found, { ...facts.account, strictModes, follow });
  const first = obstacles.find((obstacle) => obstacle.blocks);
  const says = obstacles.map((obstacle) => obstacle.says);
  if (first === undefined) return says;
  throw new KeysteadError(first.code, `${says.join(" ")} Nothing was changed.`, {
    path: found.path,
    realPath: found.realPath,
  });
}

/** A folder outside the home belongs to whoever set sshd up: its owner and mode are not ours to choose (B12). */
function refuseUnknownFolder(found: RemoteKeysFile, facts: ServerFacts): void {
  const { account } = facts;
  if (found.folder !== undefined || isInHome(found.path, facts)) return;
  throw new KeysteadError(
    "servers/authorized-keys-elsewhere",
    `sshd reads the keys of ${account.user} from ${found.path}, and there is no such folder. Make it on the server, so that sshd can read it and only root can write it; nothing was changed.`,
    { path: found.path },
  );
}

/** Takes our line out again: the whole pre-image when nobody else has written since, else only the line. */
export async function removeKey(bench: BindBench): Promise<StepProof> {
  const edit = bench.memory.keysEdit;
  if (edit === undefined) return { proof: "Nothing had been added.", skipped: true };
  const facts = await bench.facts();
  const runAs = accountFor(bench, facts, edit.path);
  await stopEarlierWrite(bench, facts);
  const found = await read(bench, edit.path, runAs);
  const common = { read: found, owner: facts.account, runAs, follow: bench.params.acceptLinkTo };
  if (found.digest === edit.digestAfter) {
    const content = edit.before === undefined ? ("absent" as const) : Buffer.from(edit.before, "base64");
    await bench.run(writeAuthorizedKeys({ ...common, content, removeFolder: edit.madeFolder }));
    return { proof: `${edit.path} is as it was before, byte for byte.` };
  }
  const ours = { type: edit.type, blob: Buffer.from(edit.blob, "base64") };
  const plan = planRemove(parseAuthorizedKeys(found.content), ours);
  if (plan.kind === "unchanged") return { proof: `The key is not in ${edit.path}.` };
  await bench.run(writeAuthorizedKeys({ ...common, content: plan.bytes }));
  return { proof: `Another program has written ${edit.path} meanwhile: only the key's own line was taken out.` };
}
