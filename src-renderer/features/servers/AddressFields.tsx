import { Flex, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { Server } from "#shared/models/server.ts";
import { useAddressRules, useNameRules } from "../../components/field-rules.ts";

export type AddressForm = Pick<Server, "name" | "host" | "port" | "user" | "profile">;

export const ADDRESS_DEFAULTS: AddressForm = { name: "", host: "", port: 22, user: "root", profile: "strict" };

/** Name, address, port, user and profile of a server; part of a form. */
export function AddressFields() {
  const { t } = useTranslation();
  const names = useNameRules();
  const rules = useAddressRules();
  return (
    <>
      <Form.Item name="name" label={t("common.name")} extra={t("servers.nameHint")} rules={names}>
        <Input autoFocus autoComplete="off" maxLength={LIMITS.nameMax} />
      </Form.Item>
      <Flex gap={12}>
        <Form.Item
          name="host"
          label={t("servers.host")}
          extra={t("servers.hostHint")}
          rules={rules.host}
          style={{ flex: 1 }}
        >
          <Input autoComplete="off" spellCheck={false} maxLength={253} />
        </Form.Item>
        <Form.Item name="port" label={t("servers.port")} rules={rules.port} style={{ width: 110 }}>
          {/* No bounds here: antd would put another number in place of a wrong one, and say nothing. */}
          <InputNumber style={{ width: "100%" }} />
        </Form.Item>
      </Flex>
      <Form.Item name="user" label={t("servers.user")} extra={t("servers.userHint")} rules={rules.user}>
        <Input autoComplete="off" spellCheck={false} maxLength={64} />
      </Form.Item>
      <Form.Item name="profile" label={t("servers.profile")}>
        <Select
          options={(["strict", "legacy"] as const).map((value) => ({ value, label: t(`servers.profiles.${value}`) }))}
        />
      </Form.Item>
    </>
  );
}
