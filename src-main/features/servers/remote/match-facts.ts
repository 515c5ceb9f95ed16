import { posix } from "node:path";
import { findMatchBlocks, type MatchBlock } from "../sshd-match.ts";
import type { KnownAccount } from "../sshd-match-accounts.ts";
import type { RemoteAnswer } from "./remote-answer.ts";

/** What the server's Match blocks say of password login, and whom they may mean (B32, B34). */
export interface MatchFacts {
  readonly blocks: readonly MatchBlock[];
  /** Some included file could not be found by its name, so there may be further blocks. */
  readonly hidden: boolean;
  readonly accounts: readonly KnownAccount[];
  /** There are accounts, or members of groups, that the lists do not show. */
  readonly moreAccounts: boolean;
}

const LISTED = 5000;

/**
 * Part of the probe: what Match blocks could say of accounts the three classes do not stand for (B32, B34). The lines that
 * decide about passwords from every file sshd reads, and the accounts those blocks may mean. For root alone; nothing is
 * said where sshd has one answer for everybody.
 */
export const MATCH_FACTS = `
if [ "$(id -u)$uniform" = 0no ]; then
  # Included files include further ones (Red Hat's do); sshd itself stops at sixteen levels.
  read=$main
  level=$main
  depth=0
  while [ -n "$level" ] && [ $depth -lt 16 ]; do
    next=
    for file in $level; do
      set +f
      for included in $(patterns_of "$file"); do
        if [ "$included" = //blank ]; then put config-hidden yes; fi
        [ -f "$included" ] || continue
        case " $read " in *" $included "*) ;; *) read="$read $included"; next="$next $included" ;; esac
      done
      set -f
    done
    level=$next
    depth=$((depth + 1))
  done
  keywords='match|include|passwordauthentication|kbdinteractiveauthentication|challengeresponseauthentication|skeyauthentication|authenticationmethods'
  lines=$(grep -iE "^[[:space:]]*\\"?($keywords)" $read /dev/null 2>/dev/null)
  put config-lines "$lines"
  case $lines in *[Mm][Aa][Tt][Cc][Hh]*)
    # More lines than these are of no use, since nobody asks about so many; one above the limit tells that there are more.
    put accounts "$({ getent passwd || cat /etc/passwd; } 2>/dev/null | cut -d: -f1,3,4 | head -n ${LISTED + 1})"
    put account-groups "$({ getent group || cat /etc/group; } 2>/dev/null | cut -d: -f1,3,4 | head -n ${LISTED + 1})"
    # A directory service need not list everybody it knows.
    put accounts-elsewhere "$(awk -F '[: \\t]+' '$1 ~ /^(passwd|group|initgroups)$/ {
      for (i = 2; i <= NF && $i !~ /^#/; i++)
        if ($i !~ /^(files|compat|systemd|altfiles|db|\\[.*|.*\\]|)$/) { print "yes"; exit }
    }' /etc/nsswitch.conf 2>/dev/null)" ;;
  esac
fi
`;

export function readMatchFacts(answer: RemoteAnswer, mainPath: string): MatchFacts {
  const lines = answer.lines("config-lines").map((line) => {
    const [, path = "", text = ""] = /^([^:]*):(.*)$/.exec(line) ?? [];
    return { path, text };
  });
  const groups = answer.lines("account-groups").map((line) => {
    const [name = "", gid = "", members = ""] = line.split(":");
    return { name, gid, members: new Set(members.split(",")) };
  });
  const accounts = answer.lines("accounts").map((line) => {
    const [user = "", uid = "", gid = ""] = line.split(":");
    const own = groups.filter((group) => group.gid === gid || group.members.has(user));
    return { user, uid: Number(uid), groups: own.map((group) => group.name) };
  });
  return {
    blocks: findMatchBlocks(lines, posix.dirname(mainPath)),
    hidden: answer.flag("config-hidden"),
    accounts,
    moreAccounts: answer.flag("accounts-elsewhere") || accounts.length > LISTED || groups.length > LISTED,
  };
}
