import { compareBytes } from "#base/bytes.ts";

/**
 * An ordered map of byte keys that never changes: putting gives another map, which shares what it
 * can with this one. A treap whose priorities are hashes of the keys, so that its shape depends on
 * its keys alone.
 */
export type OrderedMap = MapNode | undefined;

interface MapNode {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly priority: number;
  readonly left: OrderedMap;
  readonly right: OrderedMap;
}

/** The value at `key`, or undefined. */
export function mapGet(map: OrderedMap, key: Uint8Array): Uint8Array | undefined {
  let node = map;
  while (node !== undefined) {
    const order = compareBytes(key, node.key);
    if (order === 0) return node.value;
    node = order < 0 ? node.left : node.right;
  }
  return undefined;
}

/** The map with `value` at `key`. */
export function mapPut(map: OrderedMap, key: Uint8Array, value: Uint8Array): MapNode {
  if (map === undefined) {
    return { key, value, priority: priorityOf(key), left: undefined, right: undefined };
  }
  const order = compareBytes(key, map.key);
  if (order === 0) return { ...map, value };
  if (order < 0) {
    const left = mapPut(map.left, key, value);
    if (left.priority <= map.priority) return { ...map, left };
    return { ...left, right: { ...map, left: left.right } };
  }
  const right = mapPut(map.right, key, value);
  if (right.priority <= map.priority) return { ...map, right };
  return { ...right, left: { ...map, right: right.left } };
}

/** The map without `key`. */
export function mapDelete(map: OrderedMap, key: Uint8Array): OrderedMap {
  if (map === undefined) return undefined;
  const order = compareBytes(key, map.key);
  if (order === 0) return join(map.left, map.right);
  if (order < 0) {
    const left = mapDelete(map.left, key);
    return left === map.left ? map : { ...map, left };
  }
  const right = mapDelete(map.right, key);
  return right === map.right ? map : { ...map, right };
}

/** Pairs from `start` up to, not including, `end`. */
export function* mapAscend(
  map: OrderedMap,
  start: Uint8Array,
  end: Uint8Array | undefined,
): Generator<readonly [Uint8Array, Uint8Array]> {
  const path: MapNode[] = [];
  let node = map;
  while (node !== undefined) {
    if (compareBytes(node.key, start) >= 0) {
      path.push(node);
      node = node.left;
    } else node = node.right;
  }
  for (let next = path.pop(); next !== undefined; next = path.pop()) {
    if (end !== undefined && compareBytes(next.key, end) >= 0) return;
    yield [next.key, next.value];
    for (let below = next.right; below !== undefined; below = below.left) path.push(below);
  }
}

/** Pairs from the last below `end` down to `start`. */
export function* mapDescend(
  map: OrderedMap,
  start: Uint8Array,
  end: Uint8Array | undefined,
): Generator<readonly [Uint8Array, Uint8Array]> {
  const path: MapNode[] = [];
  let node = map;
  while (node !== undefined) {
    if (end === undefined || compareBytes(node.key, end) < 0) {
      path.push(node);
      node = node.right;
    } else node = node.left;
  }
  for (let next = path.pop(); next !== undefined; next = path.pop()) {
    if (compareBytes(next.key, start) < 0) return;
    yield [next.key, next.value];
    for (let below = next.left; below !== undefined; below = below.right) path.push(below);
  }
}

function join(left: OrderedMap, right: OrderedMap): OrderedMap {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (left.priority > right.priority) return { ...left, right: join(left.right, right) };
  return { ...right, left: join(left, right.left) };
}

function priorityOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
