import type { Server } from "#shared/models/server.ts";
import { type AskedAccount, askAccounts } from "../remote/ask-accounts.ts";
import { isAskable, type ServerFacts, type SshdFacts } from "../remote/probe.ts";
import type { RemoteProgram, RunAs } from "../remote/remote-program.ts";
import type { MatchBlock } from "../sshd-match.ts";
import { planMatched } from "../sshd-match-accounts.ts";
import { judgePasswordOff } from "../sshd-password-off.ts";

/** Accounts that Match blocks single out, beside the three classes of the survey (B32). */
export interface MatchedAccounts {
  readonly asked: readonly AskedAccount[];
  /** Blocks that may mean somebody who could not be asked about. */
  readonly unseen: readonly MatchBlock[];
  /** There may be blocks that were not found. */
  readonly hidden: boolean;
}

const NOBODY: MatchedAccounts = { asked: [], unseen: [], hidden: false };

/** A second program, and only where there is a Match block about passwords. `run` runs it on the server. */
export async function askMatched(
  facts: ServerFacts,
  runAs: RunAs,
  run: <Answer>(program: RemoteProgram<Answer>) => Promise<Answer>,
): Promise<MatchedAccounts> {
  const { sshd, connection } = facts;
  if (sshd === undefined || sshd.classes.length === 0) return NOBODY;
  const { matching, mainPath, classes } = sshd;
  const asked = classes.map((each) => each.user);
  const { users, unseen } = planMatched({ ...matching, asked, canAsk: isAskable });
  const found = users.length === 0 ? [] : await run(askAccounts({ users, mainPath, connection, runAs }));
  return { asked: found, unseen, hidden: matching.hidden };
}

/** Whom switching passwords off would lock out: accounts by name, and blocks that may mean others (B34). */
export function secondFactorOf(sshd: SshdFacts | undefined, { asked, unseen }: MatchedAccounts): readonly string[] {
  const { verdicts } = judgePasswordOff([...(sshd?.classes ?? []), ...asked]);
  const users = verdicts.filter(({ login }) => login.kind === "second-factor").map(({ user }) => user);
  return [...new Set([...users, ...unseen.filter((block) => block.secondFactor).map((block) => block.where)])];
}

/** What the inventory is told: "off" only when there is nobody left from whom sshd would take a password, or might. */
export function passwordLoginOf(sshd: SshdFacts | undefined, matched: MatchedAccounts): Server["passwordLogin"] {
  if (sshd === undefined || sshd.classes.length === 0) return "unknown";
  if (!judgePasswordOff(sshd.classes).off) return "on";
  return showLeftOpen(matched) === "" ? "off" : "unknown";
}

/** Who still logs in by password although the three classes do not, or may; empty when nobody. */
export function showLeftOpen({ asked, unseen, hidden }: MatchedAccounts): string {
  const open = judgePasswordOff(asked).verdicts.filter(({ login }) => login.kind !== "off");
  const says: string[] = [];
  if (open.length > 0) {
    const users = open.map(({ user }) => user).join(", ");
    says.push(`sshd still takes passwords from ${users}, by Match blocks of its own, which Keystead leaves alone.`);
  }
  if (unseen.length > 0) {
    const blocks = unseen.map((block) => `“${block.where}”`).join(", ");
    says.push(`Whom ${blocks} lets in by password cannot be listed.`);
  }
  if (hidden) says.push("Not every file that sshd includes could be read for Match blocks.");
  return says.length === 0 ? "" : `${says.join(" ")} So password login on this server is not recorded as off.`;
}
