import { CopyOutlined } from "@ant-design/icons";
import { Button, Flex, Tooltip, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useCopy } from "./use-copy.ts";

interface IdentifierProps {
  readonly value: string;
  /** What it is, for the copy button's name: "Fingerprint SHA256". */
  readonly label: string;
  /** On one line, cut at the end with the whole text on hover; breaks over lines otherwise. */
  readonly oneLine?: boolean;
}

/** An id, fingerprint or other exact text: monospaced, whole or with its whole on hover, always with copy. */
export function Identifier({ value, label, oneLine = false }: IdentifierProps) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const copy = useCopy();
  const text = (
    <span
      style={{
        fontFamily: token.fontFamilyCode,
        fontSize: 12,
        minWidth: 0,
        ...(oneLine
          ? { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }
          : { overflowWrap: "anywhere" }),
      }}
    >
      {value}
    </span>
  );
  return (
    <Flex gap={4} align="center" style={{ minWidth: 0 }}>
      {oneLine ? <Tooltip title={value}>{text}</Tooltip> : text}
      <Button
        type="text"
        size="small"
        icon={<CopyOutlined />}
        aria-label={t("common.copyNamed", { what: label })}
        onClick={() => copy(value)}
      />
    </Flex>
  );
}
