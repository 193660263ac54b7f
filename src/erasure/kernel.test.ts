import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compileKernel } from "../../kernels/build.ts";

test("the committed kernel is what its source compiles to", () => {
  const committed = readFileSync(new URL("kernel.wasm.ts", import.meta.url), "utf8");
  assert.equal(compileKernel("kernels/src/erasure.ts"), committed);
});
