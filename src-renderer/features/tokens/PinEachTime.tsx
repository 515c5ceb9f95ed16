import { Form } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { AcceptFinalTry, PinField } from "./PinFields.tsx";

export interface PinEachTimeForm {
  readonly pin?: string | undefined;
  readonly acceptFinalTry?: boolean | undefined;
}

/** What of a form goes along with a use of the key, and nothing for keys that want no PIN (C25). */
export function pinOf({ pin, acceptFinalTry = false }: PinEachTimeForm): { pin?: string; acceptFinalTry: boolean } {
  return pin === undefined || pin === "" ? { acceptFinalTry } : { pin, acceptFinalTry };
}

interface PinEachTimeProps {
  readonly token: TokenView;
  readonly object: TokenObject;
  /** The last answer: a warning about the last try asks for a word first. */
  readonly error: unknown;
  /** The form has been sent: its PIN is forgotten. */
  readonly sent: boolean;
}

/** The PIN for one use of a key that wants it each time. Part of a form; nothing for other keys. */
export function PinEachTime({ token, object, error, sent }: PinEachTimeProps) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const { resetFields } = form;
  useEffect(() => {
    if (sent) resetFields(["pin", "acceptFinalTry"]);
  }, [sent, resetFields]);
  if (object.pinEachTime !== true) return null;
  const warned = isKeysteadError(error) && error.code === "tokens/pin-final-try";
  return (
    <>
      <PinField name="pin" label={t("tokens.pin.user")} limits={token.userPin} extra={t("tokens.pin.eachTime")} />
      {(warned || token.userPin.state === "final-try") && <AcceptFinalTry who="user" />}
    </>
  );
}
