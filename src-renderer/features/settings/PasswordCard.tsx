import { Alert, App, Button, Card, Flex, Form, Input, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { NewPasswordFields } from "../../components/NewPasswordFields.tsx";
import { AcceptFinalTry, PinField } from "../tokens/PinFields.tsx";

interface PasswordForm {
  readonly currentPassword: string;
  readonly newPassword: string;
  /** By slot id. */
  readonly pins?: Readonly<Record<string, string>>;
  readonly acceptFinalTry?: boolean;
}

/** The UKeys that open the vault only together with the password are asked too: each must be in, and wants its PIN. */
export function PasswordCard() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const session = openVault(useVaultStatus().data)?.session;
  const change = useAction(client.vault.changePassword);
  const [form] = Form.useForm<PasswordForm>();
  const both = session?.tokens.filter((token) => token.needsPassword) ?? [];
  const hasPassword = both.length > 0 || (session?.passwordAlone ?? true);
  const warned = isKeysteadError(change.error) && change.error.code === "tokens/pin-final-try";
  const submit = async ({ currentPassword, newPassword, pins = {}, acceptFinalTry = false }: PasswordForm) => {
    form.resetFields();
    const tokenPins = Object.entries(pins).map(([slotId, pin]) => ({ slotId, pin }));
    if (await change.run({ currentPassword, newPassword, tokenPins, acceptFinalTry }))
      message.success(t("settings.passwordChanged"));
    // Emptied, the fields are new ones; the first is where a person goes on.
    else form.getFieldInstance("currentPassword")?.focus?.();
  };
  if (!hasPassword)
    return (
      <Card title={t("settings.password")}>
        <Alert type="info" showIcon title={t("settings.noPassword")} />
      </Card>
    );
  return (
    <Card title={t("settings.password")}>
      <Typography.Paragraph type="secondary">
        {t("settings.passwordIntro", { name: session?.userName ?? "" })}
      </Typography.Paragraph>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={submit}
        aria-label={t("settings.changePassword")}
      >
        <Form.Item
          name="currentPassword"
          label={t("settings.currentPassword")}
          rules={[{ required: true, message: t("fields.required") }]}
        >
          <Input.Password autoComplete="current-password" maxLength={LIMITS.passwordMax} />
        </Form.Item>
        <NewPasswordFields
          name="newPassword"
          label={t("settings.newPassword")}
          againLabel={t("settings.newPasswordAgain")}
          names={session ? [session.userName] : []}
        />
        {both.length > 0 && (
          <Alert type="info" showIcon title={t("settings.passwordTokens")} style={{ marginBottom: 16 }} />
        )}
        {both.map(({ slotId, label }) => (
          <PinField key={slotId} name={["pins", slotId]} label={t("settings.passwordTokenPin", { label })} />
        ))}
        {warned && <AcceptFinalTry who="user" />}
        <Flex vertical gap={8} align="start">
          <ErrorPanel error={warned ? undefined : change.error} />
          <Button type="primary" htmlType="submit" loading={change.pending}>
            {t("settings.changePassword")}
          </Button>
        </Flex>
      </Form>
    </Card>
  );
}
