import { parseSshdEffective, type SshdEffective } from "../sshd-effective.ts";
import { checkName } from "./probe.ts";
import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";
import { SSHD } from "./shell-library.ts";

const SCRIPT = `${SSHD}
[ "$(id -u)" = 0 ] || fail not-root
[ -n "$sshd" ] || fail no-sshd
for who in $users; do
  # Named in a file, but nobody here: no login can come of it.
  id -u -- "$who" >/dev/null 2>&1 || continue
  ask_sshd -T -f "$main" -C "user=$who,$caller" || fail config-broken "$answer"
  put effective-user "$who"
  put effective "$answer"
done
`;

export interface AskAccounts {
  readonly users: readonly string[];
  readonly mainPath: string;
  readonly connection: { readonly ourAddress: string; readonly serverAddress: string; readonly serverPort: number };
  readonly runAs: RunAs;
}

export interface AskedAccount {
  readonly name: "matched";
  readonly user: string;
  readonly effective: SshdEffective;
}

/** What sshd says for these accounts, called from here, as the probe asks it for its three classes (B32). Changes nothing. */
export function askAccounts(request: AskAccounts): RemoteProgram<readonly AskedAccount[]> {
  const { ourAddress, serverAddress, serverPort } = request.connection;
  return makeProgram({
    name: "ask sshd for accounts",
    script: SCRIPT,
    values: {
      users: request.users.map(checkName).join(" "),
      main: request.mainPath,
      caller: `host=${ourAddress},addr=${ourAddress},laddr=${serverAddress},lport=${serverPort}`,
    },
    runAs: request.runAs,
    read: (answer) => {
      const texts = answer.list("effective");
      return answer.list("effective-user").map((user, index) => ({
        name: "matched" as const,
        user,
        effective: parseSshdEffective(texts[index] ?? ""),
      }));
    },
  });
}
