import type { ReadableDb } from "#main/database/brands.ts";

/** `*` matches any run of characters, as in `kps:keypair:*`; everything else is literal. */
export function actionMatches(pattern: string, action: string): boolean {
  if (pattern === "*" || pattern === action) return true;
  const parts = pattern.split("*");
  if (parts.length === 1) return false;
  const literal = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`).test(action);
}

/** Every user keeps these: they concern only the user's own session. */
const OWN_SESSION = ["vault:vault:lock", "vault:session:*", "vault:password:change"];

/** What each user may do, read once a session and held until the vault locks. Default: nothing. */
export class Permissions {
  readonly #patterns = new Map<string, readonly string[]>();

  async load(db: ReadableDb, userId: string): Promise<void> {
    const user = await db.selectFrom("users").select("actionsJson").where("id", "=", userId).executeTakeFirst();
    const stored: unknown = user === undefined ? [] : JSON.parse(user.actionsJson);
    const patterns = Array.isArray(stored) ? stored.filter((item): item is string => typeof item === "string") : [];
    this.#patterns.set(userId, [...OWN_SESSION, ...patterns]);
  }

  allows(userId: string, action: string): boolean {
    return (this.#patterns.get(userId) ?? []).some((pattern) => actionMatches(pattern, action));
  }

  forgetAll(): void {
    this.#patterns.clear();
  }
}
