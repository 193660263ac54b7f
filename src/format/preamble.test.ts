import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePreamble, encodePreamble, FormatError } from "./index.ts";

test("F4 a preamble has these bytes", () => {
  assert.equal(encodePreamble("HAMSTLOG", 1).toHex(), "48414d53544c4f4701000000");
});

test("F4 a preamble gives its version back", () => {
  assert.equal(decodePreamble(encodePreamble("HAMSTLOG", 3), "HAMSTLOG", 4), 3);
});

test("F4 a newer version is refused by name, everything else as malformed", () => {
  const code = (bytes: Uint8Array): string => {
    try {
      decodePreamble(bytes, "HAMSTLOG", 1);
    } catch (error) {
      if (error instanceof FormatError) return error.code;
      throw error;
    }
    return "none";
  };
  assert.equal(code(encodePreamble("HAMSTLOG", 2)), "newer");
  assert.equal(code(encodePreamble("HAMSTLOG", 0)), "malformed");
  assert.equal(code(encodePreamble("HAMSTPAK", 1)), "malformed");
  assert.equal(code(encodePreamble("HAMSTLOG", 1).subarray(0, 11)), "malformed");
});
