import { realpathSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import { randomId } from "#main/crypto/random.ts";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { suggestedModules } from "./suggested-modules.ts";
import { assertModuleFree, deleteModule, insertModule, listModuleRows, type ModuleRow } from "./token-repository.ts";
import { moduleResource, type TokensParts } from "./tokens-parts.ts";

export const suggestModules =
  (parts: TokensParts): Handler<"tokens", "suggestModules"> =>
  async () => {
    const added = new Set((await parts.service.modules()).map((watch) => fileAt(watch.row.path) ?? watch.row.path));
    const modules = suggestedModules(process.platform).map(({ name, path }) => ({ name, path, file: fileAt(path) }));
    return {
      result: {
        modules: onePerFile(modules).map(({ name, path, file }) => ({
          name,
          path,
          present: file !== undefined,
          added: added.has(file ?? path),
        })),
      },
    };
  };

/** The file a path leads to, through whatever links; `undefined` when there is none. */
function fileAt(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // Not there, or not for us to see: either way it cannot be loaded.
    return undefined;
  }
}

/** Distributions link one library into several folders: it is one to choose, under the first of its usual paths. */
function onePerFile<T extends { readonly file: string | undefined }>(modules: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return modules.filter(({ file }) => {
    if (file === undefined) return true;
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}

/** A name for a library nobody has named: what we know it as, or its file's. */
function nameFor(path: string): string {
  const known = suggestedModules(process.platform).find((module) => module.path === path);
  return known?.name ?? basename(path).replace(/\.(?:so|dll|dylib)(?:\.[\d.]+)?$/, "");
}

/** The library that has been added under whatever path to the same file. */
async function sameFile(db: ReadableDb | WritableDb, path: string): Promise<ModuleRow | undefined> {
  const file = fileAt(path);
  if (file === undefined) return undefined;
  return (await listModuleRows(db)).find((row) => fileAt(row.path) === file);
}

/**
 * Two paths to one file are one library and one process (C6): as two entries each of its tokens would be shown twice, under two
 * ids, and removing either would end the process of both. Error: `tokens/module-taken`.
 */
async function assertFileFree(db: ReadableDb | WritableDb, path: string): Promise<void> {
  const taken = await sameFile(db, path);
  if (taken === undefined) return;
  throw new KeysteadError(
    "tokens/module-taken",
    `${path} leads to the same library as ${taken.path}, which has been added already, as “${taken.name}”.`,
    { path: taken.path, name: taken.name },
  );
}

export const addModule =
  (parts: TokensParts): Handler<"tokens", "addModule"> =>
  async (params, call) => {
    if (!isAbsolute(params.path))
      throw new KeysteadError(
        "tokens/module-not-found",
        "Give the library's absolute path: a bare name would be searched for in places others may write to.",
        { path: params.path },
      );
    const row: ModuleRow = {
      id: randomId(),
      name: params.name ?? nameFor(params.path),
      path: params.path,
      libraryParameters: params.libraryParameters ?? null,
      addedAt: call.clock.now(),
    };
    await assertModuleFree(call.vault.read, row);
    await assertFileFree(call.vault.read, row.path);
    const tried = await parts.service.tryOut(row);
    return {
      result: tried.watch.view(),
      resource: moduleResource(row),
      change: async (tx) => {
        // Again: under two paths at once, neither was there to be found before.
        await assertFileFree(tx, row.path);
        await insertModule(tx, row);
      },
      afterwards: tried.keep,
      // The process is the other entry's, if that came first.
      undo: async () => {
        if ((await sameFile(call.vault.read, row.path)) === undefined) await tried.drop();
      },
      changed: ["tokens"],
    };
  };

export const listModules =
  (parts: TokensParts): Handler<"tokens", "listModules"> =>
  async () => {
    await parts.service.lookAll();
    return { result: { modules: (await parts.service.modules()).map((watch) => watch.view()) } };
  };

export const removeModule =
  (parts: TokensParts): Handler<"tokens", "removeModule"> =>
  async (params) => {
    const watch = await parts.service.watchOf(params.id);
    await parts.service.letFinish(watch);
    const { row } = watch;
    return {
      result: { id: row.id },
      resource: moduleResource(row),
      change: (tx) => deleteModule(tx, row.id),
      afterwards: () => parts.service.forget(row.id),
      changed: ["tokens"],
    };
  };

export const restartModule =
  (parts: TokensParts): Handler<"tokens", "restartModule"> =>
  async (params) => {
    const watch = await parts.service.watchOf(params.id);
    await watch.restart();
    return { result: watch.view(), resource: moduleResource(watch.row), changed: ["tokens"] };
  };
