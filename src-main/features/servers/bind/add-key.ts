import { sha256 } from "#main/crypto/hash.ts";
import type { StepProof } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { parseAuthorizedKeys } from "../authorized-keys.ts";
import { planAdd, planRemove } from "../authorized-keys-edit.ts";
import { assertKeysFileSafe } from "../keys-file-safety.ts";
import { type RemoteKeysFile, readAuthorizedKeys } from "../remote/read-authorized-keys.ts";
import { writeAuthorizedKeys } from "../remote/write-authorized-keys.ts";
import type { BindBench } from "./bind-bench.ts";
import { keysPath, targetClass } from "./survey.ts";

function read(bench: BindBench, path: string): Promise<RemoteKeysFile> {
  return bench.run(
    readAuthorizedKeys({ path, runAs: bench.asUser, limit: LIMITS.requestBytes, follow: bench.params.acceptLinkTo }),
  );
}

/** Puts our line at the end of the keys file, as the account itself (B10), and leaves everything else byte for byte. */
export async function addKey(bench: BindBench): Promise<StepProof> {
  const facts = await bench.facts();
  const effective = targetClass(facts);
  const found = await read(bench, keysPath(facts, effective));
  if (effective?.strictModes !== false) assertKeysFileSafe(found, facts.account);
  const plan = planAdd(parseAuthorizedKeys(found.content), bench.keyLine);
  if (plan.kind === "restricted-twin") {
    throw new KeysteadError(
      "servers/authorized-keys-restricted",
      `This key is in ${found.path} already, with restrictions: ${plan.present.join(" | ")}. Keystead does not add an unrestricted copy. Take that line out on the server, or bind another key pair.`,
      { path: found.path },
    );
  }
  if (plan.kind === "unchanged")
    return {
      proof: `The key was in ${found.path} already; the file was not touched.`,
      skipped: bench.memory.keysEdit === undefined,
    };
  await bench.context.remember({
    keysEdit: {
      path: found.path,
      ...(found.file === undefined ? {} : { before: found.content.toString("base64") }),
      digestAfter: sha256(plan.bytes).toString("hex"),
      madeFolder: found.folder === undefined,
    },
  });
  const written = await bench.run(
    writeAuthorizedKeys({
      read: found,
      content: plan.bytes,
      owner: facts.account,
      runAs: bench.asUser,
      follow: bench.params.acceptLinkTo,
    }),
  );
  return {
    proof: `One line was added to ${found.path}; read back, the file has the SHA-256 ${written.digest.slice(0, 16)}… that was meant. Every other line is unchanged.`,
  };
}

/** Takes our line out again: the whole pre-image when nobody else has written since, else only the line. */
export async function removeKey(bench: BindBench): Promise<StepProof> {
  const edit = bench.memory.keysEdit;
  if (edit === undefined) return { proof: "Nothing had been added.", skipped: true };
  const facts = await bench.facts();
  const found = await read(bench, edit.path);
  const common = { read: found, owner: facts.account, runAs: bench.asUser, follow: bench.params.acceptLinkTo };
  if (found.digest === edit.digestAfter) {
    const content = edit.before === undefined ? ("absent" as const) : Buffer.from(edit.before, "base64");
    await bench.run(writeAuthorizedKeys({ ...common, content, removeFolder: edit.madeFolder }));
    return { proof: `${edit.path} is as it was before, byte for byte.` };
  }
  const plan = planRemove(parseAuthorizedKeys(found.content), bench.keyLine);
  if (plan.kind === "unchanged") return { proof: `The key is not in ${edit.path}.` };
  await bench.run(writeAuthorizedKeys({ ...common, content: plan.bytes }));
  return { proof: `Another program has written ${edit.path} meanwhile: only the key's own line was taken out.` };
}
