import { Card, Descriptions, Flex, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { useBridge } from "../../app/bridge-context.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { Page } from "../../components/Page.tsx";
import { AdministratorsPanel } from "../tokens/AdministratorsPanel.tsx";
import { LookControls } from "./LookControls.tsx";
import { PasswordCard } from "./PasswordCard.tsx";
import { SecondFactorCard } from "./SecondFactorCard.tsx";
import { VaultCard } from "./VaultCard.tsx";

export function SettingsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("settings.title")}>
      <Flex vertical gap={16} style={{ maxWidth: 800 }}>
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
