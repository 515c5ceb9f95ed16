import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler, Outcome, PublicCall } from "#main/dispatch/handlers.ts";
import type { TraceDraft } from "#main/features/audit/index.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import type { VaultKeeper } from "./keeper.ts";
import type { Entry } from "./keeper-parts.ts";
import type { Refusals } from "./refusal-note.ts";
import { tokenProof } from "./token-proof.ts";
import { type VaultParts, vaultResource, welcome } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export const unlockVault =
  (parts: VaultParts): Handler<"vault", "unlock"> =>
  async (params, call) => {
    using password = SecretBytes.fromText(params.password);
    return await letIn(parts, call, () => parts.keeper.unlock(params.userName, password));
  };

export const unlockWithToken =
  (parts: VaultParts): Handler<"vault", "unlockWithToken"> =>
  async (params, call) => {
    using proof = tokenProof(params);
    return await letIn(parts, call, () => parts.keeper.unlockWithToken(proof));
  };

async function letIn(parts: VaultParts, call: PublicCall, unlock: () => Promise<Entry>): Promise<Outcome<VaultStatus>> {
  const { keeper } = parts;
  const { user, opened } = await unlock();
  // When it cannot be traced, or anything else fails, the vault must not stay open: no trace, no key operation (D22).
  const leave = async () => {
    // By name: where the vault was locked meanwhile, locking ends no session any more, and this one came after.
    parts.sessions.end(call.caller);
    if (opened) await keeper.lock("closing");
  };
  try {
    const session = await welcome(parts, user, call);
    await traceRefusals(keeper, call);
    return {
      result: await vaultStatus(keeper, { session }),
      resource: vaultResource(keeper, ""),
      status: (keeper.open?.warnings.length ?? 0) > 0 ? "warning" : "normal",
      undo: leave,
      afterwards: async () => {
        if (opened) await parts.onUnlocked();
        keeper.failures.note.clear();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** Refusals noted while the vault was locked come into its traces with the unlock that ends them: one of each kind, counted. */
async function traceRefusals(keeper: VaultKeeper, call: PublicCall): Promise<void> {
  const vault = keeper.open;
  const { refusals, incomplete } = keeper.failures.note.read();
  if (vault === undefined || (refusals.length === 0 && !incomplete)) return;
  await Promise.all(
    refusals.map((each) => {
      const trace = refusalTrace(each, call.clock.now());
      return vault.commits.submit({ trace, onFailure: () => trace });
    }),
  );
  const message = sentenceOf(refusals, incomplete);
  if (message !== undefined) vault.warnings.push({ code: "failed-unlocks", message });
}

function refusalTrace({ operation, code, door, count, first, last }: Refusals, now: number): TraceDraft {
  return {
    id: randomId(),
    time: now,
    name: "refusedWhileLocked",
    operation,
    effect: "read",
    operatorId: "",
    operatorName: "",
    source: door,
    resourceType: "vault",
    resourceId: "",
    resourceName: "",
    status: "warning",
    outcome: "denied",
    code,
    request: "",
    answer: JSON.stringify({ count, first, last }),
  };
}

function sentenceOf(refusals: readonly Refusals[], incomplete: boolean): string | undefined {
  const of = (...codes: readonly string[]) =>
    refusals.filter(({ code }) => codes.includes(code)).reduce((sum, { count }) => sum + count, 0);
  const passwords = of("vault/wrong-password");
  const pins = of("tokens/pin-incorrect", "tokens/pin-locked");
  const wrong = passwords + pins;
  if (wrong === 0 && !incomplete) return undefined;
  if (wrong === 0)
    return "The note of what was refused while this vault was locked (vault.failures.jsonl) cannot be read: somebody may have tried to unlock it. Look at that file, then remove it.";
  const means = [...(passwords > 0 ? ["a wrong password"] : []), ...(pins > 0 ? ["a wrong PIN"] : [])].join(" or ");
  const attempts = `${wrong} ${wrong === 1 ? "attempt" : "attempts"} to unlock this vault with ${means} since it was last open.`;
  return incomplete ? `At least ${attempts}` : attempts;
}
