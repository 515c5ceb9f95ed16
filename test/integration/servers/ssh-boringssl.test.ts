import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";

const ROOT = join(import.meta.dirname, "../../..");
const BUN = join(ROOT, "node_modules/@oven/bun-linux-x64/bin/bun");
const bunMissing = existsSync(BUN) ? undefined : `${BUN} is not installed`;
if (bunMissing !== undefined) console.error(`\n*** SSH ON BORINGSSL IS NOT TESTED HERE: ${bunMissing} ***\n`);

/** Runs in Bun, whose node:crypto is BoringSSL as Electron's is; the password comes on standard input. */
const PROGRAM = `
  import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
  import { offerFor } from "#main/adapters/ssh/algorithms.ts";
  import { SecretBytes } from "#main/crypto/secret-bytes.ts";
  const [host, port, password, blob] = (await new Response(Bun.stdin.stream()).text()).split("\\n");
  const begin = performance.now();
  const offer = { strict: offerFor("strict", []), legacy: offerFor("legacy", []) };
  const probing = performance.now() - begin;
  const session = await createSsh().connect({
    target: { host, port: Number(port), user: "root" },
    login: { kind: "password", password: SecretBytes.fromText(password) },
    trusted: [{ algorithm: "ssh-ed25519", blob, fingerprint: "" }],
    profile: "strict",
    deadlineMs: 10_000,
  });
  const { stdout } = await session.run("echo reached", { deadlineMs: 5000 });
  await session.close();
  const boringssl = process.features.openssl_is_boringssl;
  console.log(JSON.stringify({ boringssl, offer, probing, output: stdout.toString() }));
`;

describe.skipIf(fleetUnavailable() ?? bunMissing)("SSH adapter on BoringSSL", () => {
  it("P07 B57 logs in, and offers only what this crypto library can do, quickly", async () => {
    await using fleet = await startFleet(1);
    const [machine] = fleet.machines;
    if (machine === undefined) throw new Error("one machine was asked for");
    const blob = machine.hostKeyFingerprints.find((key) => key.algorithm === "ssh-ed25519")?.blob;
    const bun = spawnSync(BUN, ["-e", PROGRAM], {
      cwd: ROOT,
      encoding: "utf8",
      timeout: 60_000,
      input: [machine.host, machine.port, machine.passwords.root, blob].join("\n"),
    });
    expect(bun.stderr).toBe("");
    const answer = JSON.parse(bun.stdout);
    expect(answer).toMatchObject({ boringssl: true, output: "reached\n" });
    const names: string[] = [
      ...Object.values(answer.offer.strict),
      ...Object.values(answer.offer.legacy),
    ].flat() as string[];
    expect(names).toContain("aes128-gcm@openssh.com");
    expect(names).toContain("curve25519-sha256");
    for (const name of ["chacha20-poly1305@openssh.com", "ssh-dss", "diffie-hellman-group1-sha1"]) {
      expect(names).not.toContain(name);
    }
    // Large groups block BoringSSL for seconds: neither offered nor tried.
    expect(names.filter((name) => /group(1[5-8]|-exchange)/.test(name))).toEqual([]);
    expect(answer.probing).toBeLessThan(500);
  });
});
