import { App, Button, Card, Descriptions, Flex, Form, Input, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import { useBridge, useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { NewPasswordFields } from "../../components/NewPasswordFields.tsx";
import { Page } from "../../components/Page.tsx";
import { AdministratorsPanel } from "../tokens/AdministratorsPanel.tsx";
import { LookControls } from "./LookControls.tsx";
import { VaultCard } from "./VaultCard.tsx";

export function SettingsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("settings.title")}>
      <Flex vertical gap={16} style={{ maxWidth: 720 }}>
        <VaultCard />
        <PasswordCard />
        <Card title={t("tokens.administrators.title")}>
          <AdministratorsPanel />
        </Card>
        <Card title={t("settings.look")}>
          <Flex vertical gap={8}>
            <LookControls />
            <Typography.Text type="secondary">{t("settings.lookHint")}</Typography.Text>
          </Flex>
        </Card>
        <AboutCard />
      </Flex>
    </Page>
  );
}

interface PasswordForm {
  readonly currentPassword: string;
  readonly newPassword: string;
}

function PasswordCard() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const vault = openVault(useVaultStatus().data);
  const change = useAction(client.vault.changePassword);
  const [form] = Form.useForm<PasswordForm>();
  const submit = async ({ currentPassword, newPassword }: PasswordForm) => {
    form.resetFields();
    if (await change.run({ currentPassword, newPassword })) message.success(t("settings.passwordChanged"));
  };
  return (
    <Card title={t("settings.password")}>
      <Typography.Paragraph type="secondary">
        {t("settings.passwordIntro", { name: vault?.session.userName ?? "" })}
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
        />
        <Flex vertical gap={8} align="start">
          <ErrorPanel error={change.error} />
          <Button type="primary" htmlType="submit" loading={change.pending}>
            {t("settings.changePassword")}
          </Button>
        </Flex>
      </Form>
    </Card>
  );
}

function AboutCard() {
  const { t } = useTranslation();
  const { mode } = useBridge();
  const vault = openVault(useVaultStatus().data);
  if (!vault) return null;
  return (
    <Card title={t("settings.about")}>
      <Descriptions
        size="small"
        column={1}
        bordered
        items={[
          {
            key: "folder",
            label: t("settings.folder"),
            children: <Identifier value={vault.folder} label={t("settings.folder")} />,
          },
          {
            key: "id",
            label: t("settings.vaultId"),
            children: <Identifier value={vault.vaultId} label={t("settings.vaultId")} />,
          },
          { key: "door", label: t("settings.door"), children: t(`settings.doors.${mode}`) },
          {
            key: "keys",
            label: t("settings.keys"),
            children: (
              <Flex vertical gap={4}>
                <Shortcut keys="Ctrl + K" text={t("settings.keySearch")} />
                <Shortcut keys="Ctrl + L" text={t("settings.keyLock")} />
                <Shortcut keys="Esc" text={t("settings.keyClose")} />
              </Flex>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Shortcut({ keys, text }: { readonly keys: string; readonly text: string }) {
  return (
    <span>
      <Typography.Text keyboard>{keys}</Typography.Text> {text}
    </span>
  );
}
