import { importsOf, packageOf, type SourceFile, targetOf } from "./source-files.ts";

/** Which files may import a package at run time (`types`: which may import its types as well). A package not here is not placed. */
interface Place {
  readonly code: readonly RegExp[];
  readonly types?: readonly RegExp[];
}

const renderer = [/^src-renderer\//];

export const PACKAGES: Readonly<Record<string, Place>> = {
  zod: {
    code: [/^src-shared\//, /^src-main\/features\//, /^src-main\/doors\//],
    types: [/^src-main\/dispatch\//],
  },
  kysely: { code: [/^src-main\/database\//], types: [/^src-main\/features\//] },
  "better-sqlite3": { code: [/^src-main\/database\//] },
  ssh2: { code: [/^src-main\/adapters\/ssh\//] },
  "@node-rs/argon2": { code: [/^src-main\/crypto\/argon2\.ts$/] },
  "@noble/ciphers": { code: [/^src-main\/crypto\//] },
  "bcrypt-pbkdf": { code: [/^src-main\/crypto\/formats\//] },
  pkcs11js: { code: [/^src-main\/adapters\/pkcs11\//] },
  electron: {
    code: [/^src-main\/main\.ts$/, /^src-main\/preload\.ts$/],
    types: [/^src-main\/doors\/window\//],
  },
  react: { code: renderer },
  "react-dom": { code: renderer },
  "react-router": { code: renderer },
  "react-i18next": { code: renderer },
  i18next: { code: renderer },
  antd: { code: renderer },
  "@ant-design/icons": { code: renderer },
  "@tanstack/react-query": { code: renderer },
  dayjs: { code: renderer },
  zustand: { code: renderer },
};

/** Node's modules that only one folder may use; all others are free within src-main. */
const NODE_PLACES: Readonly<Record<string, readonly RegExp[]>> = {
  "node:crypto": [/^src-main\/crypto\//],
};

interface Rule {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly except?: RegExp;
  readonly why: string;
}

/** The interface that the servers feature owns: the SSH adapter fulfils it. */
const SSH_PORT = /^src-main\/features\/servers\/ssh-port\.ts$/;

/** The interface that the servers feature owns for known_hosts: the files adapter fulfils it. */
const KNOWN_HOSTS_PORT = /^src-main\/features\/servers\/known-hosts-port\.ts$/;

/** The interface that the tokens feature owns: the PKCS#11 adapter fulfils it, the window starts its processes another way. */
const TOKEN_PORT = /^src-main\/features\/tokens\/token-port\.ts$/;

/** Who may not import whom, by path. */
const RULES: readonly Rule[] = [
  { from: /^src-shared\//, to: /^src-(main|renderer)\//, why: "src-shared imports neither side" },
  { from: /^src-renderer\//, to: /^src-main\//, why: "the renderer never sees src-main" },
  { from: /^src-main\//, to: /^src-renderer\//, why: "main never sees the renderer" },
  { from: /^src-/, to: /^test\//, why: "the program does not import its tests" },
  {
    from: /^src-main\/features\//,
    to: /^src-main\/adapters\//,
    // Files are the one outside a feature may touch by itself: the adapter is two functions that make a write durable.
    except: /^src-main\/adapters\/files\//,
    why: "features reach the outside through an interface they own",
  },
  { from: /^src-main\/adapters\//, to: /^src-main\/(dispatch|doors|app\.ts)/, why: "adapters know nobody above them" },
  { from: /^src-main\/crypto\//, to: /^src-main\/(?!crypto\/)/, why: "crypto stands alone" },
  {
    from: /^src-main\/database\//,
    to: /^src-main\/(features|dispatch|doors|app\.ts)/,
    why: "the database knows no feature",
  },
  {
    from: /^src-main\/(features|dispatch)\//,
    to: /^src-main\/(doors\/|app\.ts|main\.ts)/,
    why: "nothing inside knows a door",
  },
  {
    from: /^src-main\/doors\//,
    to: /^src-main\/(features|database|adapters)\//,
    except: /^src-main\/(adapters\/files\/|features\/tokens\/token-port\.ts$)/,
    why: "a door reaches features only through the dispatcher",
  },
  { from: /^src-main\/preload\.ts$/, to: /^src-main\//, why: "the preload imports electron and shared names only" },
];

/**
 * The parts of a feature that others may import besides its index.ts, and who may. The vault is opened for the features by
 * the keeper and the dispatcher; the chain is written by the queue.
 */
const OPEN_PARTS: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  { from: /^src-main\/dispatch\//, to: /^src-main\/features\/(vault\/open-vault|audit\/(ledger|trace-record))\.ts$/ },
  { from: /^src-main\/adapters\/ssh\//, to: SSH_PORT },
  { from: /^src-main\/adapters\/files\//, to: KNOWN_HOSTS_PORT },
  { from: /^src-main\/(adapters\/pkcs11|doors\/window)\//, to: TOKEN_PORT },
  { from: /^src-main\/features\/vault\//, to: /^src-main\/features\/audit\/(ledger|checkpoints)\.ts$/ },
];

export interface Crossing {
  readonly file: string;
  readonly specifier: string;
  readonly why: string;
}

const any = (patterns: readonly RegExp[] | undefined, path: string) =>
  patterns?.some((pattern) => pattern.test(path)) === true;

function featureOf(path: string): string | undefined {
  return /^src-main\/features\/([^/]+)\//.exec(path)?.[1];
}

function ownImport(file: string, target: string): string | undefined {
  const rule = RULES.find(
    ({ from, to, except }) => from.test(file) && to.test(target) && except?.test(target) !== true,
  );
  if (rule !== undefined) return rule.why;
  const feature = featureOf(target);
  const foreign =
    feature !== undefined && featureOf(file) !== feature && !target.endsWith(`/features/${feature}/index.ts`);
  if (foreign && !OPEN_PARTS.some(({ from, to }) => from.test(file) && to.test(target)))
    return "a feature is entered through its index.ts";
  return undefined;
}

function outsideImport(file: string, name: string, typeOnly: boolean): string | undefined {
  if (name.startsWith("node:")) {
    if (!file.startsWith("src-main/")) return "only main runs on Node";
    if (file === "src-main/preload.ts") return "the preload is sandboxed: no Node";
    const places = NODE_PLACES[name];
    return places === undefined || any(places, file) ? undefined : `${name} has one place`;
  }
  const place = PACKAGES[name];
  if (place === undefined)
    return `the package ${name} is not placed: add it to the table with the folder that may use it`;
  if (any(place.code, file)) return undefined;
  return typeOnly && any(place.types, file) ? undefined : `${name} has another place`;
}

/** Features that reach each other in a circle, each with the way round; types count, since a reader follows them too. */
export function featureCircles(files: readonly SourceFile[]): string[] {
  const uses = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    const from = featureOf(path);
    if (from === undefined) continue;
    const reached = importsOf(text).map(({ specifier }) => featureOf(targetOf(path, specifier) ?? ""));
    for (const to of reached) {
      if (to !== undefined && to !== from) uses.set(from, (uses.get(from) ?? new Set()).add(to));
    }
  }
  const around = (way: readonly string[]): string[] =>
    [...(uses.get(way.at(-1) ?? "") ?? [])].flatMap((next) => {
      if (next === way[0]) return [[...way, next].join(" -> ")];
      return way.includes(next) ? [] : around([...way, next]);
    });
  return [...uses.keys()].flatMap((feature) => around([feature]));
}

/** Every import that crosses a layer. */
export function crossings(files: readonly SourceFile[]): Crossing[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ specifier, typeOnly }) => {
      const target = targetOf(path, specifier);
      const why = target === undefined ? outsideImport(path, packageOf(specifier), typeOnly) : ownImport(path, target);
      return why === undefined ? [] : [{ file: path, specifier, why }];
    }),
  );
}
