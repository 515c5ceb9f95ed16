import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Passes the link to the browser by a file that only this user can read. A command line would show it to every user of the
 * machine, so neither the browser nor xdg-open may get it as an argument.
 */
export interface HandOverFile {
  readonly path: string;
  /** Writes or replaces the file. */
  write(link: string): Promise<void>;
  /** Removes the file; the link in it is used up or too old. */
  clear(): Promise<void>;
  /** Removes the folder too. */
  remove(): Promise<void>;
}

export async function makeHandOverFile(env: NodeJS.ProcessEnv = process.env): Promise<HandOverFile> {
  const folder = await makePrivateFolder(env);
  const path = join(folder, "open-keystead.html");
  return {
    path,
    async write(link) {
      const fresh = `${path}.new`;
      await rm(fresh, { force: true });
      await writeFile(fresh, page(link), { mode: 0o600, flag: "wx" });
      await rename(fresh, path);
    },
    clear: () => rm(path, { force: true }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** mkdtemp makes the folder with mode 0700 and never takes over an existing one. */
async function makePrivateFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const runtime = env.XDG_RUNTIME_DIR;
  if (runtime) {
    const folder = await mkdtemp(join(runtime, "keystead-")).catch(() => undefined);
    if (folder !== undefined) return folder;
    // Set but unusable, as after `su`: the temporary folder serves as well.
  }
  return mkdtemp(join(tmpdir(), "keystead-"));
}

/** `link` is made of digits and base64url only: nothing in it needs escaping. */
function page(link: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="referrer" content="no-referrer">
    <meta http-equiv="refresh" content="0; url=${link}">
    <title>Keystead</title>
  </head>
  <body><a href="${link}">Open Keystead</a></body>
</html>
`;
}
