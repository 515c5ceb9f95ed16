import { LIMITS } from "./limits.ts";

/*
 * The rules of text that people type, without a schema library: the contract's schemas are built on them, and the console
 * checks with them before it asks (zod probes `new Function`, which the page's policy reports).
 */

/**
 * True when `text` holds a C0 or C1 control character, a bidirectional override that could disguise a name, or half a
 * surrogate pair, which no file or database would give back as it was.
 */
export function hasControlCharacters(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** A name people choose for a key pair, a server, a user: any script, no controls, no blanks at the ends. */
export function isName(text: string): boolean {
  return text.length >= 1 && text.length <= LIMITS.nameMax && !hasControlCharacters(text) && text.trim() === text;
}

/** A DNS name, or an IP address (IPv6 without brackets). Strict: it ends up in files and on command lines of other tools. */
export function isHostAddress(text: string): boolean {
  const host = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|(?=[^:]*:)[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?)$/;
  return text.length >= 1 && text.length <= 253 && host.test(text);
}

export function isPort(port: number): boolean {
  return Number.isSafeInteger(port) && port >= 1 && port <= 65_535;
}

/** A login name: no blanks, colons, slashes, quotes or controls, which no system's password file can hold. */
export function isLoginName(text: string): boolean {
  return text.length <= 64 && /^[^\s:/@\\'"`$]+$/u.test(text) && !hasControlCharacters(text) && !text.startsWith("-");
}

/** The comment of a public key line: one line without quotes (B21). */
export function isKeyComment(text: string): boolean {
  return text.length <= LIMITS.nameMax && !hasControlCharacters(text) && !/["'\\]/.test(text);
}
