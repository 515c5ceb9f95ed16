import { Alert, App, Button, Flex, Table, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Administrator, TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { RegisterAdministratorDialog } from "./RegisterAdministratorDialog.tsx";

const NOTHING = {};

/** H06: the tokens that open this vault. On a token's page only its own ways in. */
export function AdministratorsPanel({ token }: { readonly token?: TokenView }) {
  const { t } = useTranslation();
  const list = useOperation("tokens", "listAdministrators", NOTHING);
  const [registering, setRegistering] = useState(false);
  const [removing, setRemoving] = useState<Administrator>();
  const status = useVaultStatus();
  if (list.error) return <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />;
  const all = list.data?.administrators ?? [];
  const shown = token ? all.filter((one) => one.tokenSerial === token.serial) : all;
  const users = list.data?.passwordUsers ?? [];
  const user = openVault(status.data)?.session.userId;
  const isMine = token !== undefined && shown.some((one) => one.userId === user);
  return (
    <Flex vertical gap={12} align="start">
      <Typography.Text>{t("tokens.administrators.text")}</Typography.Text>
      {token && list.data && shown.length === 0 && (
        <Alert type="info" showIcon title={t("tokens.administrators.thisTokenNot")} />
      )}
      {!token && list.data && all.length === 0 && (
        <Alert type="info" showIcon title={t("tokens.administrators.none")} />
      )}
      {shown.length > 0 && (
        <Table
          size="small"
          rowKey="slotId"
          dataSource={shown}
          pagination={false}
          loading={list.isPending}
          scroll={{ x: 940 }}
          style={{ width: "100%" }}
          columns={[
            { title: t("tokens.administrators.columns.token"), dataIndex: "tokenLabel", width: 170, ellipsis: true },
            {
              title: t("tokens.administrators.columns.serial"),
              width: 190,
              render: (_, one) => (
                <Identifier oneLine value={one.tokenSerial} label={t("tokens.administrators.columns.serial")} />
              ),
            },
            { title: t("tokens.administrators.columns.user"), dataIndex: "userName", width: 150, ellipsis: true },
            {
              title: t("tokens.administrators.columns.opens"),
              width: 170,
              render: (_, one) => (
                <Flex vertical align="start">
                  {one.needsPassword ? t("tokens.administrators.withPassword") : t("tokens.administrators.alone")}
                  <Typography.Text code>{one.method}</Typography.Text>
                </Flex>
              ),
            },
            {
              title: t("tokens.administrators.columns.created"),
              width: 160,
              render: (_, one) => <RelativeTime time={one.createdAt} short />,
            },
            {
              title: <span className="visually-hidden">{t("common.actions")}</span>,
              width: 100,
              fixed: "end",
              render: (_, one) => (
                <Button
                  size="small"
                  danger
                  aria-label={`${t("tokens.administrators.remove")}: ${one.tokenLabel}`}
                  onClick={() => setRemoving(one)}
                >
                  {t("tokens.administrators.remove")}
                </Button>
              ),
            },
          ]}
        />
      )}
      {users.length > 0 && (
        <Typography.Text type="secondary">
          {t("tokens.administrators.passwords", { users: users.join(", ") })}
        </Typography.Text>
      )}
      {!isMine && (
        <Button
          type={token ? "default" : "primary"}
          disabled={token !== undefined && (!token.present || !token.initialized)}
          onClick={() => setRegistering(true)}
        >
          {token ? t("tokens.actions.register") : t("tokens.administrators.register")}
        </Button>
      )}
      {registering && (
        <RegisterAdministratorDialog
          registered={all}
          {...(token ? { tokenId: token.id } : {})}
          onClose={() => setRegistering(false)}
        />
      )}
      {removing && <RemoveDialog administrator={removing} onClose={() => setRemoving(undefined)} />}
    </Flex>
  );
}

function RemoveDialog({
  administrator,
  onClose,
}: {
  readonly administrator: Administrator;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const remove = useAction(client.tokens.removeAdministrator, ["tokens", "vault"]);
  const name = administrator.tokenLabel || administrator.tokenSerial;
  const submit = async () => {
    if (!(await remove.run({ slotId: administrator.slotId }))) return;
    message.success(t("tokens.administrators.removed", { name }));
    onClose();
  };
  return (
    <DangerDialog
      open
      title={t("tokens.administrators.removeTitle", { name })}
      text={t("tokens.administrators.removeText")}
      word={name}
      okText={t("tokens.administrators.remove")}
      pending={remove.pending}
      error={remove.error}
      onOk={() => void submit()}
      onCancel={onClose}
    />
  );
}
