import { LIMITS } from "#shared/limits.ts";

/**
 * The contract's text rules once more, without its schema library: that one probes `new Function`, which the page's policy
 * reports, and main parses every request anyway. A test holds both to the same answers.
 */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?)$/;
const LOGIN = /^[^\s:/@\\'"`$]+$/u;

export function isName(text: string): boolean {
  return text.length >= 1 && text.length <= LIMITS.nameMax && !CONTROLS.test(text) && text.trim() === text;
}

export function isHostAddress(text: string): boolean {
  return text.length >= 1 && text.length <= 253 && HOST.test(text);
}

export function isPort(port: number): boolean {
  return Number.isSafeInteger(port) && port >= 1 && port <= 65_535;
}

export function isLoginName(text: string): boolean {
  return text.length <= 64 && LOGIN.test(text) && !CONTROLS.test(text) && !text.startsWith("-");
}

/** The comment of a public key line: one line without quotes (B21). */
export function isKeyComment(text: string): boolean {
  return text.length <= LIMITS.nameMax && !CONTROLS.test(text) && !/["'\\]/.test(text);
}
