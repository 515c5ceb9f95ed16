import { Alert, Button, Flex, Input, Typography } from "antd";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "./Dialog.tsx";
import { ErrorPanel } from "./ErrorPanel.tsx";
import { TypedWord } from "./TypedWord.tsx";

interface DangerDialogProps {
  readonly open: boolean;
  readonly title: string;
  /** What will be lost. */
  readonly text: string;
  /** How it can be taken back after all; without it the dialog says that it cannot. */
  readonly undo?: string;
  /** What it is done to, by name, where that is more than the title says. */
  readonly names?: readonly string[];
  /** Names the things that depend on it. */
  readonly depends?: { readonly text: string; readonly names: readonly string[] } | undefined;
  /** The word or name that must be typed. */
  readonly word: string;
  /** Whether the fields in `children` say all that is needed. */
  readonly complete?: boolean;
  readonly okText: string;
  readonly pending: boolean;
  readonly error: unknown;
  readonly children?: ReactNode;
  readonly onOk: () => void;
  readonly onCancel: () => void;
}

/** For what cannot, or not easily, be taken back. The safe button has the focus and answers Enter until the word is typed. */
export function DangerDialog(props: DangerDialogProps) {
  if (!props.open) return null;
  return <OpenDangerDialog {...props} />;
}

function OpenDangerDialog(props: DangerDialogProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const field = useId();
  const matches = typed.trim() === props.word && props.complete !== false;
  return (
    <Dialog
      title={props.title}
      onCancel={props.onCancel}
      footer={[
        <Button key="cancel" autoFocus onClick={props.onCancel}>
          {t("common.cancel")}
        </Button>,
        <Button key="ok" type="primary" danger disabled={!matches} loading={props.pending} onClick={props.onOk}>
          {props.okText}
        </Button>,
      ]}
    >
      <Flex vertical gap={12}>
        <Alert type="warning" showIcon title={props.text} description={props.undo ?? t("danger.understand")} />
        {props.names && props.names.length > 0 && <Names names={props.names} />}
        {props.depends && props.depends.names.length > 0 && (
          <div>
            <Typography.Text strong>{props.depends.text}</Typography.Text>
            <Names names={props.depends.names} />
          </div>
        )}
        {props.children}
        <div>
          <label htmlFor={field}>
            <TypedWord word={props.word} sentence={(word) => t("danger.typeToConfirm", { word })} />
          </label>
          <Input
            id={field}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
            onPressEnter={() => matches && !props.pending && props.onOk()}
            style={{ marginTop: 4 }}
          />
        </div>
        <ErrorPanel error={props.error} />
      </Flex>
    </Dialog>
  );
}

function Names({ names }: { readonly names: readonly string[] }) {
  return (
    <ul
      style={{ margin: "4px 0 0", paddingInlineStart: 20, maxHeight: 160, overflow: "auto", overflowWrap: "anywhere" }}
    >
      {names.map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  );
}
