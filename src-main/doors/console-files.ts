import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";

export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The built console in memory: what is not in here is not served. A request only ever looks up a key of a map. */
export interface ConsoleFiles {
  /** URL path → file, without the page itself. */
  readonly assets: ReadonlyMap<string, ConsoleFile>;
  /** The page with a fresh nonce in its `<meta name="csp-nonce">`. */
  page(nonce: string): Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

const NONCE_MARK = "__CSP_NONCE__";

/** Reads the built console once. Rejects when `folder` holds no page with the place for the nonce: then there is no console to show. */
export async function loadConsoleFiles(folder: string): Promise<ConsoleFiles> {
  const template = await readFile(join(folder, "index.html"), "utf8");
  if (!template.includes(NONCE_MARK)) throw new Error(`${folder}/index.html has no place for the policy's nonce`);

  const assets = new Map<string, ConsoleFile>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const type = TYPES[extname(entry.name)];
    // Symbolic links are not files here, so none can lead out of the folder.
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    assets.set(`/${relative(folder, file).split(sep).join("/")}`, { type, bytes: await readFile(file) });
  }
  return { assets, page: (nonce) => Buffer.from(template.replaceAll(NONCE_MARK, nonce), "utf8") };
}
