import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import type { Outside } from "#main/app.ts";
import type { TokenView } from "#shared/models/token.ts";
import type { Officer } from "../officer.ts";

/** The real application, whose token processes see `env`, such as the SoftHSM of one test. */
export function tokenOutside(env: Readonly<Record<string, string>>, more: Outside = {}): Outside {
  return { ...more, tokenModules: () => createTokenModules({ startProcess: nodeProcess(env) }) };
}

/** Adds a library and answers the token that it shows under this serial, or its only one. */
export async function addedToken(
  officer: Officer,
  library: { readonly module: string; readonly libraryParameters?: string },
  which: { readonly serial?: string; readonly label?: string } = {},
): Promise<TokenView> {
  const { modules } = await officer.client.tokens.listModules({});
  const known = modules.find((module) => module.path === library.module);
  // A fresh process: SoftHSM shows tokens that were made since only then (C28).
  if (known !== undefined) await officer.client.tokens.restartModule({ id: known.id });
  else
    await officer.client.tokens.addModule({
      path: library.module,
      ...(library.libraryParameters === undefined ? {} : { libraryParameters: library.libraryParameters }),
    });
  return token(officer, which);
}

/** A token that is in, by what is given of it. */
export async function token(
  officer: Officer,
  which: { readonly serial?: string; readonly label?: string } = {},
): Promise<TokenView> {
  const { tokens } = await officer.client.tokens.list({});
  const found = tokens.find(
    (each) =>
      each.present &&
      each.initialized &&
      (which.serial === undefined || each.serial === which.serial) &&
      (which.label === undefined || each.label === which.label),
  );
  if (found === undefined) throw new Error(`no such token among ${JSON.stringify(tokens)}`);
  return found;
}
