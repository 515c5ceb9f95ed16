import { Form, Input, Segmented, Spin, Typography } from "antd";
import { type PropsWithChildren, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { Dialog } from "../components/Dialog.tsx";
import { ErrorPanel } from "../components/ErrorPanel.tsx";
import { PROOF_SECRETS, proofOf, TokenProofFields, type TokenProofForm } from "../features/tokens/TokenProofFields.tsx";
import { useClient } from "./bridge-context.ts";
import { ConfirmationContext, type ConfirmFirst, ConfirmingContext } from "./confirmation.ts";
import { openVault, useVaultStatus } from "./use-vault.ts";

interface Waiting {
  /** What is to be confirmed, as the contract names it. */
  readonly operation: string;
  settle(confirmed: boolean): void;
}

/** Holds the dialog of the critical-operation check; one for the whole console. */
export function ConfirmIdentity({ children }: PropsWithChildren) {
  const [waiting, setWaiting] = useState<Waiting>();
  const confirmFirst = useCallback<ConfirmFirst>(async (call) => {
    let operation: string;
    try {
      return await call();
    } catch (error) {
      if (!isKeysteadError(error) || error.code !== "access/confirmation-required") throw error;
      operation = String(error.details.operation);
    }
    const confirmed = await new Promise<boolean>((settle) => setWaiting({ operation, settle }));
    return confirmed ? call() : undefined;
  }, []);

  const finish = (confirmed: boolean) => {
    waiting?.settle(confirmed);
    setWaiting(undefined);
  };
  return (
    <ConfirmationContext.Provider value={confirmFirst}>
      <ConfirmingContext.Provider value={waiting !== undefined}>{children}</ConfirmingContext.Provider>
      {waiting && <ConfirmDialog operation={waiting.operation} finish={finish} />}
    </ConfirmationContext.Provider>
  );
}

type Way = "password" | "token";

interface State {
  readonly pending: boolean;
  readonly error: unknown;
}

interface ConfirmDialogProps {
  readonly operation: string;
  readonly finish: (confirmed: boolean) => void;
}

/** By the password, or by a registered UKey of the user's. What was typed is forgotten before the answer is there. */
function ConfirmDialog({ operation, finish }: ConfirmDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const session = openVault(useVaultStatus().data)?.session;
  const tokens = session?.tokens ?? [];
  const passwordAlone = session?.passwordAlone ?? true;
  const [chosen, setWay] = useState<Way>("password");
  const way = tokens.length === 0 ? "password" : passwordAlone ? chosen : "token";
  const [form] = Form.useForm<TokenProofForm>();
  const [state, setState] = useState<State>({ pending: false, error: undefined });
  const warned = isKeysteadError(state.error) && state.error.code === "tokens/pin-final-try";

  const focusField = () => form.getFieldInstance(way === "token" ? "pin" : "password")?.focus?.();
  const submit = async (values: TokenProofForm) => {
    setState({ pending: true, error: undefined });
    // A wrong password or PIN is typed anew, a right one is not needed again.
    form.resetFields(PROOF_SECRETS);
    try {
      if (way === "token") await client.vault.confirmWithToken(proofOf(values));
      else await client.vault.confirm({ password: values.password ?? "" });
      finish(true);
    } catch (error) {
      setState({ pending: false, error });
      focusField();
    }
  };
  const choose = (next: Way) => {
    form.resetFields();
    setState({ pending: false, error: undefined });
    setWay(next);
  };
  const seconds = LIMITS.confirmationSeconds;
  const both = tokens.every((token) => token.needsPassword);
  const text = way === "password" ? "text" : both ? "textBoth" : "textToken";
  return (
    <Dialog
      title={t("confirmIdentity.title")}
      okText={t("confirmIdentity.ok")}
      cancelText={t("common.cancel")}
      confirmLoading={state.pending}
      onOk={form.submit}
      onCancel={() => finish(false)}
      // The dialog under it holds the focus until this one stands: what asks for it on mounting does not get it.
      afterOpenChange={(open) => open && focusField()}
      zIndex={1500}
    >
      <Typography.Paragraph>
        {/* The catalogue has a text for each critical operation: test/unit/shared/lang walks them. */}
        <Typography.Text strong>{t(`confirmIdentity.what.${operation}` as "confirmIdentity.title")}</Typography.Text>
        <br />
        {t(`confirmIdentity.${text}`, { seconds })}
      </Typography.Paragraph>
      {tokens.length > 0 && passwordAlone && (
        <Segmented<Way>
          block
          aria-label={t("confirmIdentity.how")}
          value={way}
          onChange={choose}
          disabled={state.pending}
          style={{ marginBottom: 16 }}
          options={[
            { value: "password", label: t("tokens.unlock.password") },
            { value: "token", label: t("tokens.unlock.token") },
          ]}
        />
      )}
      <Form name="confirm" form={form} layout="vertical" requiredMark={false} onFinish={submit}>
        {way === "token" ? (
          <TokenProofFields tokens={tokens} warned={warned} />
        ) : (
          <Form.Item
            name="password"
            label={t("fields.password")}
            rules={[{ required: true, message: t("fields.required") }]}
          >
            <Input.Password autoFocus autoComplete="current-password" maxLength={LIMITS.passwordMax} />
          </Form.Item>
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      {way === "token" && state.pending && <Spin description={t("tokens.unlock.asking")} />}
      <ErrorPanel error={warned ? undefined : state.error} />
    </Dialog>
  );
}
