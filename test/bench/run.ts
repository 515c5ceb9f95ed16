import { bind } from "./bind.ts";
import { dispatcher } from "./dispatcher.ts";
import type { Bench } from "./measure.ts";
import { serversList } from "./servers-list.ts";
import { tokens } from "./tokens.ts";
import { traces } from "./traces.ts";
import { unlock } from "./unlock.ts";

const benches: readonly Bench[] = [unlock, dispatcher, traces, bind, serversList, tokens];

/** `npm run bench [name …]`: one JSON object a line. Exit status 1 when a goal is missed or a name unknown. */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`No bench named ${unknown.join(", ")}. There are: ${benches.map((bench) => bench.name).join(", ")}.`);
  process.exit(1);
}
let missed = false;
for (const bench of benches.filter((each) => wanted.length === 0 || wanted.includes(each.name))) {
  const why = bench.unavailable?.();
  if (why !== undefined) {
    console.log(JSON.stringify({ name: bench.name, skipped: why }));
    continue;
  }
  for (const line of await bench.run()) {
    missed ||= !line.met;
    console.log(JSON.stringify(line));
  }
}
process.exit(missed ? 1 : 0);
