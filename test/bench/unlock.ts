import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "#main/app.ts";
import { derivePasswordKey } from "#main/crypto/password-kdf.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Header } from "#main/features/vault/header.ts";
import { type Bench, line, median, timed } from "./measure.ts";

const PASSWORD = "bench correct horse battery";

/** Unlocking against the bare derivation it cannot do without. */
export const unlock: Bench = {
  name: "unlock",
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
    const app = createApp({ folder, door: "test" });
    const caller = app.connect("test");
    const say = async (operation: string, params: unknown) => {
      const reply = await app.dispatch(caller, { operation, params });
      if (!reply.ok) throw new Error(reply.error.message);
    };
    try {
      await say("vault.create", { name: "Bench", userName: "bench", password: PASSWORD });
      for (let i = 0; i < 200; i++) await say("vault.updateSettings", { autoLockMinutes: 10 + (i % 5) });
      await say("vault.lock", {});
      const header = JSON.parse(readFileSync(join(folder, "vault.json"), "utf8")) as Header;
      const [slot] = header.slots;
      if (slot?.kind !== "password") throw new Error("no slot");
      const { kdf } = slot;
      const bare: number[] = [];
      const whole: number[] = [];
      for (let round = 0; round < 9; round++) {
        bare.push(
          await timed(() =>
            derivePasswordKey(SecretBytes.fromText(PASSWORD), { ...kdf, salt: Buffer.from(kdf.salt, "base64") }),
          ),
        );
        whole.push(await timed(() => say("vault.unlock", { password: PASSWORD })));
        await say("vault.lock", {});
      }
      const [value, baseline] = [median(whole), median(bare)];
      return [
        line("unlock", value, "ms", baseline, "at most 60 ms more than the bare Argon2id call", value - baseline <= 60),
      ];
    } finally {
      await app.close("closing");
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
