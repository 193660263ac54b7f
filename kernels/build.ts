/**
 * Makes the WASM kernels: `kernels/src/*.ts` (AssemblyScript) -> modules that export the bytes, so
 * that the core needs no file access to load them. `--check` writes nothing and fails where one is
 * not current.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root: string = join(import.meta.dirname, "..");

/** Source of each kernel, and the module it becomes. */
export const kernels: readonly { source: string; target: string }[] = [
  { source: "kernels/src/erasure.ts", target: "src/erasure/kernel.wasm.ts" },
  { source: "kernels/src/crc64nvme.ts", target: "src/host/crc64nvme.wasm.ts" },
];

/** Flags of every kernel. No relaxed SIMD: it differs between processors. */
const flags: readonly string[] = (
  "--runtime stub --enable simd --importMemory --noExportMemory --noAssert " +
  "-O3 --converge --initialMemory 1"
).split(" ");

/** Compiles one kernel to the text of its module. The same source gives the same text. */
export function compileKernel(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "hamster-kernel-"));
  try {
    const binary = join(folder, "kernel.wasm");
    const compiler = join(root, "node_modules/assemblyscript/bin/asc.js");
    const options = { cwd: root, stdio: "inherit" } as const;
    execFileSync(process.execPath, [compiler, source, ...flags, "--outFile", binary], options);
    return moduleSource(source, readFileSync(binary));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function moduleSource(source: string, binary: Uint8Array): string {
  const lines = binary.toBase64().match(/.{1,92}/gu) ?? [];
  return [
    `// Compiled from ${source} by \`npm run kernels\`. Do not edit.`,
    "",
    "/** The kernel's WebAssembly binary. */",
    "export const kernelWasm: Uint8Array<ArrayBuffer> = Uint8Array.fromBase64(",
    "  [",
    ...lines.map((line) => `    "${line}",`),
    '  ].join(""),',
    ");",
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const { source, target } of kernels) {
    const current = compileKernel(source);
    const path = join(root, target);
    if (!process.argv.includes("--check")) writeFileSync(path, current);
    else if (readFileSync(path, "utf8") !== current) {
      console.error(`${target} is not what ${source} compiles to: run npm run kernels`);
      process.exitCode = 1;
    }
  }
}
