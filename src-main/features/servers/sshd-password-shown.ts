import { keywordValue, type SshdEffective } from "./sshd-effective.ts";
import { judgePasswordLogin } from "./sshd-password-off.ts";

/** One user class and its effective configuration, as `sshd -T -C` gave it. */
export interface ShownClass {
  readonly user: string;
  readonly effective: SshdEffective;
}

/**
 * What sshd's own effective configuration says of password login, account by account, in its own words (B32, B43): nothing is
 * promised that sshd does not say. `root: PasswordAuthentication yes, …: passwords log in.`
 */
export function showPasswordLogin(classes: readonly ShownClass[]): string {
  const users = new Map(classes.map((each) => [each.user, each.effective]));
  return [...users].map(([user, effective]) => showOne(user, effective)).join(" ");
}

function showOne(user: string, effective: SshdEffective): string {
  const yesNo = (on: boolean) => (on ? "yes" : "no");
  const values = [
    `PasswordAuthentication ${yesNo(effective.passwordAuthentication)}`,
    ...effective.kbdInteractiveKeywords.map((keyword) => `${keyword} ${keywordValue(effective, keyword) ?? "yes"}`),
    ...(user === "root" ? [`PermitRootLogin ${effective.permitRootLogin}`] : []),
  ];
  return `${user}: ${values.join(", ")}: ${verdict(user, effective)}.`;
}

function verdict(user: string, effective: SshdEffective): string {
  const login = judgePasswordLogin(effective);
  if (login.kind === "second-factor") return "passwords log in together with a second factor";
  if (login.kind === "off") return "passwords do not log in";
  // sshd offers the method to root all the same, and then refuses every password.
  if (user === "root" && effective.permitRootLogin !== "yes") return "passwords do not log in, root is kept to keys";
  return "passwords log in";
}
