import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crossings, featureCircles, PACKAGES } from "./layers.ts";
import { ROOT, sourceFiles } from "./source-files.ts";

const sources = sourceFiles("src-shared", "src-main", "src-renderer");

describe("layers", () => {
  it("are not crossed by any import", () => {
    expect(sources.length).toBeGreaterThan(150);
    expect(crossings(sources)).toEqual([]);
  });

  it("have no features that import each other in a circle", () => {
    expect(featureCircles(sources)).toEqual([]);
  });

  it("have a place for every package that the program is shipped with, and no place for one it does not have", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    for (const name of Object.keys(manifest.dependencies)) expect(Object.keys(PACKAGES), name).toContain(name);
    for (const name of Object.keys(PACKAGES)) {
      expect({ ...manifest.dependencies, ...manifest.devDependencies }, name).toHaveProperty([name]);
    }
  });

  it("hold shared code to plain ECMAScript: no Node, no DOM, no Electron", () => {
    const outside = /\b(?:process|Buffer|window|document|navigator|localStorage|__dirname|require)\s*[.([]/;
    const found = sourceFiles("src-shared").filter(({ text }) =>
      outside.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"[^"\n]*"|'[^'\n]*'|`[^`]*`/g, "")),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it("keep a package's run-time use out of the renderer's bridge to main", () => {
    const bridge = sourceFiles("src-renderer").filter(
      ({ path, text }) => /\bwindow\.keystead\b/.test(text) && !path.startsWith("src-renderer/bridge/"),
    );
    expect(bridge.map(({ path }) => path)).toEqual([]);
  });
});

describe("the layer test itself", () => {
  it("finds a circle of three features, and takes no chain for one", () => {
    const file = (feature: string, uses: string) => ({
      path: `src-main/features/${feature}/x.ts`,
      text: `import type { A } from "#main/features/${uses}/index.ts";`,
    });
    const chain = [file("a", "b"), file("b", "c"), file("a", "c")];
    expect(featureCircles(chain)).toEqual([]);
    expect(featureCircles([...chain, file("c", "a")])).toContain("a -> b -> c -> a");
  });

  const fabricated: readonly (readonly [string, string, string])[] = [
    ["src-shared/models/x.ts", 'import { a } from "#main/app.ts";', "src-shared imports neither side"],
    [
      "src-shared/models/x.ts",
      'import type { a } from "../../src-renderer/app/App.tsx";',
      "src-shared imports neither side",
    ],
    ["src-shared/models/x.ts", 'import { readFileSync } from "node:fs";', "only main runs on Node"],
    ["src-shared/models/x.ts", 'import type { App } from "electron";', "electron has another place"],
    [
      "src-renderer/app/x.tsx",
      'import type { App } from "#main/dispatch/caller.ts";',
      "the renderer never sees src-main",
    ],
    [
      "src-renderer/app/x.tsx",
      'const app = await import("../../src-main/app.ts");',
      "the renderer never sees src-main",
    ],
    ["src-renderer/app/x.tsx", 'import { z } from "zod";', "zod has another place"],
    ["src-main/features/keys/x.ts", 'import { createHash } from "node:crypto";', "node:crypto has one place"],
    ["src-main/features/keys/x.ts", 'export { createHash } from "node:crypto";', "node:crypto has one place"],
    ["src-main/features/keys/x.ts", 'import "node:crypto";', "node:crypto has one place"],
    ["src-main/features/keys/x.ts", 'const c = require("node:crypto");', "node:crypto has one place"],
    ["src-main/features/keys/x.ts", 'import { Client } from "ssh2";', "ssh2 has another place"],
    ["src-main/features/keys/x.ts", 'import Database from "better-sqlite3";', "better-sqlite3 has another place"],
    ["src-main/features/keys/x.ts", 'import { Kysely } from "kysely";', "kysely has another place"],
    ["src-main/features/keys/x.ts", 'import { type A, Kysely } from "kysely";', "kysely has another place"],
    ["src-main/features/keys/x.ts", 'import Default, { type A } from "kysely";', "kysely has another place"],
    ["src-main/features/keys/x.ts", 'import * as all from "kysely";', "kysely has another place"],
    [
      "src-main/features/keys/x.ts",
      'import { createSsh } from "#main/adapters/ssh/create-ssh.ts";',
      "features reach the outside through an interface they own",
    ],
    [
      "src-main/features/keys/x.ts",
      'import { findServer } from "../servers/server-repository.ts";',
      "a feature is entered through its index.ts",
    ],
    [
      "src-main/features/keys/x.ts",
      'import type {\n  Row,\n} from "#main/features/servers/server-repository.ts";',
      "a feature is entered through its index.ts",
    ],
    ["src-main/features/keys/x.ts", 'import { createApp } from "#main/app.ts";', "nothing inside knows a door"],
    [
      "src-main/doors/cli/x.ts",
      'import { VaultKeeper } from "#main/features/vault/index.ts";',
      "a door reaches features only through the dispatcher",
    ],
    ["src-main/doors/window/x.ts", 'import { app } from "electron";', "electron has another place"],
    ["src-main/crypto/x.ts", 'import { systemClock } from "#main/clock.ts";', "crypto stands alone"],
    ["src-main/preload.ts", 'import { join } from "node:path";', "the preload is sandboxed: no Node"],
    [
      "src-main/features/keys/x.ts",
      'import _ from "lodash";',
      "the package lodash is not placed: add it to the table with the folder that may use it",
    ],
  ];

  it.each(fabricated)("finds in %s: %s", (path, text, why) => {
    expect(crossings([{ path, text }]).map((crossing) => crossing.why)).toEqual([why]);
  });

  it("lets pass what is allowed", () => {
    const allowed: readonly (readonly [string, string])[] = [
      ["src-main/features/keys/x.ts", 'import { newTask } from "#main/features/jobs/index.ts";'],
      ["src-main/features/keys/x.ts", 'import { type Selectable, type Insertable } from "kysely";'],
      ["src-main/features/keys/x.ts", 'import { writeFileAtomic } from "#main/adapters/files/atomic-write.ts";'],
      ["src-main/features/keys/x.ts", '// import { createHash } from "node:crypto";'],
      ["src-main/features/keys/x.ts", '/*\nimport { createHash } from "node:crypto";\n*/'],
      ["src-main/features/keys/x.ts", 'const text = "no import { x } from \\"ssh2\\"";'],
      ["src-main/doors/window/x.ts", 'import type { BrowserWindow } from "electron";'],
      ["src-main/crypto/x.ts", 'import { sign } from "node:crypto";'],
    ];
    expect(crossings(allowed.map(([path, text]) => ({ path, text })))).toEqual([]);
  });
});
