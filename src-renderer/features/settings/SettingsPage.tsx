import { App, Button, Card, Descriptions, Flex, Form, Input, InputNumber, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { VaultSettings } from "#shared/models/vault.ts";
import { useBridge, useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useNameRules } from "../../components/field-rules.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { Page } from "../../components/Page.tsx";
import { AdministratorsPanel } from "../tokens/AdministratorsPanel.tsx";
import { LookControls } from "./LookControls.tsx";
import { PasswordCard } from "./PasswordCard.tsx";
import { SecondFactorCard } from "./SecondFactorCard.tsx";

const NOTHING = {};

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
        <SecondFactorCard />
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

function VaultCard() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const settings = useOperation("vault", "settings", NOTHING);
  const save = useAction(client.vault.updateSettings, ["vault"]);
  const nameRules = useNameRules();
  const submit = async (values: VaultSettings) => {
    if (await save.run(values)) message.success(t("settings.saved"));
  };
  return (
    <Card title={t("settings.vault")} loading={settings.isPending}>
      {settings.data ? (
        <Form
          layout="vertical"
          requiredMark={false}
          initialValues={settings.data}
          onFinish={submit}
          aria-label={t("settings.vault")}
        >
          <Form.Item name="vaultName" label={t("settings.vaultName")} rules={nameRules}>
            <Input maxLength={LIMITS.nameMax} autoComplete="off" />
          </Form.Item>
          <Form.Item
            name="autoLockMinutes"
            label={t("settings.autoLock")}
            extra={t("settings.autoLockHint", { min: LIMITS.autoLockMinutesMin, max: LIMITS.autoLockMinutesMax })}
            rules={[{ required: true, message: t("fields.required") }]}
          >
            <InputNumber min={LIMITS.autoLockMinutesMin} max={LIMITS.autoLockMinutesMax} precision={0} />
          </Form.Item>
          <Flex vertical gap={8} align="start">
            <ErrorPanel error={save.error} />
            <Button type="primary" htmlType="submit" loading={save.pending}>
              {t("common.save")}
            </Button>
          </Flex>
        </Form>
      ) : (
        <ErrorPanel error={settings.error} onRetry={() => void settings.refetch()} />
      )}
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
