import { rmSync } from "node:fs";
import { writeNewPrivateFile } from "#main/adapters/files/atomic-write.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertNoStep, type ShareCeremony, shareResource } from "./share-ceremony.ts";
import { readShareText, shareLines } from "./share-text.ts";
import type { TokensParts } from "./tokens-parts.ts";

/** D30: the next share, for one named custodian, and no other share beside it. May be shown again until that custodian has it. */
export const revealShare =
  (parts: TokensParts): Handler<"tokens", "revealShare"> =>
  async (params, call) => {
    const ceremony = parts.ceremonies.of(call, params.ceremonyId);
    assertNoStep(ceremony);
    const custodian = params.custodian.trim();
    const { shownTo } = ceremony;
    // Whoever has seen a share may have kept it: the next to see it would hold the same one, and the first could get another.
    if (shownTo !== undefined && shownTo !== custodian)
      throw new KeysteadError(
        "request/invalid-params",
        `Share ${ceremony.custodians.length + 1} is being shown to ${shownTo}, who has to type it back first. If it is to be somebody else's, stop handing out and begin anew.`,
        { field: "custodian" },
      );
    if (ceremony.custodians.includes(custodian))
      throw new KeysteadError(
        "request/invalid-params",
        `${custodian} has a share already. Shares in one hand count for less than they seem to: name another custodian.`,
        { field: "custodian" },
      );
    const index = ceremony.custodians.length + 1;
    const lines = [...shareLines(nextShare(ceremony))];
    ceremony.step = "reveal";
    return {
      result: { index, total: ceremony.total, setId: ceremony.setId, lines },
      resource: shareResource(params.ceremonyId, ceremony, custodian),
      status: "warning",
      undo: () => {
        ceremony.step = undefined;
      },
      afterwards: () => {
        ceremony.step = undefined;
        ceremony.shownTo = custodian;
      },
    };
  };

/** The custodian types the whole share back: then it is on paper without a slip, and is forgotten here. The last one writes the file. */
export const confirmShare =
  (parts: TokensParts): Handler<"tokens", "confirmShare"> =>
  async (params, call) => {
    const { ceremonyId } = params;
    const ceremony = parts.ceremonies.of(call, ceremonyId);
    assertNoStep(ceremony);
    const { shownTo, total, path, custodians } = ceremony;
    if (shownTo === undefined)
      throw new KeysteadError(
        "request/invalid-params",
        "No share is being shown. Name the custodian and show the share first.",
        { field: "ceremonyId" },
      );
    const share = nextShare(ceremony);
    using typed = readShareText(params.share, "The share");
    if (!typed.equals(share))
      throw new KeysteadError(
        "tokens/share-wrong",
        `That is a share, but not share ${custodians.length + 1}, which ${shownTo} was shown. Type the one that was shown.`,
        { index: custodians.length + 1 },
      );
    const confirmed = custodians.length + 1;
    const finished = confirmed === total;
    if (finished) {
      assertAllHandedOut(ceremony);
      writeNewPrivateFile(path, ceremony.file);
    }
    ceremony.step = finished ? "finish" : "confirm";
    return {
      result: { confirmed, total, ...(finished ? { path } : {}) },
      resource: shareResource(ceremonyId, ceremony, shownTo),
      ...(finished ? { status: "warning" as const } : {}),
      undo: () => {
        ceremony.step = undefined;
        if (finished) rmSync(path, { force: true });
      },
      afterwards: () => {
        ceremony.step = undefined;
        share.dispose();
        custodians.push(shownTo);
        ceremony.shownTo = undefined;
        if (finished) parts.ceremonies.end(ceremonyId);
      },
    };
  };

/** Nothing was written, so what was handed out opens nothing. */
export const cancelShares =
  (parts: TokensParts): Handler<"tokens", "cancelShares"> =>
  async (params, call) => {
    const ceremony = parts.ceremonies.of(call, params.ceremonyId);
    // The file is there by then: a cancelling that says otherwise would have its shares destroyed.
    assertNoStep(ceremony, ["finish"]);
    return {
      result: { handedOut: ceremony.custodians.length },
      resource: shareResource(params.ceremonyId, ceremony),
      status: "warning",
      afterwards: () => parts.ceremonies.end(params.ceremonyId),
    };
  };

/** Each but the last is forgotten here because its custodian has it. A file whose shares are not all out there opens for nobody. */
function assertAllHandedOut({ shares }: ShareCeremony): void {
  if (shares.slice(0, -1).every((share) => share.disposed)) return;
  throw new TypeError("a share was never handed out");
}

function nextShare(ceremony: ShareCeremony) {
  const share = ceremony.shares[ceremony.custodians.length];
  if (share === undefined) throw new TypeError("a ceremony that is open has a share left");
  return share;
}
