// Runs before the tests, on whatever Node there is: the tests need the one that `npm ci` brings.
const major = Number(process.versions.node.split(".")[0]);
if (major < 26) {
  console.error(
    `Hamster's tests run on Node 26, this is ${process.version}.\n` +
      "npm ci brings the right one into node_modules/.bin on Linux and macOS (x64 and arm64);\n" +
      "elsewhere, or after npm ci --omit=optional, install Node 26 or newer and try again.",
  );
  process.exit(1);
}
