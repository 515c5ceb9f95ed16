import { Alert, Flex } from "antd";
import { useTranslation } from "react-i18next";
import { Identifier } from "../../components/Identifier.tsx";

export interface WrittenFile {
  readonly name: string;
  readonly path: string;
}

interface WrittenFilesProps {
  readonly files: readonly WrittenFile[];
  /** Nothing of the keys is kept elsewhere. */
  readonly onlyCopy?: boolean;
}

/** Which files hold private keys now: paths on the machine that runs Keystead, never the keys. */
export function WrittenFiles({ files, onlyCopy = false }: WrittenFilesProps) {
  const { t } = useTranslation();
  return (
    <Alert
      type="success"
      showIcon
      role="status"
      title={t("keypairs.file.written")}
      description={
        <Flex vertical gap={4}>
          {files.map((file) => (
            <Identifier key={file.path} value={file.path} label={file.name} />
          ))}
          {onlyCopy && <span>{t("keypairs.file.onlyCopy")}</span>}
        </Flex>
      }
    />
  );
}
