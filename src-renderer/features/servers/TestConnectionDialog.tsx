import { Alert, Button, Descriptions, Flex, Form, Input, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { ConnectionReport, Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ErrorText } from "../../components/ErrorText.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { REACH_TONE } from "./server-state.ts";

export function TestConnectionDialog({ server, onClose }: { readonly server: Server; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<{ password?: string }>();
  const [report, setReport] = useState<ConnectionReport>();
  const test = useAction(client.servers.testConnection, ["servers"]);
  const submit = async ({ password }: { password?: string }) => {
    form.resetFields();
    setReport(undefined);
    const result = await test.run({ id: server.id, ...(password ? { password } : {}) });
    if (result) setReport(result.report);
  };
  return (
    <Dialog
      title={`${t("servers.test.title")}: ${server.name}`}
      onCancel={onClose}
      footer={[
        <Button key="close" onClick={onClose}>
          {t("common.close")}
        </Button>,
        <Button key="test" type="primary" loading={test.pending} onClick={form.submit}>
          {t("servers.test.ok")}
        </Button>,
      ]}
    >
      <Flex vertical gap={12}>
        <Typography.Text>{t("servers.test.text")}</Typography.Text>
        <Form form={form} layout="vertical" requiredMark={false} onFinish={submit} aria-label={t("servers.test.title")}>
          <Form.Item
            name="password"
            label={`${t("fields.password")} (${t("common.optional")})`}
            style={{ marginBottom: 0 }}
          >
            <Input.Password autoFocus autoComplete="off" maxLength={LIMITS.passwordMax} />
          </Form.Item>
        </Form>
        <div aria-live="polite">
          {test.pending && <Typography.Text>{t("servers.test.testing", { name: server.name })}</Typography.Text>}
          {report && <Report report={report} />}
        </div>
        <ErrorPanel error={test.error} />
      </Flex>
    </Dialog>
  );
}

function Report({ report }: { readonly report: ConnectionReport }) {
  const { t } = useTranslation();
  return (
    <Flex vertical gap={8}>
      <Descriptions
        size="small"
        bordered
        column={1}
        items={[
          {
            key: "reach",
            label: t("servers.columns.reach"),
            children: (
              <StateTag tone={REACH_TONE[report.reachability]}>{t(`servers.reach.${report.reachability}`)}</StateTag>
            ),
          },
          ...(report.hostKey
            ? [
                {
                  key: "key",
                  label: t("servers.hostKey.title"),
                  children: <Identifier value={report.hostKey.fingerprint} label={t("servers.hostKey.fingerprint")} />,
                },
              ]
            : []),
          {
            key: "login",
            label: t("servers.test.loginLabel"),
            children: report.login
              ? `${t("servers.test.login", report.login)}${report.login.shell ? "" : ` · ${t("servers.test.noShell")}`}`
              : t("servers.test.noLogin"),
          },
          {
            key: "version",
            label: t("servers.facts.version"),
            children: report.serverVersion ?? t("common.unknown"),
          },
          { key: "took", label: t("tasks.columns.took"), children: `${Math.round(report.milliseconds)} ms` },
        ]}
      />
      {report.problem && (
        <Alert
          type="warning"
          showIcon
          title={<ErrorText said={report.problem} />}
          description={<Typography.Text code>{report.problem.code}</Typography.Text>}
        />
      )}
    </Flex>
  );
}
