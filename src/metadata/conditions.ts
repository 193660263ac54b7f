import type { Conditions, Refusal, Version } from "#format/index.ts";
import { refusal } from "./step.ts";

/**
 * Says whether a conditional write may go on. A delete marker counts as nothing being there.
 *
 * @param version what is to be replaced or removed, if there is anything
 * @returns why not, or undefined
 */
export function conditionRefusal(
  version: Version | undefined,
  conditions: Conditions | undefined,
): Refusal | undefined {
  if (conditions === undefined) return undefined;
  const object = version?.object;
  const { ifMatch, ifNoneMatch, ifModifiedUnixMs, ifSizeBytes } = conditions;
  if (object === undefined || version === undefined) {
    const needsObject =
      ifMatch.length > 0 || ifModifiedUnixMs !== undefined || ifSizeBytes !== undefined;
    return needsObject ? refusal("no-such-key", "a condition needs an object") : undefined;
  }
  if (names(ifNoneMatch, object.etag)) return failed("if-none-match");
  if (ifMatch.length > 0 && !names(ifMatch, object.etag)) return failed("if-match");
  if (ifSizeBytes !== undefined && ifSizeBytes !== object.sizeBytes) return failed("size");
  if (ifModifiedUnixMs !== undefined) {
    // HTTP dates have no milliseconds.
    const second = Math.floor(ifModifiedUnixMs / 1000);
    if (second !== Math.floor(version.modifiedUnixMs / 1000)) return failed("modification time");
  }
  return undefined;
}

function names(etags: readonly string[], etag: string): boolean {
  return etags.includes("*") || etags.includes(etag);
}

function failed(condition: string): Refusal {
  return refusal("precondition-failed", `the ${condition} condition does not hold`);
}
