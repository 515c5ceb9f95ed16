import { type CertificateFacts, readCertificate } from "#main/crypto/certificate.ts";
import { publicLine } from "#main/crypto/public-key.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { fileNameOf } from "#main/file-name.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { requestInfo, requestPem, signedRequest } from "./certificate-request.ts";
import { objectResource } from "./change-objects.ts";
import { destroyQuietly } from "./make-key.ts";
import { findByRef } from "./object-ref.ts";
import { publicValueOfCertificate } from "./public-value.ts";
import { wayToSign } from "./sign-with-pin.ts";
import { CKC_X_509, CKO } from "./token-numbers.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import { keyBehind, publicHalfOf, signOnToken } from "./token-signing.ts";
import type { TokensParts } from "./tokens-parts.ts";

/** The public half of a key pair, wherever the token has it. Public objects need no log-in. */
export const publicKey =
  (parts: TokensParts): Handler<"tokens", "publicKey"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      const { value } = publicHalfOf(object, all);
      const openssh = params.format === "openssh";
      // A label may hold what a comment must not (B21).
      const comment = object.label.replace(/[\p{C}"'\\]/gu, "").trim();
      return {
        result: {
          fileName: fileNameOf(object.label, openssh ? ".pub" : ".pub.pem"),
          text: openssh ? `${publicLine(value.blob, comment)}\n` : value.pem,
        },
        resource: objectResource(token, object),
      };
    });

/** H10: PKCS#10 (RFC 2986), signed on the token; the signature is checked here before it is handed out. */
export const requestCertificate =
  (parts: TokensParts): Handler<"tokens", "requestCertificate"> =>
  (params, call) =>
    parts.service.shared(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      const key = keyBehind(object, all);
      const info = requestInfo(params.subject, key.value.spki, params.dnsNames);
      const hash = key.value.parts.type === "rsa" && key.value.bits >= 4096 ? "sha512" : "sha256";
      const askToSign = wayToSign(parts, call, "tokens.requestCertificate", key.object, params);
      const { signature, scheme } = await signOnToken(token, key, info, hash, askToSign);
      return {
        result: {
          pem: requestPem(signedRequest(info, scheme, signature)),
          fileName: fileNameOf(object.label, ".csr.pem"),
        },
        resource: objectResource(token, object),
      };
    });

/** PEM as text; DER as base64 is taken too. Error `tokens/certificate-unreadable`. */
function certificateIn(text: string): CertificateFacts {
  const begin = text.indexOf("-----BEGIN CERTIFICATE-----");
  const bytes = begin === -1 ? Buffer.from(text.replace(/\s+/g, ""), "base64") : Buffer.from(text.slice(begin), "utf8");
  const facts = readCertificate(bytes);
  if (facts !== undefined) return facts;
  throw new KeysteadError(
    "tokens/certificate-unreadable",
    "That is not an X.509 certificate. Give the PEM text that begins with -----BEGIN CERTIFICATE-----.",
  );
}

/** H10: found by public value, never by name: a certificate beside another key than its own would mislead everybody (C34). Alone with the token: it is imported once. */
export const importCertificate =
  (parts: TokensParts): Handler<"tokens", "importCertificate"> =>
  (params) =>
    parts.service.exclusive(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const facts = certificateIn(params.certificate);
      const fingerprint = publicValueOfCertificate(facts.der)?.fingerprint;
      const all = await readObjects(token);
      const key = all.find(
        (object) => object.class === "private-key" && fingerprint !== undefined && object.fingerprint === fingerprint,
      );
      if (key === undefined)
        throw new KeysteadError(
          "tokens/certificate-mismatch",
          "No private key on this token belongs to that certificate, so it was not put there. Choose the token that the request was made on.",
          { subject: facts.subject },
        );
      const twin = all.find(
        ({ class: kind, attributes }) => kind === "certificate" && isSame(attributes.CKA_VALUE, facts.der),
      );
      if (twin !== undefined)
        throw new KeysteadError(
          "tokens/object-ambiguous",
          `That certificate is on the token already, as “${twin.label}”.`,
          {
            ref: twin.view.ref,
          },
        );
      const handle = await token.module.createObject(token.slot.slotId, {
        CKA_CLASS: CKO.certificate,
        CKA_CERTIFICATE_TYPE: CKC_X_509,
        CKA_TOKEN: true,
        CKA_PRIVATE: false,
        CKA_LABEL: params.label ?? key.label,
        CKA_ID: Buffer.from(key.keyId, "hex"),
        CKA_SUBJECT: facts.subjectDer,
        CKA_ISSUER: facts.issuerDer,
        CKA_SERIAL_NUMBER: facts.serialDer,
        CKA_VALUE: facts.der,
      });
      const undo = () => destroyQuietly(token, [handle]);
      const object = (await readObjects(token)).find((candidate) => candidate.handle === handle);
      if (object === undefined) {
        await undo();
        throw new KeysteadError("tokens/mechanism-broken", "The token took the certificate and does not show it.", {
          subject: facts.subject,
        });
      }
      return { result: { object: object.view }, resource: objectResource(token, object), undo, changed: ["tokens"] };
    });

const isSame = (value: unknown, bytes: Buffer): boolean => Buffer.isBuffer(value) && value.equals(bytes);

export const certificate =
  (parts: TokensParts): Handler<"tokens", "certificate"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      const object: OnToken = findByRef(params.ref, await readObjects(token));
      const { CKA_VALUE: bytes } = object.attributes;
      const facts = object.class === "certificate" && Buffer.isBuffer(bytes) ? readCertificate(bytes) : undefined;
      if (facts === undefined)
        throw new KeysteadError("tokens/certificate-unreadable", `“${object.label}” is not a readable certificate.`, {
          ref: params.ref,
        });
      const {
        der: _der,
        subjectDer: _subject,
        issuerDer: _issuer,
        serialDer: _serial,
        subjectAltNames,
        ...view
      } = facts;
      return {
        result: { ...view, subjectAltNames: [...subjectAltNames], publicKey: describeKey(object) },
        resource: objectResource(token, object),
      };
    });

/** E.g. `RSA, 2048 bits, SHA256:…`. */
function describeKey(object: OnToken): string {
  const { value } = object;
  if (value === undefined) return "of a kind that is not used here";
  const name = { rsa: "RSA", ecdsa: "ECDSA", ed25519: "Ed25519" }[value.parts.type];
  return `${name}, ${value.bits} bits, ${value.fingerprint}`;
}
