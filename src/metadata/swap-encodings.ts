import { partitionOf } from "#base/partition.ts";
import type { CommandResult, EncodingSwap, Refusal, SwapEncodings } from "#format/index.ts";
import { closeIfOver } from "./change-layout.ts";
import { sameId, unitKey, unreferencedUnitKey } from "./keyspace.ts";
import { replacedEncodingsMax, swapsMax } from "./limits.ts";
import { readRow } from "./state-batch.ts";
import { type Step, refusal, refused } from "./step.ts";
import { queueEntries, units } from "./tables.ts";
import { count, encodingFault, homesRefusal, idRefusal, markSkipped } from "./units.ts";

/**
 * Applies SwapEncodings: how units are kept changes, each by itself or not at all. What a version
 * is does not change, locked or not.
 */
export function swapEncodings(step: Step, { swaps }: SwapEncodings): CommandResult {
  if (swaps.length > swapsMax) return refused("invalid-command", "too many swaps");
  const swapped = swaps.map((swap) => ({ refusal: swapEncoding(step, swap) }));
  closeIfOver(step);
  return { outcome: { kind: "encodingsSwapped", value: { swapped } } };
}

function swapEncoding(step: Step, swap: EncodingSwap): Refusal | undefined {
  const { unit: id, encoding } = swap;
  const shape = encodingFault(swap);
  if (shape !== undefined) return refusal("invalid-command", shape);
  const key = unitKey(id);
  const unit = readRow(step.batch, units, key);
  if (unit === undefined) return refusal("no-such-unit", "it was forgotten");
  if (!sameId(unit.encoding.id, swap.replaced)) {
    return refusal("encoding-changed", "it is kept by another encoding by now");
  }
  const before = unit.replaced?.encodings ?? [];
  if (before.length >= replacedEncodingsMax) {
    return refusal("invalid-command", "too many of its encodings wait to be forgotten");
  }
  const partition = partitionOf(id);
  const fault = idRefusal(step, encoding.id) ?? homesRefusal(step, partition, swap);
  if (fault !== undefined) return fault;
  const isUsed = [unit.encoding, ...before.map((one) => one.encoding)].some((one) =>
    sameId(one.id, encoding.id),
  );
  if (isUsed) return refusal("invalid-command", "an encoding is used once");

  const sinceUnixMs = step.nowUnixMs;
  const encodings = [...before, { encoding: unit.encoding, sinceUnixMs }];
  step.batch.put(units, key, { ...unit, encoding, replaced: { encodings } });
  step.batch.put(queueEntries, unreferencedUnitKey(sinceUnixMs, key), true);
  const lengthBytes = unit.lengthBytes;
  count(step, { ...unit.encoding, partition, units: -1, bytes: -lengthBytes });
  count(step, { ...encoding, partition, units: 1, bytes: lengthBytes });
  markSkipped(step, partition, swap);
  return undefined;
}
