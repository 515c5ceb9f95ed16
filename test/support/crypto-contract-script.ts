import { readFileSync } from "node:fs";
import { cryptoContract, type ExchangedFile, readExchange, writeExchange } from "./crypto-contract.ts";

/*
 * Runs the contract on whichever runtime executes this file and prints one JSON document.
 *   contract         -> { boringssl, results: [{ name, error }] }
 *   write            -> ExchangedFile[]
 *   read <file>      -> string[], the failures
 */
const [task, file] = process.argv.slice(2);

async function answer(): Promise<unknown> {
  if (task === "write") return writeExchange();
  if (task === "read") return readExchange(JSON.parse(readFileSync(file ?? "", "utf8")) as ExchangedFile[]);
  const results: { name: string; error: string | null }[] = [];
  for (const { name, run } of cryptoContract()) {
    try {
      await run();
      results.push({ name, error: null });
    } catch (error) {
      results.push({ name, error: String(error instanceof Error ? error.stack : error) });
    }
  }
  return { boringssl: Reflect.get(process.features, "openssl_is_boringssl") === true, results };
}

process.stdout.write(JSON.stringify(await answer()));
