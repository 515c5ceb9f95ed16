import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";
import { FILES } from "./shell-library.ts";

const SCRIPT = `${FILES}
dir=\${temporary%/*}
# No folder, no file in it.
cd -P -- "\${dir:-/}" 2>/dev/null || end
# Kept with every link followed: another folder now is none that we wrote in (B10).
[ "$(pwd -P)" = "\${dir:-/}" ] || fail symlink "$dir"
out=$(rm -f -- "./\${temporary##*/}" 2>&1) || because "$out" .
`;

/**
 * Takes a write's temporary file away, so that a script which Keystead has given up cannot rename it any more: the first thing
 * any undo does. It cannot come back, since a script that has not made it yet gets no go-ahead (see `agree`).
 */
export function clearTemporary(temporary: string, runAs: RunAs): RemoteProgram<void> {
  return makeProgram({
    name: "clear temporary file",
    script: SCRIPT,
    values: { temporary },
    runAs,
    read: () => undefined,
  });
}
