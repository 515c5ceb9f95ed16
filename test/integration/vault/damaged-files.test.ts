import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { ChildKernel } from "#test/support/child-kernel.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { databaseFile, editHeader, headerFile, type LooseHeader, vaultFingerprint } from "#test/support/vault-files.ts";
import { openVaultDatabase } from "#test/support/vault-keys.ts";

const folder = new TestFolder("damage");
let copy: (name: string) => string;
let serial = 0;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

/** Damages a copy, tries to open it, and insists that trying wrote nothing and that nobody is left inside. */
async function refusalOf(damage: (vault: string) => void, password: string = OWNER.password): Promise<string> {
  const vault = copy(`damaged-${serial++}`);
  damage(vault);
  const before = vaultFingerprint(vault);
  const kernel = new Kernel(vault);
  const reply = await kernel.reply("vault.unlock", { userName: OWNER.userName, password });
  if (reply.ok) throw new Error("a damaged vault was opened");
  expect(await kernel.code("keypairs.list")).toBe("vault/locked");
  await kernel.app.close("closing");
  expect(kernel.bugs).toEqual([]);
  expect(vaultFingerprint(vault)).toEqual(before);
  expect(reply.error.message).toMatch(/[.!]$/);
  rmSync(vault, { recursive: true, force: true });
  return reply.error.code;
}

const flip = (file: string, offset: number) => {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x40;
  writeFileSync(file, bytes);
};

