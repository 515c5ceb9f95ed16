import { expect, it } from "vitest";
import { findUser } from "#main/doors/browser/peer-user.ts";

// Lines as Linux 6 writes them: 127.0.0.1 is 0100007F, ports are hexadecimal.
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const row = (local: string, remote: string, state: string, uid: number) =>
  `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 31337 1 0000000000000000 20 4 30 10 -1`;

it("G02 finds the owner of the connecting end, not of the listening one", () => {
  const table = [
    HEAD,
    row("0100007F:0FA0", "00000000:0000", "0A", 1000),
    row("0100007F:0FA0", "0100007F:C350", "01", 1000),
    row("0100007F:C350", "0100007F:0FA0", "01", 1001),
  ].join("\n");
  expect(findUser(table, 50_000, 4_000)).toBe(1001);
});

it("G02 finds an IPv4 connection made through an IPv6 socket", () => {
  const mapped = (end: string) => `0000000000000000FFFF0000${end}`;
  const table = [HEAD, row(mapped("0100007F:C350"), mapped("0100007F:0FA0"), "01", 1001)].join("\n");
  expect(findUser(table, 50_000, 4_000)).toBe(1001);
});

it("G02 does not take a connection that has ended, or another machine's, for the peer", () => {
  const table = [
    HEAD,
    row("0100007F:C350", "0100007F:0FA0", "06", 0),
    row("0200A8C0:C350", "0100007F:0FA0", "01", 0),
  ].join("\n");
  expect(findUser(table, 50_000, 4_000)).toBeUndefined();
});
