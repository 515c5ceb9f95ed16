import { Alert, App, Collapse, Flex, Form, Input, Radio, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";

const NOTHING = {};
const OTHER = "";

interface AddModuleForm {
  readonly choice: string;
  readonly path?: string;
  readonly name?: string;
  readonly libraryParameters?: string;
}

/** H01: the usual libraries that are on this machine, or any other by its absolute path. */
export function AddModuleDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<AddModuleForm>();
  const suggested = useOperation("tokens", "suggestModules", NOTHING, { staleTime: 0 });
  const add = useAction(client.tokens.addModule, ["tokens"]);
  const all = suggested.data?.modules ?? [];
  const here = all.filter((module) => module.present);
  const missing = all.filter((module) => !module.present);
  const firstFree = here.find((module) => !module.added)?.path;
  const choice = Form.useWatch("choice", form);

  const submit = async ({ choice: chosen, path, name, libraryParameters }: AddModuleForm) => {
    const module = await add.run({
      path: chosen === OTHER ? (path ?? "").trim() : chosen,
      ...(name?.trim() ? { name: name.trim() } : {}),
      ...(libraryParameters?.trim() ? { libraryParameters: libraryParameters.trim() } : {}),
    });
    if (!module) return;
    message.success(t("tokens.modules.added", { name: module.name }));
    onClose();
  };
  return (
    <Dialog
      title={t("tokens.modules.add")}
      width={640}
      okText={t("tokens.modules.add")}
      okButtonProps={{ disabled: !suggested.data }}
      cancelText={t("common.cancel")}
      confirmLoading={add.pending}
      onOk={form.submit}
      onCancel={onClose}
      ready={suggested.data !== undefined}
    >
      <Flex vertical gap={12}>
        <Alert type="warning" showIcon title={t("tokens.modules.trust")} />
        <ErrorPanel error={suggested.error} onRetry={() => void suggested.refetch()} />
        {suggested.data && (
          <Form
            form={form}
            layout="vertical"
            requiredMark={false}
            initialValues={{ choice: firstFree ?? OTHER }}
            onFinish={submit}
            aria-label={t("tokens.modules.add")}
          >
            {here.length === 0 && <Typography.Paragraph>{t("tokens.modules.noneHere")}</Typography.Paragraph>}
            <Form.Item name="choice" label={t("tokens.modules.choose")}>
              <Radio.Group
                vertical
                options={[
                  ...here.map((module) => ({
                    value: module.path,
                    disabled: module.added,
                    label: (
                      <>
                        {module.name}
                        {module.added && ` (${t("tokens.modules.alreadyAdded")})`}{" "}
                        <Typography.Text type="secondary" code style={{ overflowWrap: "anywhere" }}>
                          {module.path}
                        </Typography.Text>
                      </>
                    ),
                  })),
                  { value: OTHER, label: t("tokens.modules.other") },
                ]}
              />
            </Form.Item>
            {(choice ?? firstFree ?? OTHER) === OTHER && (
              <Form.Item
                name="path"
                label={t("tokens.modules.path")}
                extra={t("tokens.modules.pathHint")}
                rules={[
                  { required: true, message: t("fields.required") },
                  { pattern: /^\s*(?:\/|[A-Za-z]:[\\/])/, message: t("fields.pathRule") },
                ]}
              >
                <Input autoFocus autoComplete="off" spellCheck={false} maxLength={4096} />
              </Form.Item>
            )}
            <Collapse
              ghost
              size="small"
              items={[
                {
                  key: "more",
                  label: t("common.advanced"),
                  forceRender: true,
                  children: (
                    <>
                      <Form.Item name="name" label={t("tokens.modules.name")} extra={t("tokens.modules.nameHint")}>
                        <Input autoComplete="off" maxLength={LIMITS.nameMax} />
                      </Form.Item>
                      <Form.Item
                        name="libraryParameters"
                        label={t("tokens.modules.parameters")}
                        extra={t("tokens.modules.parametersHint")}
                      >
                        <Input autoComplete="off" spellCheck={false} maxLength={1000} />
                      </Form.Item>
                    </>
                  ),
                },
                ...(missing.length > 0
                  ? [
                      {
                        key: "missing",
                        label: t("tokens.modules.notHere", { count: missing.length }),
                        children: (
                          <ul style={{ margin: 0, paddingInlineStart: 20, maxHeight: 180, overflow: "auto" }}>
                            {missing.map((module) => (
                              <li key={module.path}>
                                {module.name} <Typography.Text code>{module.path}</Typography.Text>
                              </li>
                            ))}
                          </ul>
                        ),
                      },
                    ]
                  : []),
              ]}
            />
            <button type="submit" hidden aria-hidden tabIndex={-1} />
          </Form>
        )}
        {add.pending && <Typography.Text role="status">{t("tokens.modules.starting")}</Typography.Text>}
        <ErrorPanel error={add.error} />
      </Flex>
    </Dialog>
  );
}
