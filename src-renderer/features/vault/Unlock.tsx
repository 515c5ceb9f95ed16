import { Alert, AutoComplete, Button, Flex, Form, Input, Segmented, Typography } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useSetVaultStatus } from "../../app/use-vault.ts";
import { useWindowStore } from "../../app/window-store.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { localTime } from "../../components/format.ts";
import { FrontPage } from "./FrontPage.tsx";
import { UnlockWithToken } from "./UnlockWithToken.tsx";

interface UnlockProps {
  readonly status: Exclude<VaultStatus, { state: "absent" }>;
}

interface UnlockForm {
  readonly userName?: string;
  readonly password: string;
}

/** Asks for the password. Also for a console without a session while another one has the vault open. */
export function Unlock({ status }: UnlockProps) {
  const { t } = useTranslation();
  const client = useClient();
  const setStatus = useSetVaultStatus();
  const reason = useWindowStore((state) => state.lockReason);
  const [form] = Form.useForm<UnlockForm>();
  const users = status.state === "locked" ? status.users : [];
  const asksUser = users.length > 1 || status.state === "unlocked";
  // Who uses a vault that is open elsewhere is not told; without a name main takes the first.
  const askName = asksUser && users.length === 0;
  const held = status.state === "locked" ? status.heldBy : undefined;
  const { tokens, passwordUsers } = status;
  const [chosen, setWay] = useState<"password" | "token">();
  // Where nobody comes in by the password alone, asking for it alone only leads to a refusal.
  const onlyTokens = passwordUsers.length === 0 && tokens.length > 0;
  const byToken = tokens.length > 0 && (onlyTokens || chosen === "token");
  const unlock = useAction(client.vault.unlock);
  const wantsToken = isKeysteadError(unlock.error) && unlock.error.code === "vault/token-needed";

  useEffect(() => {
    document.title = `${t("vault.unlock.title")} · ${t("app.name")}`;
  }, [t]);

  const submit = async ({ userName, password }: UnlockForm) => {
    form.resetFields(["password"]);
    const open = await unlock.run({ password, ...(userName ? { userName } : {}) });
    if (open) {
      useWindowStore.getState().setLockReason(undefined);
      setStatus(open);
    } else form.getFieldInstance("password")?.focus?.();
  };
  return (
    <FrontPage title={t("vault.unlock.title")} width={420}>
      <Flex vertical gap={16}>
        {reason && <Alert type="info" showIcon title={t(`vault.unlock.reason.${reason}`)} />}
        {status.state === "unlocked" && <Alert type="info" showIcon title={t("vault.unlock.signIn")} />}
        {held && (
          <Alert type="warning" showIcon title={t("vault.unlock.held", { ...held, since: localTime(held.since) })} />
        )}
        {tokens.length > 0 && !onlyTokens && (
          <Segmented
            block
            aria-label={t("tokens.unlock.how")}
            value={chosen ?? "password"}
            onChange={setWay}
            options={[
              { value: "password", label: t("tokens.unlock.password") },
              { value: "token", label: t("tokens.unlock.token") },
            ]}
          />
        )}
        {byToken && <UnlockWithToken tokens={tokens} />}
        <Form
          form={form}
          hidden={byToken}
          layout="vertical"
          requiredMark={false}
          initialValues={{ userName: users[0] }}
          onFinish={submit}
          aria-label={t("vault.unlock.title")}
        >
          {asksUser ? (
            <Form.Item
              name="userName"
              label={t("vault.unlock.user")}
              {...(askName ? { extra: t("vault.unlock.userHint") } : {})}
            >
              <AutoComplete options={users.map((user) => ({ value: user }))} />
            </Form.Item>
          ) : (
            users[0] && (
              <Form.Item label={t("vault.unlock.user")}>
                <Typography.Text strong>{users[0]}</Typography.Text>
              </Form.Item>
            )
          )}
          <Form.Item
            name="password"
            label={t("fields.password")}
            rules={[{ required: true, message: t("fields.required") }]}
          >
            <Input.Password autoFocus autoComplete="current-password" maxLength={LIMITS.passwordMax} />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={unlock.pending}>
            {t("vault.unlock.ok")}
          </Button>
        </Form>
        {!byToken && <ErrorPanel error={unlock.error} />}
        {!byToken && tokens.length > 0 && wantsToken && (
          <Button onClick={() => setWay("token")}>{t("tokens.unlock.ok")}</Button>
        )}
        <Typography.Text type="secondary" style={{ fontSize: 12, overflowWrap: "anywhere" }}>
          {t("vault.unlock.folder")}: {status.folder}
        </Typography.Text>
      </Flex>
    </FrontPage>
  );
}
