import { z } from "zod";
import { id, name, nothing } from "../../models/text.ts";
import { doctorReport, tokenId, tokenModule } from "../../models/token.ts";
import { operation } from "../operation.ts";
import { modulePath } from "./shapes.ts";

/** PKCS#11 libraries (H01). */
export const tokenLibraries = {
  suggestModules: operation({
    summary: "Names the usual PKCS#11 libraries of this system and which of them are there",
    params: nothing,
    result: z.object({
      modules: z.array(z.object({ name: z.string(), path: z.string(), present: z.boolean(), added: z.boolean() })),
    }),
    action: "hsm:module:list",
    trace: "suggestModules",
    effect: "read",
  }),
  addModule: operation({
    summary: "Adds a PKCS#11 library by its absolute path, once it has started in a process of its own",
    params: z.strictObject({
      path: modulePath,
      name: name.optional(),
      libraryParameters: z.string().max(1000).optional(),
    }),
    result: tokenModule,
    action: "hsm:module:create",
    trace: "addModule",
    effect: "change",
  }),
  listModules: operation({
    summary: "Lists the libraries and how their processes are",
    params: nothing,
    result: z.object({ modules: z.array(tokenModule) }),
    action: "hsm:module:list",
    trace: "listModules",
    effect: "read",
  }),
  removeModule: operation({
    summary: "Removes a library; what is on its tokens stays there",
    params: z.strictObject({ id }),
    result: z.object({ id }),
    action: "hsm:module:delete",
    trace: "removeModule",
    effect: "change",
  }),
  restartModule: operation({
    summary: "Ends a library's process and starts it again; the way to find new readers with some of them",
    params: z.strictObject({ id }),
    result: tokenModule,
    action: "hsm:module:restart",
    trace: "restartModule",
    effect: "change",
  }),
  diagnoseModule: operation({
    summary: "Examines a library: mechanisms, what really works on a token, encodings, quirks, speed",
    params: z.strictObject({ id, tokenId: tokenId.optional() }),
    result: doctorReport,
    action: "hsm:module:diagnose",
    trace: "diagnoseModule",
    effect: "change",
  }),
} as const;
