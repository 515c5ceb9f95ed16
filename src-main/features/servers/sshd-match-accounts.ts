import type { MatchBlock } from "./sshd-match.ts";
import { matchesPatternList } from "./sshd-pattern.ts";

/** An account as the server's own lists have it. */
export interface KnownAccount {
  readonly user: string;
  readonly uid: number;
  readonly groups: readonly string[];
}

export interface MatchQuestion {
  readonly blocks: readonly MatchBlock[];
  readonly accounts: readonly KnownAccount[];
  /** A directory service, or too many: there are accounts and members the lists do not show. */
  readonly moreAccounts: boolean;
  /** Those sshd has been asked about already. */
  readonly asked: readonly string[];
  /** Whether sshd can be asked about a name at all: `sshd -C` knows no quoting. */
  readonly canAsk: (user: string) => boolean;
}

export interface MatchPlan {
  /** Whom else to ask sshd about; those that do not exist on the server are left out there. */
  readonly users: readonly string[];
  /** Blocks that may mean somebody who is not asked about. */
  readonly unseen: readonly MatchBlock[];
}

/** sshd is asked anew for each: some ten milliseconds on most servers, and every one of them within one program's deadline. */
export const ACCOUNTS_ASKED = 32;

/**
 * Whom a Match block names (B32). Accounts that the same blocks match have the same configuration, so one of each kind comes
 * first, one that no block matches too; the others after them, as far as the bound goes.
 */
export function planMatched(question: MatchQuestion): MatchPlan {
  const { blocks, accounts, moreAccounts, asked, canAsk } = question;
  if (blocks.length === 0) return { users: [], unseen: [] };
  const listed = blocks.filter((block) => !block.more);
  const kindOf = (account: KnownAccount) => listed.map((block) => (matchesBlock(account, block) ? "1" : "0")).join("");
  const isAsked = (account: KnownAccount) => asked.includes(account.user);
  const kinds = new Set(accounts.filter(isAsked).map(kindOf));
  const kindsUnasked = new Set<string>();
  const first: string[] = [];
  const others: string[] = [];
  for (const account of accounts.filter((one) => !isAsked(one)).toSorted((a, b) => rank(a) - rank(b))) {
    const kind = kindOf(account);
    if (!canAsk(account.user)) kindsUnasked.add(kind);
    else if (!kinds.has(kind)) {
      kinds.add(kind);
      first.push(account.user);
    } else if (kind.includes("1") && rank(account) === 0) others.push(account.user);
  }
  const known = new Set([...accounts.map((account) => account.user), ...asked]);
  const strange = new Set(listed.flatMap(plainNames).filter((name) => !known.has(name)));
  const must = [...first, ...[...strange].filter(canAsk)];
  const tooMany = must.length > ACCOUNTS_ASKED;
  const missed = [...kindsUnasked].filter((kind) => !kinds.has(kind));
  const unseen = blocks.filter(
    (block) =>
      block.more ||
      tooMany ||
      (moreAccounts && !namesOnly(block)) ||
      plainNames(block).some((name) => strange.has(name) && !canAsk(name)) ||
      missed.some((kind) => kind[listed.indexOf(block)] === "1"),
  );
  return { users: [...must, ...others].slice(0, ACCOUNTS_ASKED), unseen };
}

function matchesBlock(account: KnownAccount, { users, groups }: MatchBlock): boolean {
  return (
    users.every((list) => matchesPatternList(account.user, list)) &&
    groups.every((list) => matchesGroups(account.groups, list))
  );
}

/** sshd's ga_match_pattern_list: an exception that any of the groups meets beats every other entry. */
function matchesGroups(groups: readonly string[], list: string): boolean {
  const exceptions = list.split(",").filter((entry) => entry.startsWith("!"));
  const excluded = groups.some((group) => exceptions.some((entry) => matchesPatternList(group, entry.slice(1))));
  return !excluded && groups.some((group) => matchesPatternList(group, list));
}

/** People before the accounts of services. */
function rank({ uid }: KnownAccount): number {
  return uid === 0 || (uid >= 1000 && uid < 60000) ? 0 : 1;
}

/** The accounts a block names without a wildcard. */
function plainNames({ users }: Pick<MatchBlock, "users">): readonly string[] {
  return users.flatMap((list) => list.split(",")).filter((entry) => entry !== "" && !/[!*?]/.test(entry));
}

/** Every account it may mean is named in it. */
function namesOnly({ users, groups }: MatchBlock): boolean {
  const isName = (entry: string) => entry.startsWith("!") || !/[*?]/.test(entry);
  return groups.length === 0 && users.some((list) => list.split(",").every(isName));
}
