/** What hashes of one stretch of one state, on several nodes, say. */
export type CheckVerdict =
  | { kind: "agreed" }
  /** More than half have one hash: the others are wrong. */
  | { kind: "wrong"; nodes: readonly number[]; right: string }
  /** They differ, and none has a majority: nobody can say who is right. */
  | { kind: "undecided" };

/** @param hashes by node */
export function verdictOf(hashes: ReadonlyMap<number, string>): CheckVerdict {
  const counts = new Map<string, number>();
  for (const hash of hashes.values()) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  if (counts.size <= 1) return { kind: "agreed" };
  for (const [right, count] of counts) {
    if (count * 2 <= hashes.size) continue;
    const nodes = [...hashes].filter(([, hash]) => hash !== right).map(([node]) => node);
    return { kind: "wrong", nodes, right };
  }
  return { kind: "undecided" };
}
