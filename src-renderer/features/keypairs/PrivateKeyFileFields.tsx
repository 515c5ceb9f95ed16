import { Alert, Checkbox, Form, Input, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { PrivateKeyFormat } from "#shared/models/keypair.ts";
import { FORMATS_OFFERED } from "./key-specs.ts";

export interface PrivateKeyFileForm {
  readonly format: PrivateKeyFormat;
  readonly folder?: string;
  readonly withPassphrase: boolean;
  readonly passphrase?: string;
  readonly passphraseAgain?: string;
}

export const FILE_DEFAULTS: PrivateKeyFileForm = { format: "openssh", withPassphrase: true };

/** The contract's `file` out of the form's fields. */
export function fileParams(form: PrivateKeyFileForm) {
  return {
    format: form.format,
    ...(form.folder?.trim() ? { folder: form.folder.trim() } : {}),
    ...(form.withPassphrase && form.passphrase ? { passphrase: form.passphrase } : {}),
  };
}

/** Where and how a private key is written; part of a form. */
export function PrivateKeyFileFields() {
  const { t } = useTranslation();
  const required = { required: true, message: t("fields.required") };
  return (
    <>
      <Form.Item name="format" label={t("keypairs.file.format")}>
        <Segmented
          aria-label={t("keypairs.file.format")}
          options={FORMATS_OFFERED.map((value) => ({ value, label: t(`keypairs.file.formats.${value}`) }))}
        />
      </Form.Item>
      <Form.Item
        name="folder"
        label={`${t("keypairs.file.folder")} (${t("common.optional")})`}
        extra={t("keypairs.file.folderHint")}
        rules={[{ pattern: /^\//, message: t("fields.pathRule") }]}
      >
        <Input autoComplete="off" spellCheck={false} maxLength={4096} />
      </Form.Item>
      <Form.Item name="withPassphrase" valuePropName="checked" noStyle>
        <Checkbox>{t("keypairs.file.withPassphrase")}</Checkbox>
      </Form.Item>
      <Form.Item noStyle dependencies={["withPassphrase"]}>
        {({ getFieldValue }) =>
          getFieldValue("withPassphrase") ? (
            <div style={{ marginTop: 12 }}>
              <Form.Item
                name="passphrase"
                label={t("fields.passphrase")}
                rules={[
                  required,
                  // The file may be for a program that takes no longer one: said, not refused.
                  { min: LIMITS.passwordMin, warningOnly: true, message: t("keypairs.file.shortPassphrase") },
                ]}
              >
                <Input.Password autoComplete="new-password" maxLength={LIMITS.passwordMax} />
              </Form.Item>
              <Form.Item
                name="passphraseAgain"
                label={t("fields.passphraseAgain")}
                dependencies={["passphrase"]}
                rules={[
                  required,
                  {
                    validator: (_, value: string) =>
                      !value || value === getFieldValue("passphrase")
                        ? Promise.resolve()
                        : Promise.reject(new Error(t("fields.passwordsDiffer"))),
                  },
                ]}
              >
                <Input.Password autoComplete="new-password" maxLength={LIMITS.passwordMax} />
              </Form.Item>
            </div>
          ) : (
            <Alert type="warning" showIcon title={t("keypairs.file.noPassphrase")} style={{ margin: "12px 0 16px" }} />
          )
        }
      </Form.Item>
    </>
  );
}
