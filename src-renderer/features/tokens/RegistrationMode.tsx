import { Alert, Form, Input, Radio, Select, Space } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { PinField } from "./PinFields.tsx";

/** Whether the UKey shall open the vault alone or together with the password, which is then checked. Part of a form. */
export function RegistrationMode() {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const mode = Form.useWatch<string | undefined>("mode", form);
  const session = openVault(useVaultStatus().data)?.session;
  const both = session?.tokens.filter((token) => token.needsPassword) ?? [];
  const passwordAlone = session?.passwordAlone ?? true;
  const hasPassword = passwordAlone || both.length > 0;
  return (
    <>
      <Form.Item name="mode" label={t("tokens.administrators.mode")} initialValue="alone">
        <Radio.Group>
          <Space orientation="vertical">
            <Radio value="alone">{t("tokens.administrators.modeAlone")}</Radio>
            <Radio value="with-password" disabled={!hasPassword}>
              {t("tokens.administrators.modeBoth")}
            </Radio>
          </Space>
        </Radio.Group>
      </Form.Item>
      {!hasPassword && <Alert type="info" showIcon title={t("tokens.administrators.modeNoPassword")} />}
      {mode === "with-password" && (
        <Form.Item
          name="password"
          label={t("tokens.unlock.vaultPassword")}
          rules={[{ required: true, message: t("fields.required") }]}
        >
          <Input.Password autoComplete="current-password" maxLength={LIMITS.passwordMax} />
        </Form.Item>
      )}
      {mode === "with-password" && !passwordAlone && (
        <>
          <Form.Item
            name={["checkBy", "slotId"]}
            label={t("tokens.administrators.checkBy")}
            extra={t("tokens.administrators.checkByHint")}
            initialValue={both[0]?.slotId}
          >
            <Select
              options={both.map(({ slotId, label, serial }) => ({ value: slotId, label: `${label} · ${serial}` }))}
            />
          </Form.Item>
          <PinField name={["checkBy", "pin"]} label={t("tokens.administrators.checkByPin")} />
        </>
      )}
    </>
  );
}
