import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Kernel, OWNER, TestFolder } from "#test/support/kernel.ts";
import { SmallDisk } from "#test/support/small-disk.ts";

const folder = new TestFolder("full");
const mounted = SmallDisk.mount(folder.at("disk"), 4);
if (typeof mounted === "string") console.error(`\n*** A FULL DISK CANNOT BE TRIED HERE: ${mounted} ***\n`);
const disk = mounted as SmallDisk;

afterAll(() => {
  if (typeof mounted !== "string") mounted[Symbol.dispose]();
  folder[Symbol.dispose]();
});

describe.skipIf(typeof mounted === "string")("V02 D22 full disk", () => {
  let kernel: Kernel;
  const names = async (): Promise<string[]> =>
    (await kernel.must("keypairs.list")).keypairs.map((keypair: { name: string }) => keypair.name).sort();

  beforeAll(async () => {
    kernel = new Kernel(join(disk.path, "vault"));
    await kernel.create();
  });
  afterAll(() => kernel.app.close("closing"));

  it("V02 D22 refuses with the disk's name, leaves nothing half-done, and works again after space is freed", async () => {
    const made: string[] = [];
    for (const leave of [0, 4096, 20_000, 60_000]) {
      disk.fill(leave);
      for (let i = 0; ; i++) {
        const name = `k-${leave}-${i}`;
        const code = await kernel.code("keypairs.create", { name, spec: "ed25519" });
        if (code !== "ok") {
          expect(code).toBe("vault/disk-failed");
          break;
        }
        made.push(name);
      }
      // Reading is traced too, so on a full disk it fails as well: no trace, no operation.
      // A trace is smaller than a key pair, so a few may still fit where a key pair did not.
      let code = "ok";
      for (let i = 0; i < 200 && code === "ok"; i++) code = await kernel.code("keypairs.list");
      expect(code).toBe("vault/disk-failed");
      const many = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          kernel.code("keypairs.create", { name: `m-${leave}-${i}`, spec: "ed25519" }),
        ),
      );
      expect([...new Set(many)]).toEqual(["vault/disk-failed"]);
      disk.free();
      expect(await names()).toEqual([...made].sort());
      expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
    }
    expect(kernel.bugs).toEqual([]);
  });

  it("P05 D22 takes a key file back when its trace cannot be written", async () => {
    disk.fill(3 * 4096);
    const code = await kernel.code("keypairs.create", {
      name: "to a file",
      spec: "rsa-4096",
      keep: false,
      file: { format: "openssh", folder: folder.path },
    });
    disk.free();
    expect(code).toBe("vault/disk-failed");
    expect(existsSync(folder.at("to_a_file"))).toBe(false);
  });

  it("V02 locks although the last checkpoint cannot be written, and opens whole afterwards", async () => {
    const before = await names();
    disk.fill();
    await kernel.app.close("closing");
    expect(await kernel.must("vault.status")).toMatchObject({ state: "locked" });
    // Closing took the write-ahead log away: that room is filled too.
    disk.free();
    disk.fill();
    expect(await kernel.code("vault.unlock", { password: OWNER.password })).toBe("vault/disk-failed");
    // Its refusal may still fit into the last page of the note.
    expect(["vault/disk-failed", "vault/wrong-password"]).toContain(
      await kernel.code("vault.unlock", { password: "not the password" }),
    );
    expect(await kernel.must("vault.status")).toMatchObject({ state: "locked" });
    disk.free();
    await kernel.unlock();
    expect(await names()).toEqual(before);
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
    expect(kernel.bugs).toEqual([]);
  });

  it("V02 says why it does not open on a full disk, also where the refusal itself cannot be noted", async () => {
    await kernel.app.close("closing");
    disk.fill();
    const refusal = async (password: string) => {
      const reply = await kernel.reply("vault.unlock", { password });
      return reply.ok ? undefined : reply.error;
    };
    expect(await refusal(OWNER.password)).toMatchObject({
      code: "vault/disk-failed",
      message: expect.not.stringMatching(/refus/),
    });
    expect(await refusal("not the password")).toMatchObject({ code: "vault/disk-failed" });
    disk.free();
    await kernel.unlock();
  });

  it("V01 creates no vault on a full disk", async () => {
    disk.fill();
    const other = new Kernel(join(disk.path, "other"));
    expect(await other.code("vault.create", OWNER)).toBe("vault/disk-failed");
    disk.free();
    expect(await other.must("vault.status")).toMatchObject({ state: "absent" });
    await other.create();
    await other.app.close("closing");
    expect(other.bugs).toEqual([]);
  });
});
