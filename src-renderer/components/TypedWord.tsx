import { Typography } from "antd";

/** Stands for the word while a sentence is made, so that the catalogue's sentence stays one. */
const PLACE = "\u0000";

interface TypedWordProps {
  readonly word: string;
  /** The sentence around the word. */
  readonly sentence: (word: string) => string;
}

/** “Type … to confirm”, with the word itself standing out: it must be clear where it begins and where it ends. */
export function TypedWord({ word, sentence }: TypedWordProps) {
  const [before, after = ""] = sentence(PLACE).split(PLACE);
  return (
    <>
      {before}
      <Typography.Text strong>{word}</Typography.Text>
      {after}
    </>
  );
}
