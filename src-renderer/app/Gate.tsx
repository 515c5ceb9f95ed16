import { Flex, Spin } from "antd";
import type { PropsWithChildren } from "react";
import { useTranslation } from "react-i18next";
import { ErrorPanel } from "../components/ErrorPanel.tsx";
import { CreateVault } from "../features/vault/CreateVault.tsx";
import { Unlock } from "../features/vault/Unlock.tsx";
import { useEvents } from "./use-events.ts";
import { openVault, useVaultStatus } from "./use-vault.ts";

/** Nothing of the console is built before there is an open vault and a session in it. The address stays as it was. */
export function Gate({ children }: PropsWithChildren) {
  const { t } = useTranslation();
  const status = useVaultStatus();
  useEvents();
  if (openVault(status.data)) return children;
  if (!status.data) {
    return (
      <Flex component="main" align="center" justify="center" style={{ minHeight: "100%", padding: 24 }}>
        {status.error ? (
          <ErrorPanel error={status.error} onRetry={() => void status.refetch()} />
        ) : (
          <Spin description={t("app.starting")} />
        )}
      </Flex>
    );
  }
  return status.data.state === "absent" ? <CreateVault status={status.data} /> : <Unlock status={status.data} />;
}