describe("V02 header", () => {
  it("V02 refuses a header truncated at any length", async () => {
    const whole = readFileSync(headerFile(copy("measure")));
    // The final newline alone may go: the JSON before it is whole.
    const lengths = [
      ...Array(24).keys(),
      ...Array.from({ length: 60 }, (_, i) => 24 + Math.floor((i * (whole.length - 26)) / 60)),
      whole.length - 2,
    ];
    for (const length of lengths) {
      expect(await refusalOf((vault) => truncateSync(headerFile(vault), length)), `${length} bytes`).toBe(
        "vault/header-unreadable",
      );
    }
  });

  const edits: Readonly<Record<string, readonly [(header: LooseHeader) => void, string]>> = {
    vaultId: [
      (h) => {
        h.vaultId = `${h.vaultId.slice(0, -1)}${h.vaultId.endsWith("0") ? "1" : "0"}`;
      },
      "vault/wrong-password",
    ],
    createdAt: [
      (h) => {
        h.createdAt += 1;
      },
      "vault/header-tampered",
    ],
    writeCount: [
      (h) => {
        h.writeCount += 1;
      },
      "vault/header-tampered",
    ],
    "auditHead.sequence": [
      (h) => {
        h.auditHead.sequence -= 1;
      },
      "vault/header-tampered",
    ],
    "auditHead.mac": [
      (h) => {
        h.auditHead.mac = "0".repeat(64);
      },
      "vault/header-tampered",
    ],
    "auditHead.checkpoint": [
      (h) => {
        h.auditHead.checkpoint = 0;
      },
      "vault/header-tampered",
    ],
    "auditHead.time": [
      (h) => {
        h.auditHead.time += 1;
      },
      "vault/header-tampered",
    ],
    mac: [
      (h) => {
        h.mac = `${h.mac.startsWith("A") ? "B" : "A"}${h.mac.slice(1)}`;
      },
      "vault/header-tampered",
    ],
    "a second slot": [
      (h) => {
        h.slots.push({ ...h.slots[0], userName: "mallory" });
      },
      "vault/header-tampered",
    ],
    // What the slot says of itself is bound into what it wraps: no key comes out of an edited one, as with a wrong password.
    "slots.id": [
      (h) => {
        h.slots[0].id = h.vaultId;
      },
      "vault/wrong-password",
    ],
    "slots.userId": [
      (h) => {
        h.slots[0].userId = h.vaultId;
      },
      "vault/wrong-password",
    ],
    "slots.userName": [
      (h) => {
        h.slots[0].userName = "mallory";
      },
      "vault/wrong-password",
    ],
    "slots.kdf.salt": [
      (h) => {
        h.slots[0].kdf.salt = Buffer.alloc(16, 7).toString("base64");
      },
      "vault/wrong-password",
    ],
    "slots.kdf.memoryKiB": [
      (h) => {
        h.slots[0].kdf.memoryKiB = 19_456;
      },
      "vault/wrong-password",
    ],
    "slots.kdf.passes": [
      (h) => {
        h.slots[0].kdf.passes = 1;
      },
      "vault/wrong-password",
    ],
    "slots.kdf.lanes": [
      (h) => {
        h.slots[0].kdf.lanes = 1;
      },
      "vault/wrong-password",
    ],
    "slots.wrapped": [
      (h) => {
        h.slots[0].wrapped = `AAAA${h.slots[0].wrapped.slice(4)}`;
      },
      "vault/wrong-password",
    ],
    "slots.wrapped cut to nothing": [
      (h) => {
        h.slots[0].wrapped = "";
      },
      "vault/header-unreadable",
    ],
    "slots.kdf.salt cut to nothing": [
      (h) => {
        h.slots[0].kdf.salt = "";
      },
      "vault/header-unreadable",
    ],
    "no slots": [
      (h) => {
        h.slots = [];
      },
      "vault/header-unreadable",
    ],
    "an unknown field": [
      (h) => {
        h.comment = "hello";
      },
      "vault/header-unreadable",
    ],
    "a field gone": [
      (h) => {
        delete h.auditHead.mac;
      },
      "vault/header-unreadable",
    ],
    format: [
      (h) => {
        h.format = "other";
      },
      "vault/header-unreadable",
    ],
    "version 0": [
      (h) => {
        h.version = 0;
      },
      "vault/header-unreadable",
    ],
    "version 2, without a slot that makes it one,": [
      (h) => {
        h.version = 2;
      },
      "vault/header-unreadable",
    ],
    "version 3": [
      (h) => {
        h.version = 3;
      },
      "vault/newer-version",
    ],
    "memory of 4 TiB": [
      (h) => {
        h.slots[0].kdf.memoryKiB = 2 ** 32;
      },
      "vault/kdf-out-of-bounds",
    ],
    "memory of 1 MiB": [
      (h) => {
        h.slots[0].kdf.memoryKiB = 1024;
      },
      "vault/kdf-out-of-bounds",
    ],
    "a user's name that would write to the terminal": [
      (h) => {
        h.slots[0].userName = "olga\u001b]0;gone\u0007";
      },
      "vault/header-unreadable",
    ],
    "a million passes": [
      (h) => {
        h.slots[0].kdf.passes = 1_000_000;
      },
      "vault/kdf-out-of-bounds",
    ],
    "1000 lanes": [
      (h) => {
        h.slots[0].kdf.lanes = 1000;
      },
      "vault/kdf-out-of-bounds",
    ],
  };

  it.each(Object.entries(edits))(
    "V02 says what is wrong when %s was edited and the checksum made to fit",
    async (_field, [edit, code]) => {
      expect(await refusalOf((vault) => editHeader(vault, edit, true))).toBe(code);
    },
  );

  it.each(
    Object.entries(edits).filter(([, [, code]]) => code === "vault/header-tampered" || code === "vault/wrong-password"),
  )("V02 says the header is damaged when %s was edited and the checksum was not", async (_field, [edit]) => {
    expect(await refusalOf((vault) => editHeader(vault, edit, false))).toBe("vault/header-damaged");
  });

  it("V02 D7 takes no memory for what an edited header asks", async () => {
    const before = process.memoryUsage.rss();
    await refusalOf((vault) =>
      editHeader(
        vault,
        (h) => {
          h.slots[0].kdf.memoryKiB = 3_000_000;
        },
        true,
      ),
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
  });

  it("V02 refuses a header that is missing, too large, not text, or another file", async () => {
    expect(await refusalOf((vault) => rmSync(headerFile(vault)))).toBe("vault/header-unreadable");
    expect(await refusalOf((vault) => writeFileSync(headerFile(vault), Buffer.alloc(5_000_000, 0x20)))).toBe(
      "vault/header-unreadable",
    );
    expect(await refusalOf((vault) => writeFileSync(headerFile(vault), Buffer.from([0xff, 0xfe, 0x7b, 0x7d])))).toBe(
      "vault/header-unreadable",
    );
    expect(await refusalOf((vault) => copyFileSync(databaseFile(vault), headerFile(vault)))).toBe(
      "vault/header-unreadable",
    );
  });
});

describe("V02 database", () => {
  it("V02 refuses the database of another vault, and the header of another vault", async () => {
    const other = folder.at("other");
    const maker = new Kernel(other);
    await maker.create();
    await maker.app.close("closing");
    expect(await refusalOf((vault) => copyFileSync(databaseFile(other), databaseFile(vault)))).toBe(
      "vault/database-mismatch",
    );
    expect(await refusalOf((vault) => copyFileSync(headerFile(other), headerFile(vault)))).toBe(
      "vault/database-mismatch",
    );
  });

  it("V02 refuses a database that is missing or cut short", async () => {
    expect(await refusalOf((vault) => rmSync(databaseFile(vault)))).toBe("vault/database-missing");
    for (const length of [0, 1, 15, 16, 17, 100, 512, 1024, 4095, 4096, 4097, 8192, 40_000]) {
      expect(await refusalOf((vault) => truncateSync(databaseFile(vault), length)), `${length} bytes`).toBe(
        "vault/database-damaged",
      );
    }
  });

  it("V02 refuses a database with a flipped bit in any page that opening reads", async () => {
    for (const offset of [16, 24, 100, 2000, 4095]) {
      expect(await refusalOf((vault) => flip(databaseFile(vault), offset)), `byte ${offset}`).toBe(
        "vault/database-damaged",
      );
    }
    expect(await refusalOf((vault) => flip(databaseFile(vault), 3))).toBe("vault/database-mismatch");
  });

  it("V02 names the damage when a page is read only after the vault is open", async () => {
    const size = readFileSync(databaseFile(copy("sized"))).length;
    const codes = new Set<string>();
    for (let page = 1; page < size / 4096; page++) {
      const vault = copy(`page-${page}`);
      flip(databaseFile(vault), page * 4096 + 1234);
      const kernel = new Kernel(vault);
      const unlocked = await kernel.code("vault.unlock", { userName: OWNER.userName, password: OWNER.password });
      codes.add(unlocked);
      if (unlocked === "ok") {
        for (const operation of [
          "keypairs.list",
          "servers.list",
          "tasks.list",
          "audit.list",
          "audit.verify",
          "audit.checkpoints",
          "vault.settings",
        ])
          codes.add(await kernel.code(operation));
        codes.add(await kernel.code("keypairs.create", { name: `k${page}`, spec: "ed25519" }));
      }
      await kernel.app.close("closing");
      // What fails after an unlock is durable (looking for cut-off tasks) is logged by its own name, never as a surprise.
      expect(
        kernel.bugs.filter((error) => !isKeysteadError(error)),
        `page ${page}`,
      ).toEqual([]);
      rmSync(vault, { recursive: true });
    }
    expect([...codes].sort()).toEqual(["ok", "vault/database-damaged"]);
  });

  it("V02 refuses a database from a newer version", async () => {
    const vault = copy("newer");
    const database = await openVaultDatabase(vault, OWNER.password);
    database.pragma("user_version=999");
    database.close();
    const newer = folder.at("newer.db");
    renameSync(databaseFile(vault), newer);
    expect(await refusalOf((other) => copyFileSync(newer, databaseFile(other)))).toBe("vault/newer-version");
  });

  it("V02 refuses a database left without its header, and does not create a vault over it", async () => {
    const vault = copy("headless");
    rmSync(headerFile(vault));
    const before = vaultFingerprint(vault);
    const kernel = new Kernel(vault);
    expect(await kernel.code("vault.create", OWNER)).toBe("vault/header-unreadable");
    expect(await kernel.code("vault.status")).toBe("vault/header-unreadable");
    expect(vaultFingerprint(vault)).toEqual(before);
  });
});

it("V01 opens the same vault from a copy of its folder elsewhere", async () => {
  const vault = copy("moved");
  const elsewhere = folder.at("another machine");
  renameSync(vault, elsewhere);
  await using kernel = new Kernel(elsewhere);
  expect(await kernel.unlock()).toMatchObject({ state: "unlocked", vaultName: OWNER.name, warnings: [] });
  expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
});

/** Whoever opens a pipe waits for its other end: the whole process would stand still. */
describe.skipIf(process.platform === "win32")("V02 pipes and links in the places of files", () => {
  const pipe = (path: string) => {
    rmSync(path, { force: true });
    execFileSync("mkfifo", [path]);
  };

  it.each([
    ["vault.json", "vault/header-unreadable"],
    ["vault.db", "vault/database-damaged"],
  ])("V02 names a pipe in the place of %s instead of waiting for its writer", async (name, code) => {
    const vault = copy(`pipe-${name}`);
    pipe(join(vault, name));
    const kernel = new Kernel(vault);
    expect(await kernel.code("vault.unlock", { password: OWNER.password })).toBe(code);
    await kernel.app.close("closing");
  });

  it("V02 refuses, and says that it could not be noted, where the note of refusals is a pipe or leads elsewhere", async () => {
    const vault = copy("pipe-note");
    const note = join(vault, "vault.failures.jsonl");
    const elsewhere = folder.at("somebody-elses");
    writeFileSync(elsewhere, "precious");
    const kernel = new Kernel(vault);
    pipe(note);
    expect(await kernel.code("vault.unlock", { password: "not the password" })).toBe("vault/disk-failed");
    rmSync(note);
    symlinkSync(elsewhere, note);
    expect(await kernel.code("vault.unlock", { password: "not the password" })).toBe("vault/disk-failed");
    expect(readFileSync(elsewhere, "utf8")).toBe("precious");
    await kernel.app.close("closing");
  });

  it("V02 tells that the vault is held although the holder's note is a pipe", async () => {
    const vault = copy("pipe-holder");
    await using holder = await ChildKernel.start(vault, ["hold"]);
    await holder.line("unlocked");
    pipe(join(vault, "vault.holder.json"));
    const kernel = new Kernel(vault);
    expect(await kernel.code("vault.unlock", { password: OWNER.password })).toBe("vault/held-by-other");
    expect(await kernel.must("vault.status")).toMatchObject({ heldBy: { pid: 0 } });
    await kernel.app.close("closing");
  });
});
