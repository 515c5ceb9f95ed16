import { Form, Input, Typography } from "antd";
import { type PropsWithChildren, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { Dialog } from "../components/Dialog.tsx";
import { ErrorPanel } from "../components/ErrorPanel.tsx";
import { useClient } from "./bridge-context.ts";
import { ConfirmationContext, type ConfirmFirst } from "./confirmation.ts";

interface Waiting {
  settle(confirmed: boolean): void;
}

/** Holds the dialog of the critical-operation check; one for the whole console. */
export function ConfirmIdentity({ children }: PropsWithChildren) {
  const [waiting, setWaiting] = useState<Waiting>();
  const confirmFirst = useCallback<ConfirmFirst>(async (call) => {
    try {
      return await call();
    } catch (error) {
      if (!isKeysteadError(error) || error.code !== "access/confirmation-required") throw error;
    }
    const confirmed = await new Promise<boolean>((settle) => setWaiting({ settle }));
    return confirmed ? call() : undefined;
  }, []);

  const finish = (confirmed: boolean) => {
    waiting?.settle(confirmed);
    setWaiting(undefined);
  };
  return (
    <ConfirmationContext.Provider value={confirmFirst}>
      {children}
      {waiting && <PasswordDialog finish={finish} />}
    </ConfirmationContext.Provider>
  );
}

function PasswordDialog({ finish }: { readonly finish: (confirmed: boolean) => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<{ password: string }>();
  const [state, setState] = useState<{ pending: boolean; error: unknown }>({ pending: false, error: undefined });

  const submit = async ({ password }: { password: string }) => {
    setState({ pending: true, error: undefined });
    // The field is emptied before the answer is there: a wrong password is typed anew, a right one is not needed again.
    form.resetFields();
    try {
      await client.vault.confirm({ password });
      finish(true);
    } catch (error) {
      setState({ pending: false, error });
    }
  };
  return (
    <Dialog
      title={t("confirmIdentity.title")}
      okText={t("confirmIdentity.ok")}
      cancelText={t("common.cancel")}
      confirmLoading={state.pending}
      onOk={form.submit}
      onCancel={() => finish(false)}
      zIndex={1500}
    >
      <Typography.Paragraph>{t("confirmIdentity.text", { seconds: LIMITS.confirmationSeconds })}</Typography.Paragraph>
      <Form name="confirm" form={form} layout="vertical" requiredMark={false} onFinish={submit}>
        <Form.Item
          name="password"
          label={t("fields.password")}
          rules={[{ required: true, message: t("fields.required") }]}
        >
          <Input.Password autoFocus autoComplete="current-password" maxLength={LIMITS.passwordMax} />
        </Form.Item>
      </Form>
      <ErrorPanel error={state.error} />
    </Dialog>
  );
}
