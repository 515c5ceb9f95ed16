import { describe, expect, it } from "vitest";
import { findMatchBlocks } from "#main/features/servers/sshd-match.ts";
import { ACCOUNTS_ASKED, type KnownAccount, planMatched } from "#main/features/servers/sshd-match-accounts.ts";

const MAIN = "/etc/ssh/sshd_config";
const D = "/etc/ssh/sshd_config.d";

/** The lines of files, as grep hands them over. */
function linesOf(files: Readonly<Record<string, string>>) {
  return Object.entries(files).flatMap(([path, text]) => text.split("\n").map((line) => ({ path, text: line })));
}
const blocksOf = (files: Readonly<Record<string, string>>) => findMatchBlocks(linesOf(files), "/etc/ssh");

describe("findMatchBlocks", () => {
  it.each([
    ["User a,b", { users: ["a,b"], groups: [], more: false }],
    ["user=a", { users: ["a"], groups: [], more: false }],
    ['Group "domain admins" User a*', { users: ["a*"], groups: ["domain admins"], more: false }],
    ["all", { users: [], groups: [], more: false }],
    ["User a Address 10.0.0.0/8", { users: ["a"], groups: [], more: true }],
    ["LocalPort 2222", { users: [], groups: [], more: true }],
  ])("P07 B32 reads whom Match %s means", (criteria, expected) => {
    const [block] = blocksOf({ [MAIN]: `Match ${criteria}\n  PasswordAuthentication yes` });
    expect(block).toEqual({ where: `Match ${criteria} in ${MAIN}`, opens: true, secondFactor: false, ...expected });
  });

  it.each([
    ["PasswordAuthentication no", []],
    ["X11Forwarding yes", []],
    ["AuthenticationMethods publickey publickey,publickey", []],
    ['"KbdInteractiveAuthentication" "yes"', [[true, false]]],
    ["ChallengeResponseAuthentication=yes", [[true, false]]],
    ["AuthenticationMethods publickey publickey,keyboard-interactive:pam", [[false, true]]],
    ["AuthenticationMethods password,publickey", [[false, true]]],
  ])("P07 B33 B34 judges a block with %s", (setting, expected) => {
    const found = blocksOf({ [MAIN]: `PasswordAuthentication yes\nMatch User a\n\t${setting}` });
    expect(found.map((block) => [block.opens, block.secondFactor])).toEqual(expected);
  });

  it("P07 B31 B32 lets no block reach beyond its file, and takes an Include in a block for a condition of all it reads", () => {
    const found = blocksOf({
      [MAIN]: `Include ${D}/*.conf\nMatch User a\nInclude extra/*\n`,
      [`${D}/1.conf`]: "Match User b\nAuthenticationMethods publickey,password",
      [`${D}/2.conf`]: "PasswordAuthentication yes",
      "/etc/ssh/extra/x": "PasswordAuthentication yes\nInclude /srv/y\nMatch User c\nPasswordAuthentication yes",
      "/srv/y": "AuthenticationMethods publickey,password",
    });
    expect(found.map((block) => `${block.where}${block.more ? " and more" : ""}`)).toEqual([
      `Match User b in ${D}/1.conf`,
      "/etc/ssh/extra/x and more",
      "Match User c in /etc/ssh/extra/x and more",
      "/srv/y and more",
    ]);
  });
});

describe("planMatched", () => {
  const account = (user: string, uid: number, ...groups: string[]): KnownAccount => ({ user, uid, groups });
  const KNOWN = [
    account("root", 0, "root"),
    account("daemon", 1, "daemon"),
    account("ops", 1000, "ops", "sudo"),
    account("anna", 1001, "anna", "staff"),
    account("bert", 1002, "bert", "staff"),
    account("carl", 1003, "carl", "domain users"),
    account("mail-in", 200, "mail"),
  ];
  const plan = (criteria: readonly string[], more: Partial<Parameters<typeof planMatched>[0]> = {}) => {
    const text = criteria.map((one) => `Match ${one}\nPasswordAuthentication yes`).join("\n");
    const question = {
      accounts: KNOWN,
      moreAccounts: false,
      asked: ["root", "ops"],
      canAsk: (name: string) => !/\\/.test(name),
    };
    const { users, unseen } = planMatched({ blocks: blocksOf({ [MAIN]: text }), ...question, ...more });
    return { users, unseen: unseen.map((block) => block.where.replace(/ in .*/, "")) };
  };

  it.each<[string[], string[]]>([
    [[], []],
    [["User anna"], ["anna"]],
    [["User anna,bert"], ["anna", "bert"]],
    // Those no block matches are asked too when none of the three is one of them.
    [["User root,ops"], ["anna"]],
    [["Group staff"], ["anna", "bert"]],
    [
      ["Group staff", "User bert"],
      ["anna", "bert"],
    ],
    [["User *,!root,!ops"], ["anna", "bert", "carl"]],
    [["Group *,!sudo User a*"], ["anna"]],
    [["Group domain*"], ["carl"]],
    [["User mail-in"], ["mail-in"]],
    [["User stranger"], ["stranger"]],
  ])("P07 B32 of %j asks about %j", (criteria, users) => {
    expect(plan(criteria)).toEqual({ users, unseen: [] });
  });

  it.each<[string[], string[]]>([
    [["User anna Address 10.0.0.0/8"], ["Match User anna Address 10.0.0.0/8"]],
    [["LocalPort 22", "User anna"], ["Match LocalPort 22"]],
  ])("P07 B32 says of %j what no list of accounts settles", (criteria, unseen) => {
    expect(plan(criteria).unseen).toEqual(unseen);
  });

  it("P07 B32 trusts names alone where a directory service may know more accounts", () => {
    const found = plan(["User anna", "Group staff", "User a*", "User anna,!bert"], { moreAccounts: true });
    expect(found.unseen).toEqual(["Match Group staff", "Match User a*"]);
  });

  it("P07 B32 says when the only account a block means cannot be asked about", () => {
    const accounts = [...KNOWN, account("DOM\\eve", 5000, "dom")];
    expect(plan(["Group dom"], { accounts })).toEqual({ users: [], unseen: ["Match Group dom"] });
    expect(plan(["User DOM\\who"])).toEqual({ users: [], unseen: ["Match User DOM\\who"] });
  });

  it("P07 B32 asks about one of each kind first, never about more than the bound, and says when that is too few", () => {
    const many = Array.from({ length: 100 }, (_, at) => account(`u${at}`, 2000 + at, "many"));
    const one = plan(["Group many", "User u99"], { accounts: [...KNOWN, ...many] });
    expect(one.users).toHaveLength(ACCOUNTS_ASKED);
    expect(one.users.slice(0, 2)).toEqual(["u0", "u99"]);
    expect(one.unseen).toEqual([]);
    const each = plan(
      many.slice(0, 40).map(({ user }) => `User ${user}`),
      { accounts: [...KNOWN, ...many] },
    );
    expect(each.users).toHaveLength(ACCOUNTS_ASKED);
    expect(each.unseen).toHaveLength(40);
  });
});
