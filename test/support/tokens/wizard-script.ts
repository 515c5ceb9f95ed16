import { once } from "node:events";
import { writeSync } from "node:fs";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { createApp } from "#main/app.ts";
import type { TokenModule, TokenModules } from "#main/features/tokens/index.ts";

/*
 * wizard-script.ts <folder> <token id>: initialises the token and stands still for ever just before it gets its user PIN, so
 * that whoever started this can kill it there. Password and the wizard's form come on standard input, a line each, as JSON;
 * prints `erased` when it stands still.
 */
function standingStill(real: TokenModules): TokenModules {
  const still = (module: TokenModule): TokenModule =>
    new Proxy(module, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== "initPin") return typeof value === "function" ? value.bind(target) : value;
        return () => {
          writeSync(1, "erased\n");
          return new Promise(() => undefined);
        };
      },
    });
  return { open: async (...args) => still(await real.open(...args)), closeAll: () => real.closeAll() };
}

const [folder = "", id = ""] = process.argv.slice(2);
const tokenModules = () => standingStill(createTokenModules({ startProcess: nodeProcess() }));
const app = createApp({ folder, door: "cli" }, { tokenModules });
const caller = app.connect("cli");
const [input] = (await once(process.stdin, "data")) as [Buffer];
const [unlock, form] = input
  .toString("utf8")
  .split("\n")
  .slice(0, 2)
  .map((line) => JSON.parse(line) as object);
const ask = (operation: string, params: object | undefined) => app.dispatch(caller, { operation, params });
await ask("vault.unlock", unlock);
const reply = await ask("tokens.initialize", { id, ...form });
writeSync(1, `${JSON.stringify(reply)}\n`);
