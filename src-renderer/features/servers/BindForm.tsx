import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Collapse, Flex, Form, Input, Radio, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { KeySpec } from "#shared/models/keypair.ts";
import type { Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { putTask } from "../../app/use-events.ts";
import { useOperation } from "../../app/use-operation.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useNameRules } from "../../components/field-rules.ts";
import { addressOf } from "../../components/format.ts";
import { KEY_SPECS, suggestedName } from "../keypairs/key-specs.ts";
import { TokenReady } from "../tokens/TokenReady.tsx";
import { BindPlan } from "./BindPlan.tsx";
import { PasswordsOffNote } from "./PasswordsOffNote.tsx";

const NOTHING = {};

interface BindFields {
  readonly source: "existing" | "fresh";
  readonly keypairId?: string;
  readonly freshName: string;
  readonly freshSpec: KeySpec;
  readonly password: string;
  readonly sudoPassword?: string;
  readonly acceptLinkTo?: string;
  readonly overSftp?: boolean;
  readonly disable: boolean;
}

interface BindFormProps {
  readonly server: Server | undefined;
  readonly servers: readonly Server[];
  readonly chooseServer: boolean;
  readonly keypairId: string | undefined;
  readonly onServer: (id: string) => void;
  readonly onPin: () => void;
  readonly onAllowPasswords: () => void;
  readonly onPending: (pending: boolean) => void;
  readonly onStarted: (taskId: string) => void;
}

export function BindForm(props: BindFormProps) {
  const { server, onStarted, onPending } = props;
  const { t } = useTranslation();
  const client = useClient();
  const queries = useQueryClient();
  const [form] = Form.useForm<BindFields>();
  const [freshName] = useState(suggestedName);
  // Watched, not a dependency: the form changes it by itself too, and only a watch sees that.
  const source = Form.useWatch("source", form) ?? "existing";
  const keypairs = useOperation("keypairs", "list", NOTHING);
  const nameRules = useNameRules();
  const usable = (keypairs.data?.keypairs ?? []).filter((pair) => pair.privateHalf === "kept" || pair.token);
  const onlyUsable = usable.length === 1 ? usable[0]?.id : undefined;
  const chosenId = Form.useWatch("keypairId", form);
  const chosenToken = usable.find((pair) => pair.id === chosenId)?.token;
  const overSftp = Form.useWatch("overSftp", form) === true;
  const disable = Form.useWatch("disable", form) !== false;
  const required = { required: true, message: t("fields.required") };

  const bind = useAction(
    async (id: string, fields: BindFields) => {
      let keypairId = fields.keypairId;
      if (fields.source === "fresh") {
        const made = await client.keypairs.create({ name: fields.freshName, spec: fields.freshSpec });
        keypairId = made.keypair.id;
        // Made once: trying again after a refused bind uses the same key pair.
        form.setFieldsValue({ source: "existing", keypairId });
      }
      return client.servers.bind({
        id,
        keypairId: keypairId ?? "",
        password: fields.password,
        disablePasswordLogin: fields.overSftp === true ? false : fields.disable,
        ...(fields.overSftp
          ? { overSftp: true }
          : {
              ...(fields.sudoPassword ? { sudoPassword: fields.sudoPassword } : {}),
              ...(fields.acceptLinkTo ? { acceptLinkTo: fields.acceptLinkTo } : {}),
            }),
      });
    },
    ["servers", "keypairs", "tasks"],
  );
  useEffect(() => onPending(bind.pending), [bind.pending, onPending]);
  useEffect(() => {
    if (!keypairs.data) return;
    if (usable.length === 0) form.setFieldValue("source", "fresh");
    if (onlyUsable && !form.getFieldValue("keypairId")) form.setFieldValue("keypairId", onlyUsable);
  }, [keypairs.data, usable.length, onlyUsable, form]);

  const submit = async (fields: BindFields) => {
    if (!server) return;
    form.resetFields(["password", "sudoPassword"]);
    const task = await bind.run(server.id, fields);
    if (!task) return;
    putTask(queries, task);
    onStarted(task.id);
  };
  return (
    <Form
      id="bind-form"
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{
        source: "existing",
        keypairId: props.keypairId,
        freshName,
        freshSpec: "ed25519",
        disable: true,
      }}
      onFinish={submit}
      aria-label={t("bind.action")}
    >
      {props.chooseServer && (
        <Form.Item label={t("bind.server")} htmlFor="bind-server">
          <Select
            id="bind-server"
            aria-label={t("bind.server")}
            showSearch={{ optionFilterProp: "label" }}
            placeholder={t("bind.chooseServer")}
            value={server?.id ?? null}
            onChange={(id) => id && props.onServer(id)}
            options={props.servers.map((one) => ({ value: one.id, label: `${one.name} · ${addressOf(one)}` }))}
          />
        </Form.Item>
      )}
      {server && server.hostKeys.length === 0 && (
        <Alert
          type="warning"
          showIcon
          title={t("bind.needHostKey")}
          action={<Button onClick={props.onPin}>{t("servers.hostKey.pin")}</Button>}
          style={{ marginBottom: 16 }}
        />
      )}
      {server?.passwordLogin === "off" && <PasswordsOffNote server={server} onAllow={props.onAllowPasswords} />}
      {server?.binding && (
        <Alert
          type="info"
          showIcon
          title={t("bind.alreadyBound", { name: server.binding.keypairName })}
          style={{ marginBottom: 16 }}
        />
      )}
      <Form.Item name="source" label={t("bind.keypair")} style={{ marginBottom: 8 }}>
        <Radio.Group
          options={[
            { value: "existing", label: t("bind.existing"), disabled: keypairs.isSuccess && usable.length === 0 },
            { value: "fresh", label: t("bind.fresh") },
          ]}
        />
      </Form.Item>
      {source === "existing" ? (
        <Form.Item name="keypairId" rules={[required]}>
          <Select
            aria-label={t("bind.choose")}
            showSearch={{ optionFilterProp: "label" }}
            placeholder={t("bind.choose")}
            loading={keypairs.isPending}
            options={usable.map((pair) => ({
              value: pair.id,
              label: [
                pair.name,
                t(`keypairs.spec.${pair.spec}`),
                ...(pair.token ? [t("tokens.keypair.onToken", { label: pair.token.label })] : []),
              ].join(" · "),
            }))}
          />
        </Form.Item>
      ) : (
        <Flex gap={12}>
          <Form.Item name="freshName" label={t("common.name")} rules={nameRules} style={{ flex: 1 }}>
            <Input autoComplete="off" maxLength={LIMITS.nameMax} />
          </Form.Item>
          <Form.Item name="freshSpec" label={t("keypairs.columns.spec")} style={{ width: 180 }}>
            <Select options={KEY_SPECS.map((value) => ({ value, label: t(`keypairs.spec.${value}`) }))} />
          </Form.Item>
        </Flex>
      )}
      {source === "existing" && chosenToken && (
        <TokenReady tokenId={chosenToken.id} label={chosenToken.label} holdsKey />
      )}
      <Form.Item
        name="password"
        label={server ? t("bind.password", { user: server.user, host: addressOf(server) }) : t("fields.password")}
        extra={t("bind.passwordHint")}
        rules={[required]}
      >
        <Input.Password autoComplete="off" maxLength={LIMITS.passwordMax} />
      </Form.Item>
      <Collapse
        ghost
        size="small"
        style={{ marginBottom: 8 }}
        items={[
          {
            key: "more",
            label: t("common.advanced"),
            forceRender: true,
            children: (
              <>
                <Form.Item name="sudoPassword" label={t("bind.sudo")} extra={t("bind.sudoHint")}>
                  <Input.Password disabled={overSftp} autoComplete="off" maxLength={LIMITS.passwordMax} />
                </Form.Item>
                <Form.Item name="acceptLinkTo" label={t("bind.link")} extra={t("bind.linkHint")}>
                  <Input disabled={overSftp} autoComplete="off" spellCheck={false} maxLength={4096} />
                </Form.Item>
                <Form.Item name="overSftp" valuePropName="checked" extra={t("bind.sftpHint")}>
                  <Checkbox>{t("bind.sftp")}</Checkbox>
                </Form.Item>
              </>
            ),
          },
        ]}
      />
      {overSftp ? (
        <Alert type="info" showIcon title={t("bind.sftpNoDisable")} style={{ marginBottom: 16 }} />
      ) : (
        <Form.Item name="disable" valuePropName="checked" extra={t("bind.disableHint")}>
          <Checkbox>{t("bind.disable")}</Checkbox>
        </Form.Item>
      )}
      <BindPlan way={overSftp ? "sftp" : disable ? "disable" : "keep"} />
      <ErrorPanel error={bind.error} />
    </Form>
  );
}
