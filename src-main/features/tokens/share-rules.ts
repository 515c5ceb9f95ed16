import { randomBytes } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { combineShares, splitSecret } from "#main/crypto/shamir.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import {
  type CustodianShare,
  commitmentOf,
  decodeShare,
  encodeShare,
  type ShareSet,
  sameHex,
  shareCheckOf,
} from "./share-format.ts";
import { readShareText } from "./share-text.ts";

/** A set, and by what each of its shares is known again, in the order of their indices. */
export interface KnownSet extends ShareSet {
  readonly shareChecks: readonly string[];
}

/** The shares of a fresh set as their custodians get them, each encoded. They are the caller's to dispose of. */
export function makeShares(
  secret: SecretBytes,
  threshold: number,
  total: number,
): { readonly set: KnownSet; readonly shares: readonly SecretBytes[] } {
  const plan = { setId: randomBytes(8).toString("hex"), threshold, total };
  const set: ShareSet = { ...plan, commitment: commitmentOf(plan, secret) };
  const shares = splitSecret(secret, threshold, total).map((share) => {
    const encoded = encodeShare({ ...set, ...share });
    share.value.dispose();
    return encoded;
  });
  return { set: { ...set, shareChecks: shares.map(shareCheckOf) }, shares };
}

/**
 * Shares as typed, each checked against the set they are to open; too few is no error here. Whoever calls disposes of the values.
 * Errors, each naming the share it is about (D29): share-unreadable, share-other-set, share-wrong, share-duplicate.
 */
export function readShares(texts: readonly string[], set: KnownSet): readonly CustodianShare[] {
  const read: CustodianShare[] = [];
  try {
    for (const [at, text] of texts.entries()) {
      const share = readShare(text, texts.length === 1 ? "The share" : `The share given as number ${at + 1}`, set);
      read.push(share);
      if (read.some((other) => other !== share && other.index === share.index))
        throw new KeysteadError(
          "tokens/share-duplicate",
          `Share ${share.index} was given twice; it counts once. Ask another custodian.`,
          { index: share.index },
        );
    }
    return read;
  } catch (error) {
    for (const share of read) share.value.dispose();
    throw error;
  }
}

function readShare(text: string, which: string, set: KnownSet): CustodianShare {
  using encoded = readShareText(text, which);
  const share = decodeShare(encoded);
  if (share === undefined)
    throw new KeysteadError(
      "tokens/share-unreadable",
      `${which} is of a version that this Keystead does not know. Update Keystead.`,
    );
  if (share.setId !== set.setId) {
    share.value.dispose();
    throw new KeysteadError(
      "tokens/share-other-set",
      `${which} is share ${share.index} of the set ${setName(share.setId)}; this backup opens with shares of the set ${setName(set.setId)}. Look for the paper of that set.`,
      { index: share.index, setId: share.setId, wanted: set.setId },
    );
  }
  const known = set.shareChecks[share.index - 1];
  if (known !== undefined && sameHex(known, shareCheckOf(encoded))) return share;
  share.value.dispose();
  throw new KeysteadError(
    "tokens/share-wrong",
    `${which} says that it is share ${share.index}, and is not what was handed out as that share: it was changed, though every line fits. Use the other shares without it, and find out who changed it.`,
    { index: share.index },
  );
}

/** The secret of the set. Errors: shares-too-few; share-wrong when what comes out is not what the set was made of. */
export function openSet(shares: readonly CustodianShare[], set: KnownSet): SecretBytes {
  const { threshold, total, commitment } = set;
  if (shares.length < threshold)
    throw new KeysteadError(
      "tokens/shares-too-few",
      `${shares.length} of ${threshold} needed shares are there. Any ${threshold} of the ${total} open this backup; fewer tell nothing.`,
      { given: shares.length, threshold },
    );
  const secret = combineShares(shares.slice(0, threshold));
  if (sameHex(commitment, commitmentOf(set, secret))) return secret;
  secret.dispose();
  throw new KeysteadError(
    "tokens/share-wrong",
    "The shares fit the file, and yet give another secret than the one they were made of. The file was changed: use another copy of it.",
  );
}

/** As custodians see it on their sheets: `3F7A-09C4-…`. */
export function setName(setId: string): string {
  return setId.toUpperCase().match(/.{4}/g)?.join("-") ?? setId;
}
