/**
 * Everything that is stored or sent: the messages of `proto/` and the preamble of files.
 *
 * F1. A message decodes to what was encoded; bytes that no encoder made give a FormatError, never a
 *     guess.
 * F2. Fields that this program does not know are kept and written back.
 * F3. Numbers are whole, from 0 to 2^53 - 1; a larger one on the wire is refused.
 * F4. A file begins with a magic and a format version; a newer version is refused by name.
 *
 * Decoded bytes are views of the input. The codecs under `gen/` are made by `npm run generate`.
 */
export { FormatError } from "./format-error.ts";
export * from "./gen/index.ts";
export { checkMagic, decodePreamble, encodePreamble, preambleSizeBytes } from "./preamble.ts";
