import type { App } from "#main/dispatch/caller.ts";
import { type ContractEntry, type Feature, features, findOperation, operations } from "#shared/contract/index.ts";
import { EXIT_STATUS } from "#shared/errors/codes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { batch, batchWish } from "./batch.ts";
import { splitArguments, type Takes, type WrittenCommand } from "./command-line.ts";
import { batchHelp, featureHelp, generalHelp, operationHelp } from "./help.ts";
import { BATCH_FLAGS, knownFlags } from "./known-flags.ts";
import { camel, kebab, nearest } from "./names.ts";
import { oneCall } from "./one-call.ts";
import { unknownFlag } from "./params.ts";
import { prepareCall } from "./prepare.ts";
import { type CliPort, printError, printText } from "./terminal-port.ts";

export const INTERRUPTED_STATUS = 130;

export interface Cli {
  readonly port: CliPort;
  readonly version: string;
  /** Makes the application; not called for help and refused arguments. */
  readonly openApp: () => App;
  readonly logBug: (error: unknown) => void;
  /** True once a signal ends the process: what fails because of it is not reported a second time. */
  readonly interrupted: () => boolean;
}

/** Runs one command line. Never rejects: gives the exit status, and what went wrong stands on standard error. */
export async function runCli(args: readonly string[], cli: Cli): Promise<number> {
  try {
    return await run(args, cli);
  } catch (error) {
    if (cli.interrupted()) return INTERRUPTED_STATUS;
    if (!isKeysteadError(error)) cli.logBug(error);
    const known = isKeysteadError(error)
      ? error
      : new KeysteadError("internal/bug", "Keystead has made a mistake. Report what stands above.");
    await printError(cli.port, known.toJSON());
    return known.code === "request/interrupted" ? INTERRUPTED_STATUS : EXIT_STATUS[known.kind];
  }
}

async function run(args: readonly string[], cli: Cli): Promise<number> {
  const { port } = cli;
  if (args.length === 1 && args[0] === "--version") {
    await printText(port, `${JSON.stringify({ version: cli.version })}\n`);
    return 0;
  }
  const written = splitArguments(args, takes);
  const help = helpFor(written);
  if (help !== undefined) {
    await printText(port, help);
    return 0;
  }
  if (written.words[0] === "batch") {
    const wish = batchWish(written);
    return withApp(cli, (app) => batch(app, app.connect("cli"), wish, port));
  }
  const prepared = await prepareCall(entryOf(written), written, port);
  return withApp(cli, (app) => oneCall(app, app.connect("cli"), prepared, port));
}

/** Whatever happens, the vault is locked at the end: that writes the last checkpoint. */
async function withApp(cli: Cli, work: (app: App) => Promise<number>): Promise<number> {
  const app = cli.openApp();
  try {
    return await work(app);
  } finally {
    await app.close("closing");
  }
}

const takes: Takes = (flag, words) => {
  // Unknown flags take what follows, so that the error names the flag and not its value as a stray argument.
  if (words[0] === "batch")
    return Object.hasOwn(BATCH_FLAGS, flag) ? BATCH_FLAGS[flag as keyof typeof BATCH_FLAGS] : "value";
  const entry = findEntry(words);
  return entry === undefined ? "value" : (knownFlags(entry).get(flag)?.takes ?? "value");
};

function findEntry(words: readonly string[]): ContractEntry | undefined {
  const [feature = "", operation = ""] = words;
  if (kebab(camel(feature)) !== feature || kebab(camel(operation)) !== operation) return undefined;
  return findOperation(`${camel(feature)}.${camel(operation)}`);
}

function helpFor(written: WrittenCommand): string | undefined {
  const [feature, operation] = written.words;
  if (feature === undefined) {
    const stray = written.flags[0];
    if (stray !== undefined && !written.help) throw unknownFlag(stray.name, ["help", "version"]);
    return generalHelp();
  }
  if (!written.help) return undefined;
  if (feature === "batch") return batchHelp();
  return operation === undefined ? featureHelp(featureOf(feature)) : operationHelp(entryOf(written));
}

function featureOf(word: string): Feature {
  const feature = features.find((candidate) => kebab(candidate) === word);
  if (feature !== undefined) return feature;
  throw unknownOperation(word, [...features.map(kebab), "batch"]);
}

function entryOf({ words }: WrittenCommand): ContractEntry {
  const entry = findEntry(words);
  if (entry !== undefined) return entry;
  const [word = "", operation = ""] = words;
  const feature = featureOf(word);
  const known = operations.filter((each) => each.feature === feature).map((each) => kebab(each.operation));
  if (operation !== "") throw unknownOperation(operation, known, ` of ${word}`);
  throw new KeysteadError("request/unknown-operation", `${word} needs an operation: ${known.join(", ")}.`, {
    operation: word,
  });
}

function unknownOperation(word: string, known: readonly string[], where = ""): KeysteadError {
  const meant = nearest(word, known);
  const hint = meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${meant}?`;
  const shown = word.slice(0, 40);
  return new KeysteadError("request/unknown-operation", `There is no “${shown}”${where}. ${hint}`, {
    operation: shown,
    ...(meant === undefined ? {} : { nearest: meant }),
  });
}
