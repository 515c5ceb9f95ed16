import { sha256 } from "#main/crypto/hash.ts";
import { parseSshdEffective, type SshdEffective } from "../sshd-effective.ts";
import { parseLsFacts } from "./ls-facts.ts";
import { checkName } from "./probe.ts";
import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";
import { ARM, REVERT_RUN } from "./revert-script.ts";
import { type RevertToken, revertId } from "./revert-timer.ts";
import { FILES, SSHD } from "./shell-library.ts";
import { temporaryName } from "./temporary-name.ts";

export interface AppliedSshdFile {
  readonly state: "applied" | "unchanged";
  /** The file as it was, for the vault (B22); `undefined` when there was none. Given for `unchanged` too. */
  readonly before: { readonly content: Buffer; readonly mode: number } | undefined;
  readonly digest: string;
  readonly classes: readonly { readonly user: string; readonly effective: SshdEffective }[];
  /** How sshd was made to read it: a command, `each-connection`, or empty when nothing changed. */
  readonly reload: string;
}

/**
 * In this order: test what would be (B38), arm the way back (B40), replace the file, ask sshd for every class what now
 * holds (B32), reload (B39). Anything wrong before the reload puts the file back at once; anything after it does too,
 * and reloads again.
 */
const SCRIPT = `${SSHD}${FILES}${ARM}
subject=sshd-
[ "$(id -u)" = 0 ] || fail not-root
[ -n "$sshd" ] || fail no-sshd
find_reload
dir=\${path%/*}
base=\${path##*/}
armed=no
enter "$dir" "$(cd -P -- "$dir" && pwd -P)"
facts .
[ "$owner" = 0 ] || fail sshd-not-owner
look "$base"
if [ "$now" != absent ]; then
  putfile before "$base"
  facts "$base"
  put before-facts "$facts"
  mode=$(stat -c %a -- "$base" 2>/dev/null || stat -f %Lp "$base")
  uid=$owner
  gid=$group
fi

newline='
'
effective() {
  for who in $users; do
    ask_sshd -T -f "$main" -C "user=$who,$caller" || return 1
    for line in $require; do
      # A requirement is keyword|oldname=value: whichever of the two names this sshd prints.
      value=\${line#*=}
      names=\${line%%=*}
      case "$newline$answer$newline" in
        *"$newline\${names%%|*} $value$newline"* | *"$newline\${names#*|} $value$newline"*) ;;
        *) broken="$who: \${names%%|*} is not $value"; return 2 ;;
      esac
    done
    put effective-user "$who"; put effective "$answer"
  done
}
work=$(mktemp /run/keystead-XXXXXXXXXX) || fail disk-full
# A failure between arming and the rename leaves nothing to undo, so no timer either.
cleanup() {
  [ -z "$tmp" ] || rm -f -- "$tmp"; tmp=
  rm -f -- "$work"
  if [ $armed = yes ]; then withdraw; fi
}
# Whoever gave us up may have taken the switch back meanwhile: then nothing would undo what we are about to do.
still() { mine && [ -f $box/armed ] || fail changed; }
undo() {
  sh $box/run 0 "$id" "\${1-}" >/dev/null 2>&1
  [ "$(cat $box/outcome 2>/dev/null)" = restored ] || fail restore-failed "$(cat $box/outcome 2>/dev/null)"
  disarm
}

if [ "$now" = "$wanted" ]; then
  effective || { [ $? = 1 ] && fail config-broken "$answer"; fail overridden "$broken"; }
  put state unchanged; put digest "$now"; cleanup; end
fi
[ "$now" = "$expected" ] || fail changed
if [ "$wanted" != absent ]; then
  stage "$wanted" "$size"
  dress "$base" "$mode" "$uid" "$gid"
  # Behind the main file, since a Match in ours would swallow what follows; for validity the order is the same.
  if [ "$path" = "$main" ]; then cat -- "$tmp" > "$work"; else { cat -- "$main"; echo; cat -- "$tmp"; } > "$work"; fi
  if ! ask_sshd -t -f "$work"; then
    why=$answer
    ask_sshd -t -f "$main" || fail config-broken "$answer"
    fail config-invalid "$why"
  fi
elif ! ask_sshd -t -f "$main"; then fail config-broken "$answer"; fi
arm
if [ "$wanted" = absent ]; then discard "$base" "$expected"; else commit "$base" "$expected"; fi
armed=no
effective
case $? in
  1) why=$answer; undo quiet; fail config-invalid "$why" ;;
  2) undo quiet; fail overridden "$broken" ;;
esac
pidfile=\${answer#*"$newline"pidfile }
pidfile=\${pidfile%%"$newline"*}
case $reload in
  '') undo quiet; fail reload-failed 'no way to reload sshd was found' ;;
  each-connection) ;;
  *)
    listens=no
    if [ -f "$pidfile" ]; then listens=yes; fi
    touch -- "$work"
    # sshd may have heard it all the same: with the old file back it is asked once more, whatever that answers.
    out=$($reload 2>&1) || { undo quiet; $reload >/dev/null 2>&1; fail reload-failed "$out"; }
    # sshd takes its pid file away and writes it anew when it listens again; until then connections are refused.
    case $reload in 'kill -HUP '*)
      tries=0
      while [ $listens = yes ] && ! [ "$pidfile" -nt "$work" ] && [ $tries -lt 100 ]; do nap; tries=$((tries + 1)); done
      kill -0 "\${reload#kill -HUP }" 2>/dev/null || { undo; fail reload-failed 'sshd ended on reload'; } ;;
    esac ;;
esac
if [ "$seconds" = 0 ]; then disarm; fi
cleanup
look "$base"
put state applied
put digest "$now"
put reload "$reload"
`;

