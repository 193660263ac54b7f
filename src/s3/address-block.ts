// Addresses of the Internet and blocks of them: 10.0.0.0/8, fd00::/8, 192.0.2.7.

/** Addresses that begin with the same bits. */
export interface AddressBlock {
  /** 4 or 16. */
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

function bytesOfV4(text: string): number[] | undefined {
  const parts = text.split(".");
  const isWhole = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return isWhole && bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** The 16-bit groups of a piece of an address of version 6. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const inner = i === parts.length - 1 && part.includes(".") ? bytesOfV4(part) : undefined;
    if (inner !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = inner;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[\da-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

function bytesOfV6(text: string): number[] | undefined {
  const pieces = text.split("::");
  if (pieces.length > 2) return undefined;
  const head = groupsOf(pieces[0] ?? "");
  const tail = groupsOf(pieces[1] ?? "");
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (pieces.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

/** An address of version 4 that is written as one of version 6 is that of version 4. */
function bytesOf(text: string): number[] | undefined {
  const bytes = text.includes(":") ? bytesOfV6(text) : bytesOfV4(text);
  const isMapped =
    bytes?.length === 16 &&
    bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff;
  return isMapped ? bytes.slice(12) : bytes;
}

/** Reads a block, or an address as the block of it alone; undefined where it is neither. */
export function addressBlockOf(text: string): AddressBlock | undefined {
  const slash = text.indexOf("/");
  const bytes = bytesOf(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const bits = slash < 0 ? `${bytes.length * 8}` : text.slice(slash + 1);
  const prefixBits = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return prefixBits <= bytes.length * 8 ? { bytes, prefixBits } : undefined;
}

/** Whether an address is in a block. One that cannot be read is in none. */
export function isInBlock(address: string, { bytes, prefixBits }: AddressBlock): boolean {
  const own = bytesOf(address);
  if (own === undefined || own.length !== bytes.length) return false;
  return bytes.every((byte, i) => {
    const bits = Math.min(Math.max(prefixBits - i * 8, 0), 8);
    return (byte ^ (own[i] ?? 0)) >> (8 - bits) === 0;
  });
}
