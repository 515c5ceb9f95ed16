import { Typography } from "antd";
import { useTranslation } from "react-i18next";
import { errorWords, type MainWords, type Said } from "./error-words.ts";

/** What happened in the console's language, and main's own words under it where these are in another. */
export function ErrorText({ said }: { readonly said: Said }) {
  const { i18n } = useTranslation();
  return <BothWords words={errorWords(said, i18n.language)} />;
}

export function BothWords({ words: { sentence, original } }: { readonly words: MainWords }) {
  return (
    <>
      <span>{sentence}</span>
      {original !== undefined && (
        <Typography.Text type="secondary" lang="en" style={{ display: "block", overflowWrap: "anywhere" }}>
          {original}
        </Typography.Text>
      )}
    </>
  );
}
