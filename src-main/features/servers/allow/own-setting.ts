import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { SshdFacts } from "../remote/probe.ts";
import { chooseSettingsPlace, holdsOnlyOurs } from "../sshd-drop-in.ts";
import { hasBlock, removeBlock } from "../sshd-main-file.ts";
import { type PlannedFile, readSshdFile } from "../steps/sshd-switch.ts";
import type { AllowBench } from "./allow-bench.ts";

/**
 * Keystead's own setting on the server and how it looks without it: the drop-in taken away, or the marked block cut out of the
 * main file (B42, B43). `undefined`: there is none. Error: `servers/own-setting-edited` when it holds more than Keystead wrote.
 */
export async function withoutOwnSetting(bench: AllowBench, sshd: SshdFacts): Promise<PlannedFile | undefined> {
  const { mainPath, mainFile, listings } = sshd;
  const place = chooseSettingsPlace({ mainPath, mainFile: mainFile.toString("utf8"), listings });
  if (place.kind === "drop-in" && place.existing) {
    const found = await readSshdFile(bench, place.path);
    if (found.file?.type !== "file" || !holdsOnlyOurs(found.content)) throw edited(place.path);
    return { path: place.path, current: found.content, mode: found.file.mode, content: "absent" };
  }
  if (!hasBlock(mainFile)) return undefined;
  const content = removeBlock(mainFile);
  if (content.equals(mainFile)) throw edited(mainPath);
  return { path: mainPath, current: mainFile, content };
}

function edited(path: string): KeysteadError {
  return new KeysteadError(
    "servers/own-setting-edited",
    `Somebody has changed what Keystead wrote in ${path}, so it is not taken away: other settings would go with it. Look at it on the server; nothing was changed.`,
    { path },
  );
}
