import { App, Button, Card, Flex, Form, Input, InputNumber } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { VaultSettings } from "#shared/models/vault.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useNameRules, wholeNumber } from "../../components/field-rules.ts";

const NOTHING = {};
const MINUTES = { min: LIMITS.autoLockMinutesMin, max: LIMITS.autoLockMinutesMax };

/** The vault's name, and how long it stays open unused at each kind of door. */
export function VaultCard() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const settings = useOperation("vault", "settings", NOTHING);
  const save = useAction(client.vault.updateSettings, ["vault"]);
  const nameRules = useNameRules();
  const minutes = [
    { required: true, message: t("fields.required") },
    wholeNumber(MINUTES.min, MINUTES.max, t("fields.numberRule", MINUTES)),
  ];
  const submit = async (values: VaultSettings) => {
    if (await save.run(values)) message.success(t("settings.saved"));
  };
  return (
    <Card title={t("settings.vault")} loading={settings.isPending}>
      {settings.data ? (
        <Form<VaultSettings>
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
            extra={t("settings.autoLockHint", MINUTES)}
            rules={minutes}
          >
            <InputNumber />
          </Form.Item>
          <Form.Item
            name="autoLockMinutesInBrowser"
            label={t("settings.autoLockInBrowser")}
            extra={t("settings.autoLockInBrowserHint")}
            dependencies={["autoLockMinutes"]}
            rules={[
              ...minutes,
              ({ getFieldValue }) => ({
                // Main refuses it too; here it is said at the field.
                validator: (_, value: number) => {
                  const max: number = getFieldValue("autoLockMinutes");
                  const late = value > max && value <= MINUTES.max;
                  return late
                    ? Promise.reject(new Error(t("settings.autoLockInBrowserTooLong", { max })))
                    : Promise.resolve();
                },
              }),
            ]}
          >
            <InputNumber />
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