export interface ApplySshdFile {
  /** Absolute: our drop-in or the main file. */
  readonly path: string;
  readonly mainPath: string;
  /** Hex SHA-256 of what is there now, or `absent` (B17). */
  readonly expected: string;
  readonly content: Uint8Array | "absent";
  /** What must hold afterwards for every class, e.g. `passwordauthentication=no`; `a|b=no` for two names of one setting. */
  readonly require: readonly string[];
  /** The user classes to ask about (B32). */
  readonly users: readonly string[];
  /** Our address and the server's as the server sees them. */
  readonly connection: { readonly ourAddress: string; readonly serverAddress: string; readonly serverPort: number };
  readonly ourHost?: string | undefined;
  readonly token: RevertToken;
  /** Until the server undoes the change by itself; 0 arms nothing that outlives the run (removal, restore). */
  readonly revertAfterSeconds: number;
  /** Mode of a new file; an old one keeps its own. Default 0600. */
  readonly mode?: number | undefined;
  readonly runAs: RunAs;
}

/** What "no passwords" means in sshd's own words, for `require` (B33). */
export const PASSWORD_OFF_REQUIREMENTS: readonly string[] = [
  "passwordauthentication=no",
  "kbdinteractiveauthentication|challengeresponseauthentication=no",
];

/** Puts, replaces or removes one file of sshd's configuration and makes it take effect, with a timed way back. */
export function applySshdFile(request: ApplySshdFile): RemoteProgram<AppliedSshdFile> {
  const { path, mainPath, content, connection, ourHost, token } = request;
  const wanted = content === "absent" ? "absent" : sha256(content).toString("hex");
  const address = connection.ourAddress;
  return makeProgram({
    name: "apply sshd file",
    script: SCRIPT,
    values: {
      path,
      main: mainPath,
      expected: request.expected,
      wanted,
      size: String(content.length),
      require: request.require.join(" "),
      users: [...new Set(request.users.map(checkName))].join(" "),
      caller: `host=${ourHost ?? address},addr=${address},laddr=${connection.serverAddress},lport=${connection.serverPort}`,
      token,
      id: revertId(token),
      seconds: String(Math.ceil(request.revertAfterSeconds)),
      mode: (request.mode ?? 0o600).toString(8),
      uid: "0",
      gid: "0",
      temporary: temporaryName(),
      run: REVERT_RUN,
    },
    input: content === "absent" ? undefined : content,
    agrees: true,
    runAs: request.runAs,
    read: (answer) => {
      const users = answer.list("effective-user");
      return {
        state: answer.text("state") === "applied" ? "applied" : "unchanged",
        before: answer.has("before")
          ? { content: answer.bytes("before"), mode: parseLsFacts(answer.text("before-facts")).mode }
          : undefined,
        digest: answer.text("digest"),
        classes: answer.list("effective").map((text, index) => ({
          user: users[index] ?? "",
          effective: parseSshdEffective(text),
        })),
        reload: answer.optional("reload") ?? "",
      };
    },
  });
}
