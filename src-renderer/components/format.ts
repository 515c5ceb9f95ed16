import dayjs from "dayjs";

/** Local time to the second, the form every table uses. */
export function localTime(time: number): string {
  return dayjs(time).format("YYYY-MM-DD HH:mm:ss");
}

export function utcTime(time: number): string {
  return new Date(time).toISOString().replace("T", " ").slice(0, 19);
}

export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, milliseconds: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** "3 minutes ago" in the language given; `undefined` under one minute, where the caller says "just now". */
export function relativeTime(time: number, now: number, language: string): string | undefined {
  const distance = time - now;
  for (const [unit, size] of STEPS) {
    if (Math.abs(distance) >= size) {
      return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(distance / size), unit);
    }
  }
  return undefined;
}

/** `0:07`, `12:30`, `1:02:05`: for clocks that count. Negative counts as zero. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const pad = (part: number) => String(part).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** How long a step or task took: `85 ms`, `1.2 s`, `3:05`. */
export function duration(milliseconds: number): string {
  const length = Math.max(0, milliseconds);
  if (length < 1000) return `${Math.round(length)} ms`;
  if (length < 60_000) return `${(length / 1000).toFixed(1)} s`;
  return clock(length);
}

/** Pretty JSON when the text is JSON, the text itself when not (an export from elsewhere may hold anything). */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** `prove-key-login` → `Prove key login`: for step names the catalogue does not know. */
export function sentenceOf(name: string): string {
  const words = name.replaceAll(/[-_.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An address as people write it: the port only when it is not 22, IPv6 in brackets then. */
export function addressOf(server: { readonly host: string; readonly port: number }): string {
  if (server.port === 22) return server.host;
  return server.host.includes(":") ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`;
}
