import { sha256 } from "#main/crypto/hash.ts";
import { type LsFacts, parseLsFacts } from "./ls-facts.ts";
import type { RemoteAnswer } from "./remote-answer.ts";
import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";

/** What lies at a keys path, and everything on the way to it that sshd judges. */
export interface RemoteKeysFile {
  /** As sshd names it. */
  readonly path: string;
  /** With every link followed. */
  readonly realPath: string;
  /** The folder of `path`, physically; where it does not exist yet, where it would be. */
  readonly realFolder: string;
  /** Empty when the file does not exist. */
  readonly content: Buffer;
  /** Hex of SHA-256 of `content`, or `absent`: the condition of a later write (B17). */
  readonly digest: string;
  /** Of `realPath`; `undefined` when it does not exist. */
  readonly file: LsFacts | undefined;
  /** `undefined` when it does not exist. */
  readonly folder: LsFacts | undefined;
  /** Target text when the file itself, or its folder, is a symbolic link (B10, B11). */
  readonly fileLink: string | undefined;
  readonly folderLink: string | undefined;
  /** Every folder above `realPath`, nearest first. */
  readonly above: readonly { readonly path: string; readonly facts: LsFacts }[];
  /** `i` or `a` of lsattr on file or folder; empty where the file system has none. */
  readonly attributes: string;
  /** The account the script ran as. */
  readonly runsAsUid: number;
  /** Those of the other files asked for that exist and can be read. */
  readonly others: readonly { readonly path: string; readonly content: Buffer }[];
}

const SCRIPT = `
uid=$(id -u)
put uid "$uid"
for other in $others; do
  # As root no link in a user's folder is followed (B10).
  if [ "$uid" = 0 ] && [ -L "$other" ]; then continue; fi
  if [ -f "$other" ] && [ -r "$other" ] && [ "$(($(wc -c < "$other")))" -le "$limit" ]; then
    put other "$other"
    putfile other-content "$other"
  fi
done
dir=\${path%/*}
[ -n "$dir" ] || dir=/
if [ -L "$dir" ]; then put folder-link "$(readlink "$dir")"; fi
if [ -L "$path" ]; then put file-link "$(readlink "$path")"; fi
if [ -d "$dir" ]; then
  home=$(cd -P -- "$dir" && pwd -P)
  [ -n "$home" ] || fail unreadable
  facts "$home"
  put folder "$facts"
else
  if [ -e "$dir" ] || [ -L "$dir" ]; then fail not-regular; fi
  up=\${dir%/*}
  home=$(cd -P -- "\${up:-/}" 2>/dev/null && pwd -P)
  [ -n "$home" ] || fail no-directory "\${up:-/}"
  home=\${home%/}/\${dir##*/}
fi
put real-folder "$home"
real=\${home%/}/\${path##*/}
if [ -L "$real" ]; then
  real=$(readlink -f -- "$real") && [ -n "$real" ] || fail symlink
  # As root, a link in a user's folder may point at anything: only one a person has named is read (B10, B11).
  if [ "$uid" = 0 ] && [ "$real" != "$follow" ]; then put real-path "$real"; put digest unread; end; fi
fi
put real-path "$real"
if [ -e "$real" ]; then
  facts "$real"
  put file "$facts"
  if [ -f "$real" ]; then
    [ -r "$real" ] || fail unreadable
    [ "$(($(wc -c < "$real")))" -le "$limit" ] || fail too-large
    putfile content "$real"
    put digest present
  else put digest not-regular; fi
else put digest absent; fi
walk=$real
while [ "$walk" != / ] && [ -n "$walk" ]; do
  walk=\${walk%/*}
  facts "\${walk:-/}"
  [ -z "$facts" ] || put above "$facts,\${walk:-/}"
done
if has lsattr; then
  IFS='
'
  set -- $(lsattr -d -- "$real" "$home" 2>/dev/null)
  unset IFS
  for line; do put attributes "\${line%% *}"; done
fi
`;

export interface ReadAuthorizedKeys {
  readonly path: string;
  readonly runAs: RunAs;
  /** Bytes. */
  readonly limit: number;
  /** The real path a person agreed to when the file is a link (B11). */
  readonly follow?: string | undefined;
  /** Further files that sshd reads for the account, for their content alone; no blanks in them, as sshd prints them. */
  readonly others?: readonly string[];
}

/** Reads as the target account where that is possible (B10); changes nothing. */
export function readAuthorizedKeys(request: ReadAuthorizedKeys): RemoteProgram<RemoteKeysFile> {
  const { path, limit, follow, runAs, others = [] } = request;
  return makeProgram({
    name: "read authorized_keys",
    script: SCRIPT,
    values: { path, limit: String(limit), follow: follow ?? "", others: others.join(" ") },
    runAs,
    read: (answer) => readFile(answer, path),
  });
}

function readFile(answer: RemoteAnswer, path: string): RemoteKeysFile {
  const state = answer.text("digest");
  const content = state === "present" ? answer.bytes("content") : Buffer.alloc(0);
  const contents = answer.all("other-content");
  const optionalFacts = (key: string) => {
    const text = answer.optional(key);
    return text === undefined ? undefined : parseLsFacts(text);
  };
  return {
    path,
    realPath: answer.text("real-path"),
    realFolder: answer.text("real-folder"),
    content,
    // The digest of the very bytes we have: what was read, not what the file may be a moment later.
    digest: state === "present" ? sha256(content).toString("hex") : state,
    file: optionalFacts("file"),
    folder: optionalFacts("folder"),
    fileLink: answer.optional("file-link"),
    folderLink: answer.optional("folder-link"),
    above: answer.list("above").map((line) => {
      const parts = line.split(",");
      return { path: parts.slice(5).join(","), facts: parseLsFacts(parts.slice(0, 5).join(",")) };
    }),
    attributes: answer.list("attributes").join("").replace(/[^ia]/g, ""),
    runsAsUid: answer.number("uid"),
    others: answer.list("other").map((other, index) => ({ path: other, content: contents[index] ?? Buffer.alloc(0) })),
  };
}
